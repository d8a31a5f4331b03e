#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/pinion/asked_server.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/judged_chain.h"

namespace pinion::cli {
namespace {

// A client that will dial the server: its identity, and what it judges by.
struct Caller {
  std::string file;
  Standard standard;
  std::shared_ptr<const Identity> identity;  // null: unknown
};

// The client configurations that were given; without any, an anonymous client for each pin set.
std::vector<Caller> CallersOf(const Deployment& deployment) {
  std::vector<Caller> callers;
  for (const ConfigFile& config : deployment.configs) {
    if (config.is_server) continue;
    callers.push_back({config.file, {*config.peer_roots, config.pin_set}, config.identity});
  }
  if (!callers.empty()) return callers;
  const std::optional<x509::TrustRoots> roots = GivenRoots(deployment);
  if (!roots.has_value()) return callers;
  for (const PinFile& pins : deployment.pin_files) callers.push_back({pins.file, {roots, pins.pin_set}, nullptr});
  return callers;
}

void AddState(const AskedServer& asked, const Caller& caller, std::vector<Finding>* findings) {
  const Verdict& verdict = *asked.verdict;
  if (!verdict.matched.has_value()) return;
  const v1::PinState state = verdict.matched->state;
  const std::string text = absl::StrCat(absl::CHexEscape(asked.target), " serves ", ToString(*verdict.matched),
                                        " of peer \"", verdict.peer, "\"");
  if (state == v1::BACKUP) {
    findings->push_back({Severity::kWarning,
                         "LIVE_SERVES_BACKUP",
                         {caller.file},
                         text,
                         "make that pin ACTIVE, the one it replaces RETIRING, and add the next BACKUP"});
  } else if (state == v1::RETIRING) {
    findings->push_back({Severity::kWarning,
                         "LIVE_SERVES_RETIRING",
                         {caller.file},
                         text,
                         "move the server to the ACTIVE key before the pin is removed"});
  } else {
    findings->push_back({Severity::kInfo, "LIVE_SERVES_ACTIVE", {caller.file}, text, ""});
  }
}

void Tell(const AskedServer& asked, const Caller& caller, std::vector<Finding>* findings) {
  const std::string target = absl::CHexEscape(asked.target);
  const std::string outcome = OutcomeOf(asked);
  if (asked.verdict.has_value()) {
    AddVerdict(*asked.verdict, "LIVE_REFUSED_BY_US", caller.file,
               absl::StrCat("a client with ", absl::CHexEscape(caller.file), " would refuse the server at ", target),
               findings);
    AddState(asked, caller, findings);
  }
  if (outcome == "ACCEPTED" || outcome == "REFUSED_BY_US") return;
  const bool is_our_want =
      outcome == "REFUSED_BY_THEM" && asked.seen.asked_for_certificate && caller.identity == nullptr;
  if (is_our_want) {
    findings->push_back({Severity::kInfo,
                         "LIVE_DECISION_UNKNOWN",
                         {caller.file},
                         absl::StrCat(target, " asks for a certificate, and none was given to show"),
                         "give a client's configuration, too"});
    return;
  }
  findings->push_back({Severity::kError,
                       absl::StrCat("LIVE_", outcome),
                       {caller.file},
                       absl::StrCat(target, ": ", TheirWords(asked.seen)),
                       "`pinion probe` shows all of the handshake"});
}

}  // namespace

absl::Status CheckLive(const Deployment& deployment, const std::string& target, absl::Time now,
                       std::vector<Finding>* findings) {
  Question question;
  if (absl::Status status = SetTarget(target, &question); !status.ok()) return status;
  const std::vector<Caller> callers = CallersOf(deployment);
  if (callers.empty()) {
    return absl::InvalidArgumentError(
        "--against: nothing to judge by; give a client's configuration, or a pin set and a CA's certificate");
  }
  for (const Caller& caller : callers) {
    question.chain.clear();
    question.key.reset();
    if (caller.identity != nullptr) {
      question.chain = caller.identity->chain();
      question.key = caller.identity->private_key();
    }
    AskedServer asked = Ask(target, question.host, question);
    asked.asked_at = now;
    Judge(caller.standard, &asked);
    Tell(asked, caller, findings);
  }
  return absl::OkStatus();
}

}  // namespace pinion::cli
