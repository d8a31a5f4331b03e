#include "pinion/identity/grpc_provider.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

// gRPC's smallest.
constexpr unsigned kLookEverySeconds = 1;

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat("identity: cannot publish it to gRPC: ", what, ": ", std::strerror(errno)));
}

bool WriteAll(int fd, const std::string& contents) {
  size_t written = 0;
  while (written < contents.size()) {
    const ssize_t wrote = write(fd, contents.data() + written, contents.size() - written);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    written += wrote;
  }
  return true;
}

}  // namespace

std::shared_ptr<grpc::experimental::CertificateProviderInterface> MakeGrpcProvider(const Identity& identity) {
  const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
      {identity.private_key().ToPem(), identity.CertificatePem()}};
  return std::make_shared<grpc::experimental::StaticDataCertificateProvider>(identity.roots().ToPem(), pairs);
}

absl::StatusOr<std::unique_ptr<GrpcPublisher>> GrpcPublisher::Create(const Identity& identity) {
  std::unique_ptr<GrpcPublisher> publisher(new GrpcPublisher());
  if (absl::Status status = publisher->Publish(identity); !status.ok()) return status;
  const std::string pair = absl::StrCat("/proc/self/fd/", publisher->pair_fd_);
  const std::string roots = absl::StrCat("/proc/self/fd/", publisher->roots_fd_);
  publisher->provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      /*private_key_path=*/pair, /*identity_certificate_path=*/pair, /*root_cert_path=*/roots, kLookEverySeconds);
  return publisher;
}

GrpcPublisher::~GrpcPublisher() {
  provider_.reset();  // ends gRPC's reading thread first
  if (pair_fd_ >= 0) close(pair_fd_);
  if (roots_fd_ >= 0) close(roots_fd_);
}

absl::Status GrpcPublisher::Publish(const Identity& identity) {
  ++published_;
  if (absl::Status status = Replace(identity.roots().ToPem(), &roots_fd_); !status.ok()) return status;
  // One file for both: gRPC cannot read the key of one generation with the chain of another.
  return Replace(absl::StrCat(identity.private_key().ToPem(), identity.CertificatePem()), &pair_fd_);
}

absl::Status GrpcPublisher::Replace(const std::string& contents, int* fd) {
  const int fresh = memfd_create("pinion-identity", MFD_CLOEXEC);
  if (fresh < 0) return Failed("memfd_create");
  // gRPC tells a torn read by the modification time, in whole seconds: so each generation has its own second.
  const timespec times[2] = {{published_, 0}, {published_, 0}};
  const bool filled = WriteAll(fresh, contents) && fchmod(fresh, S_IRUSR) == 0 && futimens(fresh, times) == 0;
  if (filled && *fd < 0) {
    *fd = fresh;
    return absl::OkStatus();
  }
  const bool replaced = filled && dup3(fresh, *fd, O_CLOEXEC) >= 0;
  const absl::Status status = replaced ? absl::OkStatus() : Failed("its memory");
  close(fresh);
  return status;
}

}  // namespace pinion
