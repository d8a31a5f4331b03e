// `pinion pki`: a development CA and its certificates.
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "tools/pinion/command.h"
#include "tools/pinion/development_ca.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

constexpr char kJsonShape[] =
    "-o json prints {\"version\": 1, \"name\", \"pin\", \"certificate_file\", \"private_key_file\", \"not_after\"}.";

struct Arguments {
  std::string directory;
  CertificateOrder order;
  SuccessorOrder successor;
  std::string output = "table";
};
using ArgumentsPtr = std::shared_ptr<Arguments>;

// Prints what was made, and on stderr the consequence for pins.
int Report(const absl::StatusOr<MadeCertificate>& made, const std::string& output, const std::string& remark) {
  if (!made.ok()) return Unusable(made.status());
  if (output == "json") {
    const nlohmann::ordered_json document = {{"version", 1},
                                             {"name", made->name},
                                             {"pin", made->pin},
                                             {"certificate_file", made->certificate_file},
                                             {"private_key_file", made->private_key_file},
                                             {"not_after", FormatRfc3339(made->not_after)}};
    std::cout << JsonText(document);
  } else {
    std::cout << made->pin << "  " << made->certificate_file << ", key in " << made->private_key_file << "\n";
  }
  std::cerr << remark;
  return kYes;
}

int Issue(const Arguments& arguments) {
  return Report(DevelopmentCa(arguments.directory).Issue(arguments.order), arguments.output, "");
}

int Renew(Arguments arguments) {
  SuccessorOrder& order = arguments.successor;
  if (order.as.empty()) order.as = order.name + "-renewed";
  const std::string remark = absl::StrCat(
      "The key is the same, and so is its pin: no pin file changes. To use it:\n  mv ",
      CertificatePath(arguments.directory, order.as), " ", CertificatePath(arguments.directory, order.name), "\n");
  return Report(DevelopmentCa(arguments.directory).Renew(order), arguments.output, remark);
}

int Rekey(Arguments arguments) {
  SuccessorOrder& order = arguments.successor;
  if (order.as.empty()) order.as = order.name + "-next";
  const std::string remark =
      absl::StrCat("The key is new: no peer accepts it yet. Its pin must be a BACKUP in the clients' pin files before ",
                   order.name, " serves it.\n");
  return Report(DevelopmentCa(arguments.directory).Rekey(order), arguments.output, remark);
}

std::string CheckName(const std::string& name) { return NameFault(name); }

// A subcommand with DIR and -o; `help` is its description.
CLI::App* AddCommand(CLI::App* pki, const std::string& name, const std::string& help, const ArgumentsPtr& arguments) {
  CLI::App* command = pki->add_subcommand(name, help);
  command->add_option("DIR", arguments->directory, name == "init" ? "made if missing" : "where the CA is")->required();
  AddOutputOption(command, &arguments->output);
  return command;
}

void AddName(CLI::App* command, std::string* name, const std::string& help) {
  command->add_option("NAME", *name, help)->required()->check(CheckName);
}

void AddValidFor(CLI::App* command, absl::Duration* valid_for, const std::string& otherwise) {
  AddDurationOption(command, "--valid-for", valid_for, absl::Seconds(1), "how long, such as 24h; " + otherwise);
}

void AddInit(CLI::App* pki, int* exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = AddCommand(pki, "init", "Make the CA: DIR/ca.pem and DIR/ca-key.pem", arguments);
  command->footer(absl::StrCat("Examples:\n  pinion pki init dev\n", kJsonShape));
  command->callback([arguments, exit_code] {
    *exit_code = Report(DevelopmentCa(arguments->directory).Init(), arguments->output, "");
  });
}

void AddIntermediate(CLI::App* pki, int* exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = AddCommand(pki, "intermediate", "Make a CA below it, which issues leaves alone", arguments);
  AddName(command, &arguments->order.name, "of the files, and the subject's common name");
  command->footer(
      absl::StrCat("Examples:\n"
                   "  pinion pki intermediate dev east\n"
                   "  pinion pki issue dev ledger --from east --dns ledger.internal\n",
                   kJsonShape));
  command->callback([arguments, exit_code] {
    *exit_code =
        Report(DevelopmentCa(arguments->directory).MakeIntermediate(arguments->order.name), arguments->output, "");
  });
}

void AddIssue(CLI::App* pki, int* exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = AddCommand(pki, "issue", "Make a key and a certificate: NAME.pem and NAME-key.pem", arguments);
  CertificateOrder& order = arguments->order;
  AddName(command, &order.name, "of the files, and the subject's common name");
  command->add_option("--profile", order.profile, "what is in the certificate: see certs/")
      ->check(CLI::IsMember(LeafProfiles()))
      ->capture_default_str();
  command->add_option("--from", order.from, "the CA that issues it; NAME.pem then holds an intermediate, too")
      ->capture_default_str()
      ->check([](const std::string& name) { return name == kRootName ? "" : NameFault(name); });
  AddValidFor(command, &order.valid_for, "otherwise as in the profile");
  command->add_option("--dns", order.dns, "a DNS name it is for")->allow_extra_args(false);
  command->add_option("--uri", order.uris, "a URI that identifies it; a SPIFFE ID must be a valid one, and alone")
      ->allow_extra_args(false);
  command->add_option("--ip", order.addresses, "an IP address it is for")->allow_extra_args(false);
  command->footer(
      absl::StrCat("Examples:\n"
                   "  pinion pki issue dev payments --dns localhost --uri spiffe://dev/payments\n"
                   "  pinion pki issue dev batch --profile client --valid-for 24h --uri spiffe://dev/batch\n",
                   kJsonShape));
  command->callback([arguments, exit_code] { *exit_code = Issue(*arguments); });
}

// Adds the arguments that name a certificate and its successor.
void AddSuccessor(CLI::App* command, const std::shared_ptr<Arguments>& arguments, const char* name_help,
                  const char* as) {
  AddName(command, &arguments->successor.name, name_help);
  command->add_option("--as", arguments->successor.as, as)->check(CheckName);
  AddValidFor(command, &arguments->successor.valid_for, "otherwise as long as its predecessor");
}

void AddRenew(CLI::App* pki, int* exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      AddCommand(pki, "renew", "Make NAME's certificate again, with the same names and the same key", arguments);
  AddSuccessor(command, arguments, "the one to renew", "the new file's name; otherwise NAME-renewed");
  command->footer(
      absl::StrCat("Examples:\n"
                   "  pinion pki renew dev payments\n"
                   "  pinion pki renew dev payments --as payments-2027 --valid-for 720h\n"
                   "The pin stays what it is. ",
                   kJsonShape));
  command->callback([arguments, exit_code] { *exit_code = Renew(*arguments); });
}

void AddRekey(CLI::App* pki, int* exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      AddCommand(pki, "rekey", "Make NAME's next key and certificate, with the same names, beside it", arguments);
  AddSuccessor(command, arguments, "the one to follow", "the new files' name; otherwise NAME-next");
  command->footer(
      absl::StrCat("Examples:\n"
                   "  pinion pki rekey dev payments\n"
                   "  pinion pki rekey dev payments --as payments-3\n"
                   "The pin that it prints must be a BACKUP everywhere before the key is served. ",
                   kJsonShape));
  command->callback([arguments, exit_code] { *exit_code = Rekey(*arguments); });
}

}  // namespace

void AddPki(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("pki", "A development CA: never for production");
  command->require_subcommand(1);
  AddInit(command, exit_code);
  AddIntermediate(command, exit_code);
  AddIssue(command, exit_code);
  AddRenew(command, exit_code);
  AddRekey(command, exit_code);
  command->footer(
      "Examples:\n"
      "  pinion pki init dev\n"
      "  pinion pki issue dev payments --dns localhost --uri spiffe://dev/payments\n"
      "  pinion pki rekey dev payments\n"
      "  pinion pki renew dev payments\n"
      "Keys are written with mode 0600, and no file is ever overwritten. Each line printed begins with the key's pin.\n"
      "Exit code: 0 made, 2 unusable input.");
}

}  // namespace pinion::cli
