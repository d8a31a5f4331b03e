// `pinion policy`: checks a policy file, evaluates a call, and compares two policies. It uses the policy code of a live
// server.
#include "pinion/authorization/policy.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/authorization/recorded_call.h"
#include "pinion/base/file.h"
#include "pinion/x509/spiffe_id.h"
#include "tools/pinion/command.h"
#include "tools/pinion/policy_output.h"
#include "tools/pinion/recorded_calls.h"

namespace pinion::cli {
namespace {

using Policy = std::shared_ptr<const AuthorizationPolicy>;

struct CheckArguments {
  std::string file;
  std::string output = "table";
};

struct EvalArguments {
  std::string file;
  std::string path;
  std::vector<std::string> uri_sans;
  std::vector<std::string> dns_sans;
  std::string subject;
  std::vector<std::string> peers;
  std::vector<std::string> headers;
  std::string output = "table";
};

struct DiffArguments {
  std::string old_file;
  std::string output_file;
  std::string requests;
  std::string output = "table";
};

absl::StatusOr<Policy> ReadPolicy(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadInput(file);
  if (!text.ok()) return text.status();
  return AuthorizationPolicy::FromJson(*text, file);
}

int Check(const CheckArguments& arguments) {
  const absl::StatusOr<std::string> text = ReadInput(arguments.file);
  if (!text.ok()) return Unusable(text.status());
  const bool is_json = arguments.output == "json";
  const absl::StatusOr<Policy> policy = AuthorizationPolicy::FromJson(*text, arguments.file);
  if (!policy.ok()) {
    std::cout << (is_json ? BadPolicyJson(arguments.file, policy.status())
                          : absl::StrCat(policy.status().message(), "\n"));
    return kNo;
  }
  std::cout << (is_json ? GoodPolicyJson(**policy) : GoodPolicyTable(arguments.file, **policy));
  return kYes;
}

absl::StatusOr<v1::RecordedCall> CallOf(const EvalArguments& arguments) {
  if (const absl::Status status = x509::CheckSpiffeIds(arguments.uri_sans); !status.ok()) {
    std::cerr << "pinion: a server refuses a client with this certificate before it evaluates the policy: "
              << status.message() << "\n";
  }
  v1::RecordedCall call;
  call.set_path(arguments.path);
  call.mutable_uri_sans()->Assign(arguments.uri_sans.begin(), arguments.uri_sans.end());
  call.mutable_dns_sans()->Assign(arguments.dns_sans.begin(), arguments.dns_sans.end());
  call.set_subject(arguments.subject);
  call.mutable_peers()->Assign(arguments.peers.begin(), arguments.peers.end());
  for (const std::string& text : arguments.headers) {
    const size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return absl::InvalidArgumentError("--header: not KEY=VALUE, such as x-team=red");
    }
    v1::RecordedCall::Header* const header = call.add_headers();
    header->set_key(text.substr(0, equals));
    header->set_value(text.substr(equals + 1));
  }
  return call;
}

int Eval(const EvalArguments& arguments) {
  const absl::StatusOr<Policy> policy = ReadPolicy(arguments.file);
  if (!policy.ok()) return Unusable(policy.status());
  const absl::StatusOr<v1::RecordedCall> call = CallOf(arguments);
  if (!call.ok()) return Unusable(call.status());
  const CallToAuthorize view = ViewOf(*call);
  const Decision decision = (*policy)->Evaluate(view);
  const std::vector<RuleFinding> findings = (*policy)->Explain(view);
  std::cout << (arguments.output == "json" ? DecisionJson(decision, findings) : DecisionTable(decision, findings));
  return decision.allowed ? kYes : kNo;
}

int Diff(const DiffArguments& arguments) {
  const absl::StatusOr<Policy> old_policy = ReadPolicy(arguments.old_file);
  if (!old_policy.ok()) return Unusable(old_policy.status());
  const absl::StatusOr<Policy> new_policy = ReadPolicy(arguments.output_file);
  if (!new_policy.ok()) return Unusable(new_policy.status());
  const absl::StatusOr<std::vector<PlacedCall>> calls = ReadCalls(arguments.requests);
  if (!calls.ok()) return Unusable(calls.status());
  std::vector<Difference> differences;
  for (const PlacedCall& call : *calls) {
    const CallToAuthorize view = ViewOf(call.call);
    const Decision before = (*old_policy)->Evaluate(view);
    const Decision after = (*new_policy)->Evaluate(view);
    if (before.allowed != after.allowed) differences.push_back({call, before, after});
  }
  std::cout << (arguments.output == "json" ? DifferenceJson(differences, calls->size())
                                           : DifferenceTable(differences, calls->size()));
  return differences.empty() ? kYes : kNo;
}

void AddPolicyCheck(CLI::App* policy, int* exit_code) {
  CLI::App* command = policy->add_subcommand("check", "Check a policy file, and report where and how it is wrong");
  auto arguments = std::make_shared<CheckArguments>();
  command->add_option("FILE", arguments->file, "the policy, JSON as in gRFC A43")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion policy check policy.json\n"
      "  pinion policy check policy.json -o json\n"
      "Exit code: 0 good, 1 bad, 2 it cannot be read.\n"
      "JSON: {\"version\": 1, \"good\": true, \"name\", \"deny_rules\", \"allow_rules\", \"rules_for_every_peer\", "
      "\"peers\"} or\n"
      "{\"version\": 1, \"good\": false, \"file\", \"line\", \"column\", \"error\"}.");
  command->callback([arguments, exit_code] { *exit_code = Check(*arguments); });
}

void AddEval(CLI::App* policy, int* exit_code) {
  CLI::App* command = policy->add_subcommand("eval", "Decide a call as a server would, and explain why");
  auto arguments = std::make_shared<EvalArguments>();
  command->add_option("FILE", arguments->file, "the policy")->required();
  command->add_option("--path", arguments->path, "the method, as /package.Service/Method")->required();
  command->add_option("--uri-san", arguments->uri_sans, "a URI of the caller's certificate")->allow_extra_args(false);
  command->add_option("--dns-san", arguments->dns_sans, "a DNS name of it")->allow_extra_args(false);
  command->add_option("--subject", arguments->subject, "its subject, as in RFC 2253: CN=reader,O=Bank");
  command->add_option("--peer", arguments->peers, "the name in the pin set of the peer that it is")
      ->allow_extra_args(false);
  command
      ->add_option("--header", arguments->headers,
                   "KEY=VALUE, as the caller sends it; repeat it for several, also of one key")
      ->allow_extra_args(false);
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion policy eval policy.json --path /bank.Ledger/Read --uri-san spiffe://prod/reader\n"
      "  pinion policy eval policy.json --path /bank.Ledger/Pay --peer payments --header x-team=red -o json\n"
      "Exit code: 0 allowed, 1 denied, 2 unusable input.\n"
      "JSON: {\"version\": 1, \"allowed\", \"reason\", \"rule\", \"findings\": [{\"rule\", \"effect\", \"matches\", "
      "\"mismatch\"}]}.");
  command->callback([arguments, exit_code] { *exit_code = Eval(*arguments); });
}

void AddDiff(CLI::App* policy, int* exit_code) {
  CLI::App* command = policy->add_subcommand("diff", "Show which calls another policy would decide otherwise");
  auto arguments = std::make_shared<DiffArguments>();
  command->add_option("OLD", arguments->old_file, "the policy in effect")->required();
  command->add_option("NEW", arguments->output_file, "the new policy")->required();
  command->add_option("--requests", arguments->requests, "calls to try both with")->required();
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion policy diff policy.json new.json --requests calls.jsonl\n"
      "  pinion policy diff policy.json new.json --requests calls.json -o json\n"
      "The requests are a call a line, or one document {\"calls\": [CALL, ...]}; a CALL has a path, and what else "
      "there\n"
      "is of: uri_sans, dns_sans, subject, peers, headers. As in:\n"
      "  {\"path\": \"/bank.Ledger/Read\", \"uri_sans\": [\"spiffe://prod/reader\"], \"dns_sans\": [], \"subject\": "
      "\"CN=r\",\n"
      "   \"peers\": [\"reader\"], \"headers\": [{\"key\": \"x-team\", \"value\": \"red\"}]}\n"
      "Exit code: 0 nothing changes, 1 something does, 2 unusable input.\n"
      "JSON: {\"version\": 1, \"calls\", \"changed\": [{\"place\", \"path\", \"old\", \"new\"}]}, the last two as "
      "eval's.");
  command->callback([arguments, exit_code] { *exit_code = Diff(*arguments); });
}

}  // namespace

void AddPolicy(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("policy", "Check, try and compare authorization policies");
  command->require_subcommand(1);
  AddPolicyCheck(command, exit_code);
  AddEval(command, exit_code);
  AddDiff(command, exit_code);
  command->footer(
      "Examples:\n"
      "  pinion policy check policy.json\n"
      "  pinion policy eval policy.json --path /bank.Ledger/Read --uri-san spiffe://prod/reader\n"
      "  pinion policy diff policy.json new.json --requests calls.jsonl");
}

}  // namespace pinion::cli
