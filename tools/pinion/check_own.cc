#include <sys/stat.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/handshake/own_key.h"
#include "pinion/x509/path.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/judged_chain.h"

namespace pinion::cli {
namespace {

// Where OpenSSL finds no path in the order of the file, peers' gRPC does not either, though Pinion does.
void CheckOrder(const ConfigFile& config, const std::vector<x509::Certificate>& path, x509::Purpose purpose,
                absl::Time now, std::vector<Finding>* findings) {
  const Identity& own = *config.identity;
  const x509::TrustRoots roots = own.AssumedPeerRoots(*config.peer_roots);
  if (!x509::BuildPath(own.certificate(), own.chain(), roots, purpose, now).is_alternative) return;
  std::string order;
  for (const x509::Certificate& certificate : path) {
    absl::StrAppend(&order, order.empty() ? "\"" : ", \"", certificate.subject(), "\" (issuer \"", certificate.issuer(),
                    "\")");
  }
  findings->push_back(
      {Severity::kError,
       "CHAIN_ORDER",
       {config.names.identity.certificate_file},
       "gRPC's own check, which takes the first issuer that fits and does not go back, finds no path in "
       "this file's order, so that peers refuse it before Pinion is asked",
       absl::StrCat("keep the certificates of the path that holds, and no others: ", order)});
}

// The same two questions that a process asks itself when it starts.
void CheckCertificateAndKey(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  const std::string& file = config.names.identity.certificate_file;
  const x509::Purpose purpose = config.is_server ? x509::Purpose::kServerAuth : x509::Purpose::kClientAuth;
  const absl::StatusOr<std::vector<x509::Certificate>> path =
      config.identity->FindPath(*config.peer_roots, purpose, now);
  if (!path.ok()) {
    Finding finding = FromError(Severity::kError, "OWN_CERTIFICATE_REFUSED", file, path.status());
    finding.text = absl::StrCat(finding.text, "; ", finding.fix);  // of ours, what it is
    finding.fix = "deploy a certificate for this side of TLS with a path to its CA that is valid then";
    findings->push_back(std::move(finding));
    return;
  }
  CheckOrder(config, *path, purpose, now, findings);
  std::string warning;
  const absl::Status status = CheckOwnKey(*config.pin_set, *path, purpose, now, &warning);
  if (!status.ok()) findings->push_back(FromError(Severity::kError, "OWN_KEY_REFUSED", file, status));
  if (!warning.empty()) {
    findings->push_back(
        FromError(Severity::kWarning, "OWN_KEY_TOLERATED", file, absl::FailedPreconditionError(warning)));
  }
}

void CheckBackup(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  const PeerVerifier verifier(config.identity->AssumedPeerRoots(*config.peer_roots), config.pin_set, v1::ACCEPT);
  const IdentityFiles& files = config.names.identity;
  const std::vector<x509::Certificate>& chain = config.identity->chain();
  if (!config.is_server) {
    return AddServedBackup(JudgeAsClient(verifier, chain, now), files.certificate_file, config.names.pin_set_file,
                           findings);
  }
  for (const HostVerdict& judged : JudgeAsServer(verifier, chain, now)) {
    AddServedBackup(judged.verdict, files.certificate_file, config.names.pin_set_file, findings);
  }
}

void CheckKeyFile(const ConfigFile& config, std::vector<Finding>* findings) {
  const std::string& file = config.names.identity.private_key_file;
  struct stat about = {};
  if (stat(file.c_str(), &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
  findings->push_back(
      {Severity::kWarning,
       "KEY_FILE_OPEN",
       {file},
       absl::StrFormat("the private key is open to others than its owner: mode %03o", about.st_mode & 0777),
       absl::StrCat("chmod 600 ", absl::CHexEscape(file))});
}

}  // namespace

void CheckOwn(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  CheckCertificateAndKey(config, now, findings);
  CheckBackup(config, now, findings);
  CheckKeyFile(config, findings);
  if (config.shadow_policy == nullptr || !config.shadow_policy->SaysTheSameAs(*config.policy)) return;
  findings->push_back({Severity::kInfo, "SHADOW_EQUALS_POLICY",
                       PlaceOf(config.text, config.file, "server.shadow_policy_file"),
                       "the shadow policy says the same as the policy, so it will never be heard of",
                       "remove it, or change what is to be tried"});
}

}  // namespace pinion::cli
