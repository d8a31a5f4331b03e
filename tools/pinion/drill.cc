// `pinion drill`: tests whether the user's client or server refuses impostors.
#include "tools/pinion/drill.h"

#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "tools/pinion/command.h"
#include "tools/pinion/drill/client_cases.h"
#include "tools/pinion/drill/server_cases.h"
#include "tools/pinion/interruption.h"

namespace pinion::cli {
namespace {

constexpr char kShape[] =
    "JSON: {\"version\": 1, \"side\", \"verdict\": ALL_REFUSED|IMPOSTOR_ACCEPTED|LOCKED_OUT|PROVED_NOTHING, "
    "\"command\": [], "
    "\"cases\": [\n"
    "  {\"name\", \"what\", \"legitimate\", \"result\": REFUSED|ACCEPTED|NOT_EXERCISED, \"as_expected\", \"happened\", "
    "\"connections\",\n"
    "   \"handshake_completed\", \"request\", \"exit_code\": number|null, \"seconds\"}]}\n"
    "Exit code: 0 every impostor was refused; 1 an impostor was accepted or a legitimate peer refused; 2 the control "
    "failed,\n"
    "so the drill proved nothing, or unusable input. Cases that could not be tried are \"not exercised\".\n";

// Limits of each duration option.
constexpr absl::Duration kLeast = absl::Milliseconds(100);
constexpr absl::Duration kMost = absl::Minutes(10);

struct Arguments {
  ServerDrillOptions drill;
  std::vector<std::string> cases;
  std::string output = "table";
};

template <typename Cases>
std::vector<std::string> NamesOf(const Cases& cases) {
  std::vector<std::string> names;
  for (const auto& one : cases) names.emplace_back(one.name);
  return names;
}

template <typename Cases>
std::string ListOf(const Cases& cases) {
  std::string list = "Cases:\n";
  for (const auto& one : cases) {
    absl::StrAppend(&list, "  ", one.name, std::string(19 - std::string(one.name).size(), ' '), one.what, "\n");
  }
  return list;
}

int Print(const absl::StatusOr<DrillReport>& report, const std::string& output) {
  if (!report.ok()) return Unusable(report.status());
  std::cout << (output == "json" ? DrillJson(*report) : output == "junit" ? DrillJunit(*report) : DrillTable(*report));
  return report->ExitCode();
}

void Prepare(Arguments* arguments) {
  arguments->drill.cases.insert(arguments->cases.begin(), arguments->cases.end());
  NoteInterruptions();
  std::signal(SIGPIPE, SIG_IGN);
}

int RunClient(Arguments arguments) {
  Prepare(&arguments);
  return Print(DrillClient(arguments.drill), arguments.output);
}

// Whether the text is a host and a port, rather than a program.
bool LooksLikeAddress(const std::string& text) { return absl::StrContains(text, ':') && !absl::StrContains(text, '/'); }

int RunServer(Arguments arguments) {
  Prepare(&arguments);
  ServerDrillOptions& drill = arguments.drill;
  const bool runs_already = drill.command.size() == 1 && LooksLikeAddress(drill.command.front());
  if (runs_already && drill.certificate_file.empty()) {
    return Unusable(absl::InvalidArgumentError(
        "give --cert and --key of a client that the server accepts: without one the drill would prove nothing"));
  }
  if (!runs_already && !drill.certificate_file.empty()) {
    return Unusable(absl::InvalidArgumentError("--cert and --key are for a server that runs already, at HOST:PORT"));
  }
  if (runs_already) drill.address = drill.command.front();
  return Print(DrillServer(drill), arguments.output);
}

void AddOptions(CLI::App* command, const std::vector<std::string>& names, const std::shared_ptr<Arguments>& arguments) {
  command->add_option("--case", arguments->cases, "run only this case and the control; repeatable")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(names));
  AddDurationOption(command, "--timeout", &arguments->drill.timeout, kLeast, "for each case", kMost);
  AddOutputOption(command, &arguments->output, {"table", "json", "junit"});
}

void AddDrillClient(CLI::App* drill, int* exit_code) {
  CLI::App* command =
      drill->add_subcommand("client", "Start your client once for each impostor, and report which ones it accepts");
  auto arguments = std::make_shared<Arguments>();
  AddOptions(command, NamesOf(drill::ClientCases()), arguments);
  command->add_option("COMMAND", arguments->drill.command, "after --: your client, with placeholders")->required();
  command->footer(absl::StrCat(
      "Examples:\n"
      "  pinion drill client -- pinion call --config {config} {address}\n"
      "  pinion drill client -- curl --cacert {roots} --pinnedpubkey {curl_pins} https://{address}/\n"
      "  pinion drill client --case other-key -o junit -- pinion call --config {config} {address}\n"
      "The command is started once for each case, without a shell, and ended after --timeout. Placeholders:\n"
      "  {address} {host} {port}            where to connect: localhost:PORT\n"
      "  {roots} {cert} {key}               PEM files: the CA to trust, the client's certificate and key\n"
      "  {pins} {config}                    files: a pin set, a client's configuration of Pinion's\n"
      "  {pin} {backup_pin} {curl_pins}     the server's pins: sha256/…, sha256/…, sha256//…;sha256//…\n"
      "The client accepts a server when it sends a request after the handshake, whatever its exit code is. A request "
      "is\n"
      "HTTP/2 HEADERS, or any bytes of another protocol; HTTP/2's preface and SETTINGS alone are not. It is answered "
      "with\n"
      "one empty gRPC message.\n",
      ListOf(drill::ClientCases()), kShape));
  command->callback([arguments, exit_code] { *exit_code = RunClient(*arguments); });
}

void AddDrillServer(CLI::App* drill, int* exit_code) {
  CLI::App* command =
      drill->add_subcommand("server", "Call your server as hostile clients, and report which ones it accepts");
  auto arguments = std::make_shared<Arguments>();
  ServerDrillOptions& options = arguments->drill;
  AddOptions(command, NamesOf(drill::ServerCases()), arguments);
  options.path = "/grpc.health.v1.Health/Check";
  command->add_option("--method", options.path, "the method to call")->capture_default_str();
  AddDurationOption(command, "--handshake-limit", &options.handshake_limit, kLeast,
                    "time within which the server must close an unfinished handshake", kMost);
  CLI::Option* const certificate = command->add_option("--cert", options.certificate_file,
                                                       "certificate of a client that the server at HOST:PORT accepts");
  CLI::Option* const key = command->add_option("--key", options.private_key_file, "its key")->needs(certificate);
  certificate->needs(key);
  CLI::Option* const ca = command
                              ->add_option("--ca-cert", options.ca_certificate_file,
                                           "certificate of a throw-away CA that the server trusts")
                              ->needs(certificate);
  CLI::Option* const ca_key =
      command->add_option("--ca-key", options.ca_private_key_file, "its key; without it many cases cannot be tried")
          ->needs(ca);
  ca->needs(ca_key);
  command->add_option("COMMAND", options.command, "after --: your server, with placeholders; or HOST:PORT")->required();
  command->footer(absl::StrCat(
      "Examples:\n"
      "  pinion drill server -- pinion serve --config {config} --address {address}\n"
      "  pinion drill server localhost:8443 --cert client.pem --key client-key.pem --ca-cert ca.pem --ca-key "
      "ca-key.pem\n"
      "The command is started once, without a shell, and ended with the drill. Placeholders:\n"
      "  {address} {host} {port}       where to listen: 127.0.0.1:PORT, a free one\n"
      "  {roots} {cert} {key}          PEM files: the CA to trust, the server's certificate and key\n"
      "  {pins} {config}               files: the clients' pins, a server's configuration of Pinion's with them\n"
      "  {pin} {backup_pin}            the legitimate client's pins\n"
      "The server accepts a client when it answers its call with anything but PERMISSION_DENIED or UNAUTHENTICATED.\n",
      ListOf(drill::ServerCases()), kShape));
  command->callback([arguments, exit_code] { *exit_code = RunServer(*arguments); });
}

}  // namespace

void PrintProgress(const std::string& name, const std::string& what) {
  if (isatty(STDERR_FILENO) != 0) std::cerr << "drill: " << name << ": " << what << "\n";
}

void PrintControlFailed(const std::string& happened, const std::string& tail) {
  std::cerr << "pinion: the control failed: " << Printable(happened)
            << "; fix that first, since a program that refuses every peer refuses impostors too\n";
  if (!tail.empty()) std::cerr << "output of the program under test:\n" << tail;
}

void AddDrill(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("drill", "Test your own client or server against impostors");
  command->require_subcommand(1);
  AddDrillClient(command, exit_code);
  AddDrillServer(command, exit_code);
  command->footer(
      "Examples:\n"
      "  pinion drill client -- pinion call --config {config} {address}\n"
      "  pinion drill server -- pinion serve --config {config} --address {address}");
}

}  // namespace pinion::cli
