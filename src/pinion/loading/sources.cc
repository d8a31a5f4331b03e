#include "pinion/loading/sources.h"

#include <algorithm>

#include "pinion/base/file.h"
#include "pinion/etcd/published.h"
#include "pinion/source/file_source.h"

namespace pinion {

Sources OpenSources(const WorkloadOptions& options) {
  const FileSources files(options.refresh_interval);
  Sources sources;
  const auto open = [&](const DataSource& part) {
    return part.empty() ? nullptr : part.is_document() ? sources.documents.Open(part.document()) : files.Open({part});
  };
  sources.identity = files.Open({options.certificate, options.private_key});
  if (!options.next_certificate.empty()) {
    sources.next_identity = files.Open({options.next_certificate, options.next_private_key});
  }
  sources.server_roots = open(options.server_roots);
  if (options.server.has_value()) {
    sources.client_roots = open(options.client_roots);
    sources.policy = open(options.server->authorization_policy);
    sources.shadow_policy = open(options.server->shadow_policy);
  }
  if (!options.pin_set.empty()) {
    std::vector<DataSource> pin_set = {options.pin_set,     options.pin_set_signatures,
                                       options.fleet_trust, options.fleet_trust_signatures,
                                       options.revocations, options.revocations_signatures};
    for (const std::string& document : DocumentsInUse(options)) {
      pin_set.push_back(DataSource::File(RelativeTo(options.pin_set.file(), document)));
    }
    sources.pin_set = files.Open(pin_set);
  }
  if (options.etcd.has_value()) sources.pin_set = etcd::OpenKept(options.state_dir);
  if (!options.shadow_pin_set.empty()) {
    std::vector<DataSource> shadow = {options.shadow_pin_set};
    if (!options.revocations.empty()) shadow.push_back(options.revocations);
    sources.shadow_pin_set = files.Open(shadow);
  }
  if (!options.config_file.empty()) sources.config = files.Open({DataSource::File(options.config_file)});
  return sources;
}

std::vector<std::shared_ptr<Source>> Sources::All() const {
  std::vector<std::shared_ptr<Source>> all;
  for (const std::shared_ptr<Source>& source :
       {identity, next_identity, server_roots, client_roots, pin_set, shadow_pin_set, policy, shadow_policy, config}) {
    if (source != nullptr) all.push_back(source);
  }
  return all;
}

bool Sources::AreConstant() const {
  const std::vector<std::shared_ptr<Source>> all = All();
  return std::all_of(all.begin(), all.end(), [](const auto& source) { return source->is_constant(); });
}

}  // namespace pinion
