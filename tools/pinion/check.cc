// `pinion check`: checks everything that is about to be deployed, together, before the deployment.
#include <iostream>
#include <memory>
#include <optional>

#include "absl/time/clock.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/command.h"

namespace pinion::cli {
namespace {

constexpr char kCodes[] =
    "ERRORs: CONFIG_INVALID PIN_SET_INVALID PIN_SET_OLDER PIN_SET_UNSIGNED FLEET_TRUST_INVALID\n"
    "  FLEET_TRUST_REFUSED SIGNATURES_INVALID REVOCATIONS_UNSIGNED REVOCATIONS_INVALID REVOCATIONS_OLDER\n"
    "  STATE_INVALID POLICY_INVALID IDENTITY_INVALID CERTIFICATE_INVALID FILE_MISSING TRUST_INVALID\n"
    "  LOST_SERVER_AUTH LOST_CLIENT_AUTH OWN_CERTIFICATE_REFUSED CHAIN_ORDER OWN_KEY_REFUSED SERVER_REFUSED\n"
    "  CLIENT_REFUSED CERTIFICATE_REFUSED CERTIFICATE_EXPIRED ROOT_EXPIRED PIN_EXPIRED PIN_SET_EXPIRED\n"
    "  NO_PIN_ACCEPTED POLICY_PEER_UNKNOWN POLICY_DENIES_ALL PIN_WITHOUT_ITS_NAMES REPORT_ONLY_TOO_LONG\n"
    "  STATUS_INVALID DOCUMENT_INVALID DOCUMENT_CHANGED, and LIVE_ with an outcome of `pinion probe`\n"
    "WARNINGs: NO_ACTIVE_ACCEPTED NAME_NEAR_MISS OWN_KEY_TOLERATED BACKUP_IS_SERVED REPORT_ONLY_ACCEPTS\n"
    "  KEY_FILE_OPEN RESTART_TO_APPLY NOT_ADOPTED NOT_RECORDED STATUS_STALE STATE_NOT_WRITABLE TRUST_NOT_KEPT\n"
    "  LIVE_SERVES_BACKUP LIVE_SERVES_RETIRING BACKUP_UNPROVEN PROOF_EXPIRES PROOF_EXPIRED\n"
    "  REVOCATION_IGNORED REVOCATIONS_NOT_KEPT;\n"
    "  CERTIFICATE_EXPIRES ROOT_EXPIRES PIN_EXPIRES PIN_SET_EXPIRES REPORT_ONLY_EXPIRES within 30 and 7 days, which\n"
    "  are ERRORs within 1 day; a limit does not apply to what is valid for less than twice that time\n"
    "INFOs: CERTIFICATE_UNLISTED HOST_WITHOUT_CERTIFICATE SERVER_UNKNOWN NO_ROOTS POLICY_URI_UNLISTED\n"
    "  SHADOW_EQUALS_POLICY SHADOW_EQUALS_PIN_SET REPORT_ONLY_EXPIRED LIVE_SERVES_ACTIVE LIVE_DECISION_UNKNOWN\n"
    "  NO_BACKUP_PROVEN PIN_SET_NOT_KEPT PIN_OF_CERTIFICATE POLICY_DENIES_HEALTH DOCUMENT_MISSING,\n"
    "  and RETIRING pins' ends\n";

struct Arguments {
  std::vector<std::string> files;
  std::string against;
  std::optional<std::string> time;
  std::string output = "table";
};

int Run(const Arguments& arguments) {
  const absl::StatusOr<absl::Time> now = TimeOption("--time", arguments.time, absl::Now());
  if (!now.ok()) return Unusable(now.status());
  Deployment deployment;
  std::vector<Finding> findings;
  if (absl::Status status = Load(arguments.files, &deployment, &findings); !status.ok()) return Unusable(status);
  for (const ConfigFile& config : deployment.configs) CheckOwn(config, *now, &findings);
  CheckBothSides(deployment, *now, &findings);
  CheckCertificates(deployment, *now, &findings);
  CheckNames(deployment, &findings);
  CheckExpiry(deployment, *now, &findings);
  CheckDocuments(deployment, &findings);
  CheckPolicies(deployment, &findings);
  CheckStatuses(deployment, *now, &findings);
  if (!arguments.against.empty()) {
    const absl::Status status = CheckLive(deployment, arguments.against, *now, &findings);
    if (!status.ok()) return Unusable(status);
  }
  SortOut(&findings);
  std::cout << (arguments.output == "json" ? FindingsJson(deployment.files, findings)
                                           : FindingsTable(deployment.files, findings));
  return findings.empty() || findings.front().severity != Severity::kError ? kYes : kNo;
}

}  // namespace

void AddCheck(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("check", "Check together everything that is about to be deployed");
  auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("FILE", arguments->files, "configurations, pin sets, policies, certificates (PEM or DER), statuses")
      ->required();
  command->add_option("--against", arguments->against, "HOST:PORT: also judge the server that runs there now");
  command->add_option("--time", arguments->time, "check for this RFC 3339 time instead of now");
  AddOutputOption(command, &arguments->output);
  command->footer(
      std::string(
          "Examples:\n"
          "  pinion check orders.json payments.json\n"
          "  pinion check pins.json ca.pem payments.pem payments-next.pem -o json\n"
          "  pinion check orders.json orders-status.json\n"
          "  pinion check orders.json --against localhost:8443\n"
          "  pinion check pins.json policy.json --time 2027-01-01T00:00:00Z\n"
          "Each file's kind is recognized by its contents. The code that runs in production loads and judges the "
          "files.\n"
          "The files that a configuration names are checked too; trust files and signatures are checked only so. A CA\n"
          "certificate that is given is a root for the others.\n"
          "A status, which `pinion serve --status-file` writes, reports what the running process has not adopted.\n") +
      kCodes +
      "JSON, version 1: {\"version\", \"files\": [{\"file\", \"kind\"}], \"findings\": [{\"severity\", \"code\",\n"
      "  \"file\", \"line\", \"column\" (0: none), \"text\", \"fix\"}], \"errors\", \"warnings\", \"remarks\"}.\n"
      "Exit code: 0 no ERROR, 1 an ERROR, 2 a file that cannot be read or is none of these.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
