#include "tools/pinion/deployment.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/file.h"
#include "pinion/etcd/published.h"
#include "pinion/json/strict.h"
#include "pinion/loading/loaders.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/input_kind.h"
#include "tools/pinion/named_files.h"

namespace pinion::cli {
namespace {

template <typename Files>
auto* FindFile(Files& files, const std::string& file) {
  const auto found = std::find_if(files.begin(), files.end(), [&file](const auto& one) { return one.file == file; });
  return found == files.end() ? nullptr : &*found;
}

// Fills one deployment.
class Loader {
 public:
  Loader(Deployment* deployment, std::vector<Finding>* findings) : deployment_(*deployment), findings_(*findings) {}

  absl::Status Add(const std::string& file) {
    const absl::StatusOr<std::string> contents = ReadInput(file);
    if (!contents.ok()) return contents.status();
    const InputKind kind = KindOf(*contents);
    switch (kind) {
      case InputKind::kClientConfig:
        AddConfig(file, *contents);
        return Checked(file, "client configuration");
      case InputKind::kServerConfig:
        AddConfig(file, *contents);
        return Checked(file, "server configuration");
      case InputKind::kClientAndServerConfig:
        AddConfig(file, *contents);
        return Checked(file, "client and server configuration");
      case InputKind::kPinSet:
        AddPinSet(file, *contents);
        return Checked(file, "pin set");
      case InputKind::kPolicy:
        AddPolicy(file, *contents, nullptr);
        return Checked(file, "policy");
      case InputKind::kStatus:
        deployment_.statuses.push_back({file, *contents});
        return Checked(file, "status");
      case InputKind::kCertificates:
        return AddCertificates(file, *contents);
      case InputKind::kCensus:
        return absl::InvalidArgumentError(
            absl::StrCat(absl::CHexEscape(file), ": is a census, which `pinion census` reads"));
      case InputKind::kPrivateKey:
        return absl::InvalidArgumentError(
            absl::StrCat(absl::CHexEscape(file),
                         ": holds a private key, which this command does not accept; give its "
                         "certificate, or the configuration that names it"));
      case InputKind::kUnknown:
        break;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        absl::CHexEscape(file),
        ": neither a configuration, a pin set, a policy, a status nor a certificate, as far as it can be read"));
  }

 private:
  absl::Status Checked(const std::string& file, const char* kind) {
    deployment_.files.push_back({file, kind});
    return absl::OkStatus();
  }

  // Adds an ERROR with the text of the loader's error.
  void Refuse(const char* code, const std::string& file, const absl::Status& status) {
    findings_.push_back(FromError(Severity::kError, code, file, status));
    if (findings_.back().fix.empty()) findings_.back().fix = "correct it; one fault refuses the whole file";
  }

  void AddConfig(const std::string& file, const std::string& text) {
    const absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(file);
    if (!options.ok()) return RefuseConfig(file, text, options.status());
    const absl::StatusOr<Snapshot> snapshot = LoadSnapshot(*options);
    if (!snapshot.ok()) return RefuseConfig(file, text, snapshot.status());
    const absl::StatusOr<std::shared_ptr<const PinSet>> shadow = LoadShadowPinSet(*options);
    if (!shadow.ok()) return RefuseConfig(file, text, shadow.status());
    CheckAdoption(file, text, *options, *snapshot->pin_set);
    for (const bool is_server : {false, true}) {
      if ((is_server ? snapshot->client_roots : snapshot->server_roots) == nullptr) continue;
      ConfigFile config;
      config.file = file;
      config.text = text;
      config.options = *options;
      config.is_server = is_server;
      config.shadow_pin_set = *shadow;
      AddSide(std::move(config), *snapshot);
    }
  }

  // Whether a process with this configuration would adopt the pin set.
  void CheckAdoption(const std::string& file, const std::string& text, const WorkloadOptions& options,
                     const PinSet& pin_set) {
    CheckKept({file, text}, options, pin_set, &findings_);
    for (const std::string& peer : pin_set.spared()) {
      findings_.push_back(
          {Severity::kWarning,
           "REVOCATION_IGNORED",
           {options.revocations.file()},
           absl::StrCat("a key of peer \"", peer, "\" stays accepted, since there is no other to move to"),
           "let a publisher add a key to the pin set when the peer can serve it; the entry takes effect then"});
    }
    const absl::Status status = CheckFloor(FloorOf(options), pin_set);
    if (status.ok()) return;
    if (absl::IsUnauthenticated(status)) {
      const DataSource& at = pin_set.trust() == nullptr ? options.pin_set : options.fleet_trust;
      return Refuse("FLEET_TRUST_REFUSED", at.file(), status);
    }
    if (absl::string_view text = status.message(); absl::ConsumePrefix(&text, kAboutRevocations)) {
      return Refuse("REVOCATIONS_OLDER", options.revocations.empty() ? file : options.revocations.file(),
                    absl::Status(status.code(), text));
    }
    const bool is_older = absl::IsFailedPrecondition(status);
    const std::string pins_file = options.etcd.has_value() ? etcd::KeptFile(options.state_dir) : options.pin_set.file();
    Refuse(is_older ? "PIN_SET_OLDER" : "STATE_INVALID", is_older ? pins_file : file, status);
    const absl::StatusOr<std::string> pins = ReadFile(options.pin_set.file());
    if (is_older && pins.ok()) findings_.back().place = PlaceOf(*pins, options.pin_set.file(), "version");
    if (!is_older) findings_.back().place = PlaceOf(text, file, "state_dir");
  }

  void AddSide(ConfigFile config, const Snapshot& snapshot) {
    if (IsKnown(config)) return;
    config.identity = snapshot.identity;
    config.pin_set = snapshot.pin_set;
    config.peer_roots = config.is_server ? snapshot.client_roots : snapshot.server_roots;
    AddNamed(config.options.pin_set.file(),
             [this](const std::string& name, const std::string& contents) { AddPinSet(name, contents); });
    if (config.options.etcd.has_value()) {
      const absl::StatusOr<SourceContent> kept = etcd::ReadKept(config.options.state_dir);
      if (kept.ok()) AddPinSet(kept->provenance, kept->texts.front(), /*is_copy=*/true);
    }
    if (config.is_server) {
      const ServerOptions& server = *config.options.server;
      config.unlisted_clients = server.unlisted_clients;
      config.policy = snapshot.policy;
      config.shadow_policy = snapshot.shadow_policy;
      for (const DataSource& policy : {server.authorization_policy, server.shadow_policy}) {
        if (policy.is_document()) {
          AddPolicy(NameOfDocument(config.options, policy.document()), *snapshot.pin_set->TextOf(policy.document()),
                    config.pin_set);
        }
        AddNamed(policy.file(), [this, &config](const std::string& name, const std::string& contents) {
          AddPolicy(name, contents, config.pin_set);
        });
      }
    }
    deployment_.configs.push_back(std::move(config));
  }

  bool IsKnown(const ConfigFile& config) const {
    return std::any_of(deployment_.configs.begin(), deployment_.configs.end(), [&config](const ConfigFile& one) {
      return one.file == config.file && one.is_server == config.is_server;
    });
  }

  template <typename Adder>
  void AddNamed(const std::string& file, Adder add) {
    const absl::StatusOr<std::string> contents = file.empty() ? absl::NotFoundError("") : ReadFile(file);
    if (contents.ok()) add(file, *contents);
  }

  // Reports every file that cannot be read; for other faults the loader stops at the first.
  void RefuseConfig(const std::string& file, const std::string& text, const absl::Status& status) {
    v1::Config config;
    if (json::Parse(text, file, &config).ok() && ReportMissing(FilesNamedBy(config, file), file, text, &findings_)) {
      return;
    }
    // The fault may be in a file that the configuration names; its name is then first in the error.
    for (const NamedFile& named : FilesNamedBy(config, file)) {
      if (named.invalid == nullptr || !absl::StartsWith(status.message(), named.file + ":")) continue;
      return Refuse(absl::IsUnauthenticated(status) ? named.refused : named.invalid, named.file, status);
    }
    if (absl::StartsWith(status.message(), "identity: ")) return Refuse("IDENTITY_INVALID", file, status);
    if (absl::StartsWith(status.message(), "trust: ")) return Refuse("TRUST_INVALID", file, status);
    Refuse("CONFIG_INVALID", file, status);
  }

  void AddPinSet(const std::string& file, const std::string& text, bool is_copy = false) {
    if (FindFile(deployment_.pin_files, file) != nullptr) return;
    absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromJson(text, file);
    if (!pin_set.ok()) return Refuse("PIN_SET_INVALID", file, pin_set.status());
    deployment_.pin_files.push_back({file, text, *std::move(pin_set), is_copy});
  }

  void AddPolicy(const std::string& file, const std::string& text, const std::shared_ptr<const PinSet>& pin_set) {
    PolicyFile* known = FindFile(deployment_.policies, file);
    if (known == nullptr) {
      absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> policy = AuthorizationPolicy::FromJson(text, file);
      if (!policy.ok()) return Refuse("POLICY_INVALID", file, policy.status());
      deployment_.policies.push_back({file, text, *std::move(policy), {}});
      known = &deployment_.policies.back();
    }
    if (pin_set != nullptr) known->pin_sets.push_back(pin_set);
  }

  absl::Status AddCertificates(const std::string& file, const std::string& contents) {
    const bool is_pem = absl::StrContains(contents, "-----BEGIN ");
    const std::string pem = is_pem ? contents : x509::EncodePem(contents);
    absl::StatusOr<std::vector<x509::Certificate>> chain = x509::ParsePem(pem);
    if (!chain.ok()) {
      Refuse("CERTIFICATE_INVALID", file, chain.status());
      return Checked(file, "certificate");
    }
    if (!chain->front().is_ca()) {
      deployment_.chains.push_back({file, *std::move(chain)});
      return Checked(file, "certificate");
    }
    absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(pem);
    if (roots.ok()) {
      deployment_.roots.emplace_back(file, *std::move(roots));
    } else {
      Refuse("CERTIFICATE_INVALID", file, roots.status());
    }
    return Checked(file, "CA certificate");
  }

  Deployment& deployment_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::optional<x509::TrustRoots> GivenRoots(const Deployment& deployment) {
  std::string pem;
  for (const auto& [file, roots] : deployment.roots) absl::StrAppend(&pem, roots.ToPem());
  absl::StatusOr<x509::TrustRoots> together = x509::TrustRoots::FromPem(pem);
  if (!together.ok()) return std::nullopt;
  return *std::move(together);
}

absl::Status Load(const std::vector<std::string>& files, Deployment* deployment, std::vector<Finding>* findings) {
  Loader loader(deployment, findings);
  for (const std::string& file : files) {
    if (absl::Status status = loader.Add(file); !status.ok()) return status;
  }
  for (PolicyFile& policy : deployment->policies) {
    if (!policy.pin_sets.empty()) continue;
    for (const PinFile& pins : deployment->pin_files) policy.pin_sets.push_back(pins.pin_set);
  }
  return absl::OkStatus();
}

}  // namespace pinion::cli
