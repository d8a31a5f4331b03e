// `pinion verify`: whether a peer with a given chain would be accepted. It uses the verifier of live connections.
#include <iostream>
#include <memory>
#include <optional>

#include "absl/time/clock.h"
#include "pinion/handshake/peer_verifier.h"
#include "tools/pinion/chain_files.h"
#include "tools/pinion/command.h"
#include "tools/pinion/verdict_output.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string role;
  std::string chain;
  std::string roots;
  std::string host;
  std::string pins;
  std::string unlisted_clients;
  std::optional<std::string> time;
  std::string output = "table";
};

int Run(const Arguments& arguments) {
  const bool is_server = arguments.role == "server";
  if (is_server && arguments.host.empty()) {
    return Unusable(absl::InvalidArgumentError("--role server needs --host, the name that is dialled"));
  }
  if (!is_server && !arguments.pins.empty() && arguments.unlisted_clients.empty()) {
    return Unusable(absl::InvalidArgumentError(
        "--role client with --pins needs --unlisted-clients REFUSE or ACCEPT, as the server's configuration has it"));
  }
  const absl::StatusOr<absl::Time> now = TimeOption("--time", arguments.time, absl::Now());
  if (!now.ok()) return Unusable(now.status());
  const absl::StatusOr<PresentedChain> chain = ReadChain(arguments.chain);
  if (!chain.ok()) return Unusable(chain.status());
  const absl::StatusOr<x509::TrustRoots> roots = ReadRoots(arguments.roots);
  if (!roots.ok()) return Unusable(roots.status());
  const bool checks_pins = !arguments.pins.empty();
  const absl::StatusOr<std::shared_ptr<const PinSet>> pin_set =
      checks_pins ? ReadPinSet(arguments.pins) : PinSetForAnyKey(*chain, arguments.host);
  if (!pin_set.ok()) return Unusable(pin_set.status());
  if (!checks_pins) std::cerr << "pinion: no --pins, so the key itself is not judged\n";

  // Without a pin set no client is listed, and the rest is judged.
  const bool accepts_unlisted = !checks_pins || arguments.unlisted_clients == "ACCEPT";
  const PeerVerifier verifier(*roots, *pin_set, accepts_unlisted ? v1::ACCEPT : v1::REFUSE);
  const PeerRole role = is_server ? PeerRole::kServer : PeerRole::kClient;
  Verdict verdict = verifier.Verify(*chain, role, arguments.host, *now);
  if (verdict.accepted()) verdict = RefusalByTls(*chain).value_or(verdict);
  if (!checks_pins) ForgetAnyKey(&verdict);
  if (verdict.accepted() && verdict.grpc_finds_no_path) {
    std::cerr << "pinion: gRPC's own check comes first, takes the first issuer that fits, and refuses this order; send "
                 "the certificates of one path alone\n";
  }
  std::cout << (arguments.output == "json" ? VerdictJson(verdict) : VerdictTable(verdict));
  return verdict.accepted() ? kYes : kNo;
}

}  // namespace

void AddVerify(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("verify", "Judge a certificate chain as a live connection would");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--role", arguments->role, "what the owner of the chain is")
      ->required()
      ->check(CLI::IsMember({"server", "client"}));
  command->add_option("--chain", arguments->chain, "its certificate and intermediates, PEM; or one DER certificate")
      ->required();
  command->add_option("--roots", arguments->roots, "the CAs that are trusted, PEM")->required();
  command->add_option("--host", arguments->host, "the host that is dialled (servers)");
  command->add_option("--pins", arguments->pins, "pin file; without it every check but the pin's is made");
  command
      ->add_option("--unlisted-clients", arguments->unlisted_clients,
                   "REFUSE or ACCEPT, as the server does (clients with --pins)")
      ->check(CLI::IsMember({"REFUSE", "ACCEPT"}));
  command->add_option("--time", arguments->time, "judge at this RFC 3339 time instead of now");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Example:\n  pinion verify --role server --chain payments.pem --roots ca.pem --host payments.internal --pins "
      "pins.json\n"
      "Signatures of the pin file are not checked (`pinion verify-set`).\n"
      "Exit code: 0 accepted, 1 refused, 2 unusable input.\n"
      "JSON: {\"version\": 1, \"reason\"} and, if set, \"report_only_reason\", \"peer\",\n"
      "\"matched\": {\"pin\", \"state\"}, \"problem\", \"presented\", \"expected\", \"next_step\", \"holds_until\",\n"
      "and \"grpc_finds_no_path\": true if gRPC's own check refuses the order of this chain.");
  command->callback([arguments, exit_code] { *exit_code = Run(*arguments); });
}

}  // namespace pinion::cli
