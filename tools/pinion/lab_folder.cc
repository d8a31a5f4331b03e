#include "tools/pinion/lab_folder.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/output_file.h"
#include "tools/pinion/development_ca.h"
#include "tools/pinion/lab_state.h"

namespace pinion::cli {
namespace {

constexpr char kLockFile[] = "/running";
// Only orders may call Echo.
constexpr char kPolicy[] = R"({
  "name": "lab",
  "allow_rules": [{
    "name": "orders-echo",
    "source": {"principals": ["peer:orders"]},
    "request": {"paths": ["/pinion.v1.Echo/*"]}
  }]
}
)";

const std::map<std::string, std::string>& Clients() {
  static const auto* const clients = new std::map<std::string, std::string>{
#include "tools/pinion/lab_clients/clients.inc"
  };
  return *clients;
}

std::string Configuration(const std::string& pair, bool serves) {
  return absl::StrCat(R"({
  "identity": {"certificate_file": ")",
                      pair, R"(.pem", "private_key_file": ")", pair, R"(-key.pem"},
  "trust": {")",
                      serves ? "client" : "server", R"(_roots_file": "pki/ca.pem"},
  "pin_set": {"file": "pins.json"})",
                      serves ? R"(,
  "server": {"authorization_policy_file": "policy.json", "unlisted_clients": "ACCEPT"})"
                             : "",
                      "\n}\n");
}

absl::Status Failed(const std::string& what) {
  return absl::UnavailableError(absl::StrCat("cannot make ", what, ": ", std::strerror(errno)));
}

absl::StatusOr<std::string> MakeTemporary() {
  std::string path = std::filesystem::temp_directory_path() / "pinion-lab-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return Failed(path);
  return path;
}

// *was_there is set if the folder existed and was empty.
absl::Status MakeEmpty(const std::string& path, bool* was_there) {
  *was_there = mkdir(path.c_str(), 0700) != 0;
  if (*was_there && errno != EEXIST) return Failed(path);
  std::error_code error;
  if (std::filesystem::is_empty(path, error) && std::filesystem::is_directory(path, error)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is not an empty folder; a laboratory takes an empty one, or one that it makes"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LabFolder>> LabFolder::Make(const std::string& path) {
  bool was_there = false;
  std::string made = path;
  if (path.empty()) {
    const absl::StatusOr<std::string> temporary = MakeTemporary();
    if (!temporary.ok()) return temporary.status();
    made = *temporary;
  } else if (absl::Status status = MakeEmpty(path, &was_there); !status.ok()) {
    return status;
  }
  made = std::filesystem::canonical(made);
  absl::StatusOr<FileLock> lock = FileLock::Take(made + kLockFile);
  if (!lock.ok()) return lock.status();
  return std::unique_ptr<LabFolder>(new LabFolder(made, was_there, *std::move(lock)));
}

LabFolder::~LabFolder() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path_, ignored)) {
    std::filesystem::remove_all(entry.path(), ignored);
  }
  if (!was_there_) std::filesystem::remove(path_, ignored);
}

absl::StatusOr<v1::Lab> LabFolder::Fill() const {
  v1::Lab lab;
  lab.set_version(1);
  absl::Status status = MakeCertificates();
  if (status.ok()) status = MakeFirstKeys(path_, &lab);
  if (status.ok()) status = WriteConfigurations();
  if (status.ok()) status = Apply(path_, lab);
  if (!status.ok()) return status;
  return lab;
}

absl::Status LabFolder::MakeCertificates() const {
  const DevelopmentCa ca(path_ + "/pki");
  absl::Status status = ca.Init().status();
  for (const std::string name : {"ledger", "ledger-backup", "orders", "orders-backup", kBreakImpostor}) {
    CertificateOrder order;
    order.name = name;
    const bool is_ledger = name.rfind("ledger", 0) == 0;
    if (is_ledger) order.addresses = {kLedgerHost};
    if (name == kBreakImpostor) order.dns = {kPaymentsHost};
    order.uris = {absl::StrCat("spiffe://lab/", name == kBreakImpostor ? "payments" : is_ledger ? "ledger" : "orders")};
    if (status.ok()) status = ca.Issue(order).status();
  }
  return status;
}

absl::Status LabFolder::WriteConfigurations() const {
  std::map<std::string, std::string> files = Clients();
  files["policy.json"] = kPolicy;
  files["payments.json"] = Configuration("payments", true);
  files["ledger.json"] = Configuration("pki/ledger", true);
  files["orders.json"] = Configuration("pki/orders", false);
  // EchoRequest{message: "hello"} after gRPC's five-byte prefix: not compressed, and the length.
  files["request.bin"] = std::string("\0\0\0\0\x07\x0a\x05hello", 12);
  absl::Status status;
  for (const auto& [name, text] : files) status.Update(WriteNewFile(absl::StrCat(path_, "/", name), text, 0644));
  return status;
}

absl::Status CheckLabRuns(const std::string& path) {
  std::error_code error;
  const bool has_lock = std::filesystem::exists(path + kLockFile, error);
  if (has_lock && !FileLock::Take(path + kLockFile).ok()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("no laboratory runs in ", path, "; `pinion lab up --dir DIR` starts one"));
}

}  // namespace pinion::cli
