#include "tools/pinion/named_files.h"

#include <algorithm>

#include "pinion/base/file.h"
#include "pinion/fleet/file_signatures.h"

namespace pinion::cli {

std::vector<NamedFile> FilesNamedBy(const v1::Config& config, const std::string& config_file) {
  const v1::PinSetFile& pin_set = config.pin_set();
  const v1::PinSetDocuments& documents = pin_set.documents();
  const v1::EtcdPinSet& etcd = pin_set.etcd();
  const v1::Server& server = config.server();
  std::vector<NamedFile> files = {
      {"identity.certificate_file", config.identity().certificate_file()},
      {"identity.private_key_file", config.identity().private_key_file()},
      {"trust.server_roots_file", config.trust().server_roots_file()},
      {"trust.client_roots_file", config.trust().client_roots_file()},
      {"pin_set.file", pin_set.file(), "PIN_SET_INVALID", "PIN_SET_UNSIGNED"},
      {"pin_set.fleet_trust_file", pin_set.fleet_trust_file(), "FLEET_TRUST_INVALID", "FLEET_TRUST_REFUSED"},
      {"pin_set.revocations_file", pin_set.revocations_file(), "REVOCATIONS_INVALID", "REVOCATIONS_UNSIGNED"},
      {"pin_set.shadow_file", pin_set.shadow_file(), "PIN_SET_INVALID", "PIN_SET_INVALID"},
      {"pin_set.etcd.pin_file", etcd.pin_file(), "PIN_SET_INVALID", "PIN_SET_INVALID"},
      {"pin_set.etcd.server_roots_file", etcd.server_roots_file()},
      {"pin_set.etcd.identity.certificate_file", etcd.identity().certificate_file()},
      {"pin_set.etcd.identity.private_key_file", etcd.identity().private_key_file()},
      {"server.authorization_policy_file", server.authorization_policy_file(), "POLICY_INVALID", "POLICY_INVALID"},
      {"server.shadow_policy_file", server.shadow_policy_file(), "POLICY_INVALID", "POLICY_INVALID"}};
  const auto add_signatures = [&files](const char* key, const std::string& file) {
    if (!file.empty()) files.push_back({key, SignaturesFileOf(file), "SIGNATURES_INVALID", "SIGNATURES_INVALID", true});
  };
  if (!pin_set.fleet_trust_file().empty()) {
    add_signatures("pin_set.fleet_trust_file", pin_set.fleet_trust_file());
    add_signatures("pin_set.file", pin_set.file());
  }
  add_signatures("pin_set.revocations_file", pin_set.revocations_file());
  for (NamedFile& file : files) {
    if (!file.file.empty()) file.file = RelativeTo(config_file, file.file);
  }
  if (!pin_set.file().empty()) {
    const std::string pins = RelativeTo(config_file, pin_set.file());
    for (const auto& [key, document] :
         {std::pair<const char*, std::string>{"pin_set.documents.server_roots", documents.server_roots()},
          {"pin_set.documents.client_roots", documents.client_roots()},
          {"pin_set.documents.authorization_policy", documents.authorization_policy()},
          {"pin_set.documents.shadow_policy", documents.shadow_policy()}}) {
      if (!document.empty()) files.push_back({key, RelativeTo(pins, document), "DOCUMENT_INVALID", "DOCUMENT_INVALID"});
    }
  }
  files.erase(std::remove_if(files.begin(), files.end(), [](const NamedFile& file) { return file.file.empty(); }),
              files.end());
  return files;
}

bool ReportMissing(const std::vector<NamedFile>& files, const std::string& config_file, const std::string& text,
                   std::vector<Finding>* findings) {
  bool is_missing = false;
  for (const NamedFile& file : files) {
    const absl::Status read = ReadFile(file.file).status();
    if (read.ok()) continue;
    is_missing = true;
    findings->push_back({Severity::kError, "FILE_MISSING", PlaceOf(text, config_file, file.key),
                         std::string(read.message()),
                         file.is_signatures ? "deliver the signatures of this file, or make them with `pinion sign` or "
                                              "`pinion trust sign`"
                                            : "put the file there, or correct the path, which is relative to the "
                                              "configuration"});
  }
  return is_missing;
}

}  // namespace pinion::cli
