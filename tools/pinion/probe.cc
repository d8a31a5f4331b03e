// `pinion probe`: what a server presents, whether we would accept it, and whether it would accept us.
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "pinion/base/file.h"
#include "pinion/workload/snapshot.h"
#include "pinion/workload_options.h"
#include "pinion/x509/host_name.h"
#include "tools/pinion/asked_server.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/probe_output.h"
#include "tools/pinion/verdict_output.h"

namespace pinion::cli {
namespace {

constexpr int kUnavailable = kCallFailed + static_cast<int>(absl::StatusCode::kUnavailable);

struct Arguments {
  std::string target;
  std::string host;
  std::string certificate;
  std::string key;
  std::string config;
  std::string pins;
  std::string roots;
  absl::Duration timeout = absl::Seconds(10);
  std::string output = "table";
};

absl::Status ReadIdentity(const Arguments& arguments, Question* question) {
  const absl::StatusOr<std::string> certificate_pem = ReadInput(arguments.certificate);
  if (!certificate_pem.ok()) return certificate_pem.status();
  const absl::StatusOr<std::string> key_pem = ReadInput(arguments.key);
  if (!key_pem.ok()) return key_pem.status();
  absl::StatusOr<std::vector<x509::Certificate>> chain =
      x509::ParsePem(*certificate_pem, x509::BesideCertificates::kPrivateKey);
  if (!chain.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(arguments.certificate, ": ", chain.status().message()));
  }
  absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(*key_pem);
  if (!key.ok()) return absl::InvalidArgumentError(absl::StrCat(arguments.key, ": ", key.status().message()));
  if (!key->Matches(chain->front())) {
    return absl::InvalidArgumentError(
        absl::StrCat(arguments.key, ": it is not the key of the first certificate in ", arguments.certificate));
  }
  question->chain = *std::move(chain);
  question->key = *std::move(key);
  return absl::OkStatus();
}

// Loads our identity, and what to judge by.
absl::Status Prepare(const Arguments& arguments, Question* question, Standard* standard) {
  if (!arguments.config.empty()) {
    const absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(arguments.config);
    if (!options.ok()) return options.status();
    const absl::StatusOr<Snapshot> snapshot = LoadSnapshot(*options);
    if (!snapshot.ok()) return snapshot.status();
    if (snapshot->server_roots == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(arguments.config, ": trust: server_roots_file is missing, so it trusts no server"));
    }
    question->chain = snapshot->identity->chain();
    question->key = snapshot->identity->private_key();
    *standard = {*snapshot->server_roots, snapshot->pin_set};
  }
  if (!arguments.certificate.empty()) {
    if (absl::Status status = ReadIdentity(arguments, question); !status.ok()) return status;
  }
  if (!arguments.roots.empty()) {
    absl::StatusOr<x509::TrustRoots> roots = ReadRoots(arguments.roots);
    if (!roots.ok()) return roots.status();
    standard->roots = *std::move(roots);
  }
  if (!arguments.pins.empty()) {
    absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = ReadPinSet(arguments.pins);
    if (!pin_set.ok()) return pin_set.status();
    standard->pin_set = *std::move(pin_set);
  }
  if (standard->roots.has_value() || standard->pin_set == nullptr) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "--pins needs --roots: a pin on a certificate without a path to a CA is worth nothing");
}

int ExitCode(const AskedServer& asked) {
  const std::string outcome = OutcomeOf(asked);
  if (outcome == "ACCEPTED") return kYes;
  if (outcome == "REFUSED_BY_US" && IsThePinSets(asked.verdict->reason)) return kPinRefused;
  return outcome == "UNREACHABLE" || outcome == "TIMED_OUT" ? kUnavailable : kNo;
}

int Run(const Arguments& arguments) {
  Question question;
  Standard standard;
  question.timeout = arguments.timeout;
  if (absl::Status status = SetTarget(arguments.target, &question); !status.ok()) return Unusable(status);
  std::string host = question.host;
  if (!arguments.host.empty()) {
    const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(arguments.host);
    if (!parsed.ok()) return Unusable(absl::InvalidArgumentError(absl::StrCat("--host: ", parsed.status().message())));
    host = parsed->text();
    question.server_name = parsed->is_address() ? "" : host;
  }
  if (absl::Status status = Prepare(arguments, &question, &standard); !status.ok()) return Unusable(status);
  AskedServer asked = Ask(arguments.target, host, question);
  Judge(standard, &asked);
  std::cout << (arguments.output == "json" ? ProbeJson(asked) : ProbeTable(asked));
  return ExitCode(asked);
}

}  // namespace

void AddProbe(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("probe", "Show what a server presents, and what both sides would decide");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("TARGET", arguments->target, "HOST:PORT; any server with TLS, in any language")->required();
  command->add_option("--host", arguments->host, "request this host instead of TARGET's, and judge the server as it");
  CLI::Option* const config = command->add_option("--config", arguments->config,
                                                  "client configuration file: our identity, and what to judge by");
  CLI::Option* const certificate =
      command->add_option("--identity-certificate", arguments->certificate, "our certificate and intermediates, PEM");
  CLI::Option* const key = command->add_option("--identity-key", arguments->key, "its private key, PEM");
  certificate->needs(key)->excludes(config);
  key->needs(certificate);
  command->add_option("--roots", arguments->roots, "the CAs that are trusted, PEM");
  command->add_option("--pins", arguments->pins, "pin file; without it every check but the pin's is made");
  AddDurationOption(command, "--timeout", &arguments->timeout, absl::Milliseconds(1), "of the whole probe");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion probe localhost:8443\n"
      "  pinion probe localhost:8443 --config orders.json\n"
      "  pinion probe 127.0.0.1:8443 --host localhost --roots ca.pem --pins pins.json -o json\n"
      "  pinion probe localhost:8443 --identity-certificate orders.pem --identity-key orders-key.pem --roots ca.pem\n"
      "One handshake, which offers what a live client offers (TLS 1.2 or 1.3, P-256, GRPC_SSL_CIPHER_SUITES, ALPN "
      "h2),\nHTTP/2's preface, and nothing more. Where a server speaks none of that, a second handshake shows what it "
      "speaks. What the server presents is "
      "judged\n"
      "by the verifier that a live connection meets; its decision about us is its SETTINGS frame, or its alert.\n"
      "JSON, version 1: {\"version\", \"target\", \"host\", \"address\", \"time\", \"outcome\",\n"
      "  \"tls\": {\"protocol\", \"cipher\", \"group\", \"alpn\"} or null,\n"
      "  \"would_speak\": the same without ALPN, with NO_COMMON_TLS, or null,\n"
      "  \"client_certificate\": {\"asked_for\", \"shown\", \"ca_names\"},\n"
      "  \"chain\": [{\"pin\", \"subject\", \"issuer\", \"names\": {\"dns\", \"uris\", \"addresses\"}, "
      "\"not_before\",\n"
      "    \"not_after\", \"days_left\", \"key\"}, or {\"malformed\"}],\n"
      "  \"we\": as in `pinion verify -o json`, or null,\n"
      "  \"they\": {\"decision\": ACCEPTED, REFUSED or UNKNOWN, \"alert\", \"text\"},\n"
      "  \"pin_set_entry\": a peer for a pin file, without a BACKUP, or null, \"pin_set_entry_remark\"}.\n"
      "Outcomes and exit codes: 0 ACCEPTED, by both; 90 REFUSED_BY_US, by the pin set; 1 REFUSED_BY_US otherwise,\n"
      "REFUSED_BY_THEM, NO_TLS, NO_COMMON_TLS, NO_H2, HANDSHAKE_FAILED; 78 UNREACHABLE, TIMED_OUT; 2 unusable input.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
