#include <sys/stat.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/workload/own_side.h"
#include "pinion/x509/path/path.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/judged_chain.h"

namespace pinion::cli {
namespace {

// If OpenSSL finds no path with the file's order, the gRPC of peers finds none either, although Pinion does.
void CheckOrder(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  const x509::Purpose purpose = config.is_server ? x509::Purpose::kServerAuth : x509::Purpose::kClientAuth;
  const Identity& own = *config.identity;
  const x509::TrustRoots roots = own.AssumedPeerRoots(*config.peer_roots);
  const x509::PathOutcome outcome = x509::BuildPath(own.certificate(), own.chain(), roots, purpose, now);
  if (outcome.reason != v1::ACCEPTED || !outcome.is_alternative) return;
  std::string order;
  for (const x509::Certificate& certificate : outcome.path) {
    absl::StrAppend(&order, order.empty() ? "\"" : ", \"", certificate.subject(), "\" (issuer \"", certificate.issuer(),
                    "\")");
  }
  findings->push_back(
      {Severity::kError,
       "CHAIN_ORDER",
       {config.options.certificate.file()},
       "gRPC's own check, which takes the first issuer that fits and does not go back, finds no path in "
       "this file's order, so that peers refuse it before Pinion is asked",
       absl::StrCat("keep the certificates of the path that holds, and no others: ", order)});
}

// The check that a process makes when it starts, and before it adopts another identity.
void CheckCertificateAndKey(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  const std::string& file = config.options.certificate.file();
  const OwnSide own = {config.identity, config.peer_roots, *config.pin_set,
                       config.is_server ? Side::kServer : Side::kClient};
  PresentedChains presented;
  std::string warning;
  const absl::Status status = CheckOwnSide(own, now, &presented, &warning);
  if (!warning.empty()) {
    findings->push_back(
        FromError(Severity::kWarning, "OWN_KEY_TOLERATED", file, absl::FailedPreconditionError(warning)));
  }
  CheckOrder(config, now, findings);
  if (status.ok()) return;
  const char* const lost = LostPurpose(own, now);
  const bool is_about_key = absl::StrContains(status.message(), "our own key ");
  Finding finding = FromError(Severity::kError,
                              lost != nullptr ? lost
                              : is_about_key  ? "OWN_KEY_REFUSED"
                                              : "OWN_CERTIFICATE_REFUSED",
                              file, status);
  if (absl::StartsWith(finding.fix, "ours is ")) {
    absl::StrAppend(&finding.text, "; ", finding.fix);
    finding.fix = "deploy a certificate for this side of TLS with a path to its CA that is valid then";
  }
  if (lost != nullptr) {
    finding.fix = absl::StrCat("have the CA issue it for this side of TLS, too; the other side of it is valid for ",
                               (own.identity->certificate().not_after() - now) / absl::Hours(24), " days");
  }
  findings->push_back(std::move(finding));
}

void CheckBackup(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  const PeerVerifier verifier(config.identity->AssumedPeerRoots(*config.peer_roots), config.pin_set, v1::ACCEPT);
  const IdentityFiles files = config.identity_files();
  const std::vector<x509::Certificate>& chain = config.identity->chain();
  if (!config.is_server) {
    return AddServedBackup(JudgeAsClient(verifier, chain, now), files.certificate_file, config.options.pin_set.file(),
                           findings);
  }
  for (const HostVerdict& judged : JudgeAsServer(verifier, chain, now)) {
    AddServedBackup(judged.verdict, files.certificate_file, config.options.pin_set.file(), findings);
  }
}

void CheckKeyFile(const ConfigFile& config, std::vector<Finding>* findings) {
  const std::string& file = config.options.private_key.file();
  struct stat about = {};
  if (stat(file.c_str(), &about) != 0 || (about.st_mode & (S_IRWXG | S_IRWXO)) == 0) return;
  findings->push_back(
      {Severity::kWarning,
       "KEY_FILE_OPEN",
       {file},
       absl::StrFormat("the private key is open to others than its owner: mode %03o", about.st_mode & 0777),
       absl::StrCat("chmod 600 ", absl::CHexEscape(file))});
}

void CheckShadows(const ConfigFile& config, std::vector<Finding>* findings) {
  if (config.shadow_pin_set != nullptr && config.shadow_pin_set->SaysTheSameAs(*config.pin_set)) {
    findings->push_back({Severity::kInfo, "SHADOW_EQUALS_PIN_SET",
                         PlaceOf(config.text, config.file, "pin_set.shadow_file"),
                         "the shadow pin set is the same as the pin set, so it never reports a difference",
                         "remove it, or change it to what you want to try"});
  }
  if (config.shadow_policy == nullptr || !config.shadow_policy->SaysTheSameAs(*config.policy)) return;
  findings->push_back({Severity::kInfo, "SHADOW_EQUALS_POLICY",
                       PlaceOf(config.text, config.file, "server.shadow_policy_file"),
                       "the shadow policy is the same as the policy, so it never reports a difference",
                       "remove it, or change it to what you want to try"});
}

}  // namespace

void CheckOwn(const ConfigFile& config, absl::Time now, std::vector<Finding>* findings) {
  CheckCertificateAndKey(config, now, findings);
  CheckBackup(config, now, findings);
  CheckKeyFile(config, findings);
  CheckShadows(config, findings);
}

}  // namespace pinion::cli
