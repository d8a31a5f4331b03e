#include "pinion/transport/certificate_provider.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/descriptor.h"
#include "pinion/transport/debian_1_51/certificate_distributor.h"

namespace pinion {
namespace {

// The smallest interval that gRPC supports.
constexpr unsigned kLookEverySeconds = 1;

absl::Status Failed() {
  return absl::InternalError(
      absl::StrCat("identity: cannot publish it to gRPC through anonymous memory: ", std::strerror(errno)));
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

// gRPC 1.51 accepts only its own providers, and its only replaceable provider reads files. These files are therefore
// anonymous memory of this process, and each is replaced as a whole: gRPC never reads a mixture of two versions.
class MemoryFilePublisher final : public GrpcPublisher {
 public:
  MemoryFilePublisher() = default;
  ~MemoryFilePublisher() override;
  MemoryFilePublisher(const MemoryFilePublisher&) = delete;
  MemoryFilePublisher& operator=(const MemoryFilePublisher&) = delete;

  // After the first Publish.
  absl::Status MakeProvider();
  absl::Status Publish(const GrpcPem& pem) override;
  std::shared_ptr<GrpcCertificateProvider> provider() const override { return provider_; }

 private:
  // Returns an anonymous file with these contents; -1, with errno set, on failure.
  int MakeFile(const std::string& contents) const;
  // Makes *fd refer to the file of `fresh`. The descriptor number of *fd does not change once it is set.
  static bool MoveTo(int fresh, int* fd);

  int pair_fd_ = -1;  // key and chain
  int roots_fd_ = -1;
  int64_t published_ = 0;
  std::shared_ptr<GrpcCertificateProvider> provider_;
};

}  // namespace

GrpcPem PemOf(const Identity& identity, const x509::TrustRoots& peer_roots) {
  return {{identity.CertificatePem(), identity.private_key().ToPem()}, peer_roots.ToPem()};
}

absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> MakeGrpcProvider(const GrpcPem& pem) {
  const std::vector<grpc::experimental::IdentityKeyCertPair> pairs = {
      {pem.identity.private_key, pem.identity.certificate}};
  auto provider = std::make_shared<grpc::experimental::StaticDataCertificateProvider>(pem.peer_roots, pairs);
  if (absl::Status status = KeepWatched(provider.get()); !status.ok()) return status;
  return provider;
}

absl::StatusOr<std::unique_ptr<GrpcPublisher>> GrpcPublisher::Create(const GrpcPem& pem) {
  auto publisher = std::make_unique<MemoryFilePublisher>();
  if (absl::Status status = publisher->Publish(pem); !status.ok()) return status;
  if (absl::Status status = publisher->MakeProvider(); !status.ok()) return status;
  return publisher;
}

absl::Status MemoryFilePublisher::MakeProvider() {
  const std::string pair = absl::StrCat("/proc/self/fd/", pair_fd_);
  const std::string roots = absl::StrCat("/proc/self/fd/", roots_fd_);
  provider_ = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      /*private_key_path=*/pair, /*identity_certificate_path=*/pair, /*root_cert_path=*/roots, kLookEverySeconds);
  return KeepWatched(provider_.get());
}

MemoryFilePublisher::~MemoryFilePublisher() {
  provider_.reset();  // ends gRPC's reading thread first
  if (pair_fd_ >= 0) close(pair_fd_);
  if (roots_fd_ >= 0) close(roots_fd_);
}

absl::Status MemoryFilePublisher::Publish(const GrpcPem& pem) {
  ++published_;
  const int roots = MakeFile(pem.peer_roots);
  // One file for both: gRPC cannot read the key of one generation with the chain of another.
  const int pair = roots < 0 ? -1 : MakeFile(absl::StrCat(pem.identity.private_key, pem.identity.certificate));
  if (pair < 0) {
    const absl::Status failed = Failed();
    if (roots >= 0) close(roots);
    return failed;
  }
  // Both files are created before either is replaced.
  const bool replaced = MoveTo(roots, &roots_fd_) && MoveTo(pair, &pair_fd_);
  return replaced ? absl::OkStatus() : Failed();
}

int MemoryFilePublisher::MakeFile(const std::string& contents) const {
  const int fd = AboveStandardStreams(memfd_create("pinion-identity", MFD_CLOEXEC));
  if (fd < 0) return -1;
  // gRPC detects a torn read by the modification time in whole seconds, so each generation has its own second. gRPC
  // opens the file by its name in /proc, possibly after this process has dropped its privileges; other users cannot
  // access that name.
  const timespec times[2] = {{published_, 0}, {published_, 0}};
  const std::string name = absl::StrCat("/proc/self/fd/", fd);
  if (WriteAll(fd, contents) && fchmod(fd, S_IRUSR | S_IRGRP | S_IROTH) == 0 && futimens(fd, times) == 0 &&
      access(name.c_str(), R_OK) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

bool MemoryFilePublisher::MoveTo(int fresh, int* fd) {
  if (*fd < 0) {
    *fd = fresh;
    return true;
  }
  const bool replaced = dup3(fresh, *fd, O_CLOEXEC) >= 0;
  close(fresh);
  return replaced;
}

}  // namespace pinion
