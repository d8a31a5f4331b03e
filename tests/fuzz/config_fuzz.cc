// Configuration files, in a folder with the files that they may name.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload/snapshot.h"
#include "pinion/workload_options.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

void Write(const std::string& path, absl::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

// A folder with "a.pem", "a-key.pem", "ca.pem", "clients-ca.pem", "pins.json" and "policy.json". It is removed when the
// process ends.
class Folder {
 public:
  Folder() {
    const testing::TestCa ca;
    ca.Issue({"a.test"}).WriteFiles(path_, "a");
    ca.WriteRootFile(path_);
    Write(path_ + "/clients-ca.pem", testing::TestCa().RootPem());
    const std::string a(42, 'A');
    const std::string b(42, 'B');
    Write(path_ + "/pins.json", R"({"version": 1, "peers": [{"name": "a", "hosts": ["a.test"], "pins": [)"
                                R"({"spki": "sha256/)" +
                                    a +
                                    R"(A=", "state": "ACTIVE"}, )"
                                    R"({"spki": "sha256/)" +
                                    b + R"(A=", "state": "BACKUP"}]}]})");
    Write(path_ + "/policy.json", R"({"name": "p", "allow_rules": [{"name": "all"}]})");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  static std::string Make() {
    std::string path = (std::filesystem::temp_directory_path() / "pinion-fuzz-XXXXXX").string();
    if (mkdtemp(&path[0]) == nullptr) std::abort();
    return path;
  }

  const std::string path_ = Make();
};

void RequireValid(const WorkloadOptions& options, const Snapshot& snapshot) {
  Require(snapshot.identity != nullptr && snapshot.pin_set != nullptr, "there is an identity and a pin set");
  Require(options.drain_window >= absl::Seconds(1) && options.drain_window <= absl::Hours(24),
          "drain_window has bounds");
  Require(options.refresh_interval >= absl::Milliseconds(100) && options.refresh_interval <= absl::Hours(24),
          "refresh_interval has bounds");
  Require(snapshot.server_roots != nullptr || options.server.has_value(), "the process calls, or serves, or both");
  Require((snapshot.server_roots != nullptr) == (snapshot.server_verifier != nullptr),
          "roots for servers have a verifier");
  Require((snapshot.client_roots != nullptr) == options.server.has_value(), "a server has roots for clients");
  if (!options.server.has_value()) {
    return Require(snapshot.policy == nullptr && snapshot.shadow_policy == nullptr, "a client has no policy");
  }
  Require(snapshot.policy != nullptr, "a server has a policy");
  Require(options.server->unlisted_clients == v1::REFUSE || options.server->unlisted_clients == v1::ACCEPT,
          "unlisted_clients is one of two");
  Require((snapshot.shadow_policy != nullptr) == options.server->shadow_policy.is_file(),
          "a shadow policy comes from a file");
}

// The text may name files that do not exist or cannot be read.
void RequireRefusal(const absl::Status& status) {
  Require(status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kNotFound ||
              status.code() == absl::StatusCode::kPermissionDenied,
          "a refusal has one of three codes", status.ToString());
  fuzz::RequirePrintable(status.message());
}

void Check(absl::string_view text) {
  static const Folder folder;
  const std::string path = folder.path() + "/config.json";
  Write(path, text);
  const absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(path);
  const absl::StatusOr<Snapshot> snapshot =
      options.ok() ? LoadSnapshot(*options) : absl::StatusOr<Snapshot>(options.status());
  if (snapshot.ok()) {
    RequireValid(*options, *snapshot);
  } else {
    RequireRefusal(snapshot.status());
  }
  fuzz::CountInput(snapshot.ok());
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
