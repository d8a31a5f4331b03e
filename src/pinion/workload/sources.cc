#include "pinion/workload/sources.h"

namespace pinion {

Sources OpenSources(const WorkloadOptions& options) {
  const auto open = [](const DataSource& part) { return part.empty() ? nullptr : OpenSource({part}); };
  Sources sources;
  sources.identity = OpenSource({options.certificate, options.private_key});
  sources.server_roots = open(options.server_roots);
  if (options.server.has_value()) {
    sources.client_roots = open(options.client_roots);
    sources.policy = open(options.server->authorization_policy);
    sources.shadow_policy = open(options.server->shadow_policy);
  }
  sources.pin_set = open(options.pin_set);
  if (!options.config_file.empty()) sources.config = OpenSource({DataSource::File(options.config_file)});
  return sources;
}

std::vector<std::string> FilesOf(const WorkloadOptions& options) {
  std::vector<DataSource> parts = {options.certificate, options.private_key, options.server_roots, options.client_roots,
                                   options.pin_set};
  if (options.server.has_value()) {
    parts.insert(parts.end(), {options.server->authorization_policy, options.server->shadow_policy});
  }
  std::vector<std::string> files;
  for (const DataSource& part : parts) {
    if (part.is_file()) files.push_back(part.file());
  }
  if (!options.config_file.empty()) files.push_back(options.config_file);
  return files;
}

}  // namespace pinion
