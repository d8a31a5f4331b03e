#include "tools/pinion/asked_server.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/host_port.h"
#include "pinion/base/printable.h"
#include "pinion/x509/host_name.h"
#include "tools/pinion/chain_files.h"

namespace pinion::cli {
namespace {

std::string NextStep(const Observation& seen) {
  if (seen.answer == Answer::kRefused && seen.asked_for_certificate && !seen.showed_certificate) {
    return "; it asked for a certificate and was shown none: give --config, or --identity-certificate and "
           "--identity-key";
  }
  if (seen.answer == Answer::kRefused && seen.showed_certificate) {
    return "; its log should have the reason: it may not trust our CA, or not pin our key";
  }
  return "";
}

}  // namespace

absl::Status SetTarget(const std::string& target, Question* question) {
  const absl::StatusOr<HostPort> parsed = ParseHostPort(target);
  if (!parsed.ok()) return parsed.status();
  const absl::StatusOr<x509::HostName> host = x509::HostName::Parse(parsed->host);
  if (!host.ok() || parsed->port == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(target), "\" is not HOST:PORT, such as payments.internal:8443 or [::1]:8443: ",
                     host.ok() ? "port 0 is no port to connect to" : host.status().message()));
  }
  question->host = host->text();
  question->port = parsed->port;
  // Literal addresses are not sent (RFC 6066 §3).
  question->server_name = host->is_address() ? "" : host->text();
  return absl::OkStatus();
}

AskedServer Ask(const std::string& target, const std::string& host, const Question& question) {
  AskedServer asked = {target, host, absl::Now(), {}, std::nullopt};
  asked.seen = Observe(question);
  return asked;
}

void Judge(const Standard& standard, AskedServer* asked) {
  if (!standard.roots.has_value() || asked->seen.presented.leaf.empty()) return;
  const absl::StatusOr<std::shared_ptr<const PinSet>> any_key = PinSetForAnyKey(asked->seen.presented, asked->host);
  const std::shared_ptr<const PinSet> pin_set = standard.pin_set != nullptr ? standard.pin_set : any_key.value();
  const PeerVerifier verifier(*standard.roots, pin_set, v1::REFUSE);
  asked->verdict = verifier.Verify(asked->seen.presented, PeerRole::kServer, asked->host, asked->asked_at);
  if (standard.pin_set == nullptr) ForgetAnyKey(&*asked->verdict);
}

std::string OutcomeOf(const AskedServer& asked) {
  if (asked.verdict.has_value() && !asked.verdict->accepted()) return "REFUSED_BY_US";
  switch (asked.seen.answer) {
    case Answer::kUnreachable:
      return "UNREACHABLE";
    case Answer::kTimedOut:
      return "TIMED_OUT";
    case Answer::kNoTls:
      return "NO_TLS";
    case Answer::kHandshakeFailed:
      return "HANDSHAKE_FAILED";
    case Answer::kNoCommonTls:
      return "NO_COMMON_TLS";
    case Answer::kRefused:
      return "REFUSED_BY_THEM";
    case Answer::kNoH2:
      return "NO_H2";
    case Answer::kTakesCalls:
      break;
  }
  return "ACCEPTED";
}

std::string TheirDecision(const Observation& seen) {
  if (seen.answer == Answer::kTakesCalls) return "ACCEPTED";
  const bool has_refused = seen.answer == Answer::kRefused || seen.answer == Answer::kNoCommonTls;
  return has_refused ? "REFUSED" : "UNKNOWN";
}

std::string TheirWords(const Observation& seen) {
  if (seen.answer == Answer::kTakesCalls) return "it sent its SETTINGS frame";
  return absl::StrCat(seen.detail, seen.alert.empty() ? "" : absl::StrCat(" with the alert ", seen.alert),
                      NextStep(seen));
}

}  // namespace pinion::cli
