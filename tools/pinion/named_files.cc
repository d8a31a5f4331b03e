#include "tools/pinion/named_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/fleet/file_signatures.h"

namespace pinion::cli {

namespace {

// As the configuration names them.
std::vector<NamedFile> Named(const v1::Config& config) {
  const v1::PinSetFile& pin_set = config.pin_set();
  const v1::EtcdPinSet& etcd = pin_set.etcd();
  const v1::Server& server = config.server();
  return {{"identity.certificate_file", config.identity().certificate_file()},
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
}

// The files of signatures, which it names by those that they sign.
std::vector<NamedFile> Signatures(const v1::PinSetFile& pin_set) {
  std::vector<NamedFile> files;
  const auto add = [&files](const char* key, const std::string& file) {
    if (!file.empty()) files.push_back({key, SignaturesFileOf(file), "SIGNATURES_INVALID", "SIGNATURES_INVALID", true});
  };
  if (!pin_set.fleet_trust_file().empty()) {
    add("pin_set.fleet_trust_file", pin_set.fleet_trust_file());
    add("pin_set.file", pin_set.file());
  }
  add("pin_set.revocations_file", pin_set.revocations_file());
  return files;
}

// The documents of a pin file.
std::vector<NamedFile> Documents(const v1::PinSetDocuments& documents, const std::string& pin_file) {
  std::vector<NamedFile> files;
  for (const auto& [key, document] :
       {std::pair<const char*, std::string>{"pin_set.documents.server_roots", documents.server_roots()},
        {"pin_set.documents.client_roots", documents.client_roots()},
        {"pin_set.documents.authorization_policy", documents.authorization_policy()},
        {"pin_set.documents.shadow_policy", documents.shadow_policy()}}) {
    if (document.empty()) continue;
    files.push_back({key, RelativeTo(pin_file, document), "DOCUMENT_INVALID", "DOCUMENT_INVALID", false, "pin file"});
  }
  return files;
}

}  // namespace

std::vector<NamedFile> FilesNamedBy(const v1::Config& config, const std::string& config_file) {
  std::vector<NamedFile> all = Named(config);
  const auto append = [&all](const std::vector<NamedFile>& files) {
    all.insert(all.end(), files.begin(), files.end());
  };
  append(Signatures(config.pin_set()));
  if (!config.pin_set().file().empty()) append(Documents(config.pin_set().documents(), config.pin_set().file()));
  all.erase(std::remove_if(all.begin(), all.end(), [](const NamedFile& file) { return file.file.empty(); }), all.end());
  for (NamedFile& file : all) file.file = RelativeTo(config_file, file.file);
  return all;
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
                                            : absl::StrCat("put the file there, or correct the path, which is "
                                                           "relative to the ",
                                                           file.relative_to)});
  }
  return is_missing;
}

}  // namespace pinion::cli
