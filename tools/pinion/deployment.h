// Everything that is about to be deployed, loaded by what loads it when it runs.
#ifndef PINION_TOOLS_PINION_DEPLOYMENT_H_
#define PINION_TOOLS_PINION_DEPLOYMENT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pinion/workload/snapshot.h"
#include "pinion/workload_options.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

// One side of a configuration file; a file for both sides is two of these.
struct ConfigFile {
  std::string file;
  std::string text;
  WorkloadOptions options;
  bool is_server = false;
  std::shared_ptr<const Identity> identity;
  // Of a client, for servers; of a server, for clients.
  std::shared_ptr<const x509::TrustRoots> peer_roots;
  std::shared_ptr<const PinSet> pin_set;
  // Of servers.
  v1::UnlistedClients unlisted_clients = v1::UNLISTED_CLIENTS_UNSPECIFIED;
  std::shared_ptr<const AuthorizationPolicy> policy;
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;

  IdentityFiles identity_files() const { return {options.certificate.file(), options.private_key.file()}; }
  const std::string& peer_roots_file() const {
    return is_server ? options.client_roots.file() : options.server_roots.file();
  }
};

struct PinFile {
  std::string file;
  std::string text;
  std::shared_ptr<const PinSet> pin_set;
};

struct PolicyFile {
  std::string file;
  std::string text;
  std::shared_ptr<const AuthorizationPolicy> policy;
  // Of the servers that use it; where none was given, every pin set.
  std::vector<std::shared_ptr<const PinSet>> pin_sets;
};

// What a running process says of itself, as it stands in the file.
struct StatusFileText {
  std::string file;
  std::string text;
};

// Leaf first.
struct ChainFile {
  std::string file;
  std::vector<x509::Certificate> chain;
};

// Only what its loader takes is in it; for what it does not, there is a finding. What a configuration names is here
// beside what was given, each file once.
struct Deployment {
  std::vector<CheckedFile> files;  // as given
  std::vector<ConfigFile> configs;
  std::vector<PinFile> pin_files;
  std::vector<PolicyFile> policies;
  std::vector<ChainFile> chains;
  std::vector<StatusFileText> statuses;
  // CA certificates that were given by themselves.
  std::vector<std::pair<std::string, x509::TrustRoots>> roots;
};

// The CAs that were given by themselves, together; none where none was.
std::optional<x509::TrustRoots> GivenRoots(const Deployment& deployment);

// An error where a file cannot be read at all, or nobody can tell what it is.
absl::Status Load(const std::vector<std::string>& files, Deployment* deployment, std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DEPLOYMENT_H_
