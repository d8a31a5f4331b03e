// Everything that is about to be deployed, loaded by the code that loads it at run time.
#ifndef PINION_TOOLS_PINION_DEPLOYMENT_H_
#define PINION_TOOLS_PINION_DEPLOYMENT_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pinion/loading/documents.h"
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
  // For a client, the roots of servers; for a server, the roots of clients.
  std::shared_ptr<const x509::TrustRoots> peer_roots;
  std::shared_ptr<const PinSet> pin_set;
  std::shared_ptr<const PinSet> shadow_pin_set;  // null if there is none
  // For servers only.
  v1::UnlistedClients unlisted_clients = v1::UNLISTED_CLIENTS_UNSPECIFIED;
  std::shared_ptr<const AuthorizationPolicy> policy;
  std::shared_ptr<const AuthorizationPolicy> shadow_policy;

  IdentityFiles identity_files() const { return {options.certificate.file(), options.private_key.file()}; }
  std::string peer_roots_file() const {
    const DataSource& roots = is_server ? options.client_roots : options.server_roots;
    return roots.is_document() ? NameOfDocument(options, roots.document()) : roots.file();
  }
};

struct PinFile {
  std::string file;
  std::string text;
  std::shared_ptr<const PinSet> pin_set;
  bool is_copy = false;  // of one in etcd, whose documents are not beside it
};

struct PolicyFile {
  std::string file;
  std::string text;
  std::shared_ptr<const AuthorizationPolicy> policy;
  // The pin sets of the servers that use the policy; without such a server, every pin set.
  std::vector<std::shared_ptr<const PinSet>> pin_sets;
};

// The status that a running process wrote, as text.
struct StatusFileText {
  std::string file;
  std::string text;
};

// Leaf first.
struct ChainFile {
  std::string file;
  std::vector<x509::Certificate> chain;
};

// Contains what the loaders accept; there is a finding for each file that they refuse. It has the given files and those
// that the configurations name, each once.
struct Deployment {
  std::vector<CheckedFile> files;  // as given
  std::vector<ConfigFile> configs;
  std::vector<PinFile> pin_files;
  std::vector<PolicyFile> policies;
  std::vector<ChainFile> chains;
  std::vector<StatusFileText> statuses;
  // CA certificates that were given on their own.
  std::vector<std::pair<std::string, x509::TrustRoots>> roots;
};

// All CAs that were given on their own, together; none if there is none.
std::optional<x509::TrustRoots> GivenRoots(const Deployment& deployment);

// Returns an error if a file cannot be read, or its kind is not recognized.
absl::Status Load(const std::vector<std::string>& files, Deployment* deployment, std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DEPLOYMENT_H_
