// `pinion lab`: a running mutual-TLS laboratory, and commands that cause events in it.
#include <ctime>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tools/pinion/blocked_signals.h"
#include "tools/pinion/command.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/lab_changes.h"
#include "tools/pinion/lab_folder.h"
#include "tools/pinion/lab_servers.h"
#include "tools/pinion/lab_state.h"

namespace pinion::cli {
namespace {

// How often the laboratory reads its desired state.
constexpr timespec kInterval = {0, 50'000'000};

struct Arguments {
  std::string directory;
  std::string what;
  std::string output = "table";
};
using ArgumentsPtr = std::shared_ptr<Arguments>;

// Quotes the path for a shell.
std::string Quoted(const std::string& path) {
  const bool plain =
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") == std::string::npos;
  return plain ? path : absl::StrCat("'", absl::StrReplaceAll(path, {{"'", "'\\''"}}), "'");
}

struct Trial {
  std::string client;
  std::string command;
};

// One line for each client.
std::vector<Trial> Trials(const std::string& folder, const v1::Lab& lab) {
  const std::string in = Quoted(folder);
  const std::string payments = absl::StrCat(kPaymentsHost, ":", lab.payments_port());
  return {
      {"C++", absl::StrCat("pinion call --config ", in, "/orders.json ", payments)},
      {"Python", absl::StrCat("python3 ", in, "/client.py ", payments)},
      {"Node", absl::StrCat("node ", in, "/client.mjs ", payments)},
      {"Go", absl::StrCat("go run ", in, "/client.go ", payments)},
      {"curl", absl::StrCat("curl --config ", in, "/curl.conf | tail -c +8; echo")},
      {"openssl", absl::StrCat("openssl s_client -connect ", payments, " -alpn h2 -CAfile ", in, "/pki/ca.pem -cert ",
                               in, "/pki/orders.pem -key ", in, "/pki/orders-key.pem -verify_hostname ", kPaymentsHost,
                               " -verify_return_error </dev/null 2>/dev/null | pinion pin -")},
  };
}

void PrintTable(const std::string& folder, const v1::Lab& lab) {
  const std::string in = Quoted(folder);
  std::cout << "A laboratory in " << folder << "; Ctrl-C ends it, and nothing stays behind\n"
            << "  payments  " << kPaymentsHost << ":" << lab.payments_port() << "\n"
            << "  ledger    " << kLedgerHost << ":" << lab.ledger_port() << "\n"
            << "  impostor  " << kPaymentsHost << ":" << lab.impostor_port()
            << "  payments' names, from the same CA, with another key\n"
            << "Its files: pki/ (the CA, certificates, keys), pins.json, policy.json, and configurations of payments, "
               "ledger\n"
            << "and of orders, a client that may call both\n\nTry, in another terminal:\n";
  for (const Trial& trial : Trials(folder, lab)) {
    std::cout << "  " << trial.client << std::string(9 - trial.client.size(), ' ') << trial.command << "\n";
  }
  std::cout << "Then make things happen, and try again:\n"
            << "  pinion lab rotate --dir " << in << "\n"
            << "  pinion lab break impostor --dir " << in << "    or: expired, no-backup, revoke\n"
            << "  pinion lab heal --dir " << in << std::endl;
}

void PrintJson(const std::string& folder, const v1::Lab& lab) {
  nlohmann::ordered_json document = {{"version", 1},
                                     {"directory", folder},
                                     {"payments", absl::StrCat(kPaymentsHost, ":", lab.payments_port())},
                                     {"ledger", absl::StrCat(kLedgerHost, ":", lab.ledger_port())},
                                     {"impostor", absl::StrCat(kPaymentsHost, ":", lab.impostor_port())},
                                     {"try", nlohmann::ordered_json::object()}};
  for (const Trial& trial : Trials(folder, lab)) document["try"][trial.client] = trial.command;
  std::cout << JsonText(document) << std::flush;
}

// Applies the state in the folder until a signal ends it; SIGHUP from a closed terminal is one.
int Live(const std::string& folder, const sigset_t& signals, LabServers* servers) {
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &kInterval);
    if (signal > 0) return kYes;
    const absl::StatusOr<v1::Lab> lab = LoadLab(folder);
    if (!lab.ok()) return Unusable(lab.status());
    if (absl::Status status = servers->Follow(*lab); !status.ok()) return Unusable(status);
  }
}

int Up(const Arguments& arguments) {
  const sigset_t signals = BlockSignals();
  const absl::StatusOr<std::unique_ptr<LabFolder>> folder = LabFolder::Make(arguments.directory);
  if (!folder.ok()) return Unusable(folder.status());
  const std::string& path = (*folder)->path();
  absl::StatusOr<v1::Lab> lab = (*folder)->Fill();
  if (!lab.ok()) return Unusable(lab.status());
  LabServers servers(path);
  if (absl::Status status = servers.Start(&*lab); !status.ok()) return Unusable(status);
  if (absl::Status status = Apply(path, *lab); !status.ok()) return Unusable(status);
  arguments.output == "json" ? PrintJson(path, *lab) : PrintTable(path, *lab);
  return Live(path, signals, &servers);
}

int Report(const absl::StatusOr<LabChange>& change, const std::string& output) {
  if (!change.ok()) {
    const bool is_no = absl::IsFailedPrecondition(change.status());
    return is_no ? (Unusable(change.status()), kNo) : Unusable(change.status());
  }
  if (output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"did", change->did},
                           {"expect", change->expect},
                           {"pin_set_version", change->pin_set_version},
                           {"served_pin", change->served_pin}});
  } else {
    std::cout << change->did << "\nExpect: " << change->expect << "\n";
  }
  return kYes;
}

constexpr char kChangeShape[] =
    "-o json prints {\"version\": 1, \"did\", \"expect\", \"pin_set_version\", \"served_pin\"}.\n"
    "Exit code: 0 done, 1 not in this laboratory as it is, 2 unusable input.";

CLI::App* AddChange(CLI::App* lab, const std::string& name, const std::string& help, const std::string& examples,
                    const ArgumentsPtr& arguments) {
  CLI::App* command = lab->add_subcommand(name, help);
  command->add_option("--dir", arguments->directory, "the laboratory's folder")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(absl::StrCat("Examples:\n", examples, kChangeShape));
  return command;
}

void AddUp(CLI::App* lab, int* exit_code) {
  CLI::App* command = lab->add_subcommand("up", "Run a CA's two services, and an impostor, until Ctrl-C");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--dir", arguments->directory, "an empty or missing folder; by default a temporary one");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion lab up\n"
      "  pinion lab up --dir lab -o json\n"
      "Prints its addresses and what to try, then logs handshake events on stderr. All is on loopback, on free\n"
      "ports. SIGTERM and SIGINT end it with 0; what is in the folder goes with it, and a folder that it made, too.\n"
      "-o json prints {\"version\": 1, \"directory\", \"payments\", \"ledger\", \"impostor\", \"try\": {CLIENT: "
      "COMMAND}}.");
  command->callback([arguments, exit_code] { *exit_code = Up(*arguments); });
}

}  // namespace

void AddLab(CLI::App* app, int* exit_code) {
  CLI::App* lab = app->add_subcommand("lab", "A mutual-TLS laboratory on loopback, to try things in");
  lab->require_subcommand(1);
  AddUp(lab, exit_code);
  const auto rotate = std::make_shared<Arguments>();
  AddChange(lab, "rotate", "Payments takes its backup key", "  pinion lab rotate --dir lab\n", rotate)
      ->callback([rotate, exit_code] { *exit_code = Report(RotateLab(rotate->directory), rotate->output); });
  const auto broken = std::make_shared<Arguments>();
  CLI::App* command = AddChange(lab, "break", "Make something go wrong",
                                "  pinion lab break impostor --dir lab\n  pinion lab break revoke --dir lab\n", broken);
  command
      ->add_option("WHAT", broken->what,
                   "an impostor holds payments' address; its certificate has ended; the pin "
                   "file has no backup; the key that it serves is revoked")
      ->required()
      ->check(CLI::IsMember({kBreakImpostor, kBreakExpired, kBreakNoBackup, kBreakRevoke}));
  command->callback(
      [broken, exit_code] { *exit_code = Report(BreakLab(broken->directory, broken->what), broken->output); });
  const auto heal = std::make_shared<Arguments>();
  AddChange(lab, "heal", "Fix what was broken, as an operator would", "  pinion lab heal --dir lab\n", heal)
      ->callback([heal, exit_code] { *exit_code = Report(HealLab(heal->directory), heal->output); });
  lab->footer(
      "Examples:\n"
      "  pinion lab up --dir lab\n"
      "  pinion lab rotate --dir lab\n"
      "  pinion lab break impostor --dir lab\n"
      "  pinion lab heal --dir lab");
}

}  // namespace pinion::cli
