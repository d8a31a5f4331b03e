#include "pinion/server/refusal_reports.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "pinion/handshake/next_step.h"

namespace pinion {
namespace {

using Why = RefusedConnection::Why;

v1::Reason ReasonOf(const RefusedConnection& refused) {
  if (refused.why == Why::kFailed && refused.failure.has_value()) {
    if (refused.failure->no_certificate) return v1::NO_CERTIFICATE;
    if (refused.failure->by_peer) return v1::REFUSED_BY_PEER;
    if (refused.failure->refused.has_value()) return refused.failure->refused->outcome.reason;
  }
  switch (refused.why) {
    case Why::kNotTls:
      return v1::NOT_TLS;
    case Why::kUnusableHello:
      return v1::UNUSABLE_CLIENT_HELLO;
    case Why::kNoHttp2:
      return v1::NO_ALPN;
    case Why::kAbandoned:
      return v1::HANDSHAKE_ABANDONED;
    case Why::kFailed:
      return v1::HANDSHAKE_FAILED;
    case Why::kTimedOut:
      return v1::HANDSHAKE_TIMEOUT;
    case Why::kMadeRoom:
      return v1::TOO_MANY_HANDSHAKES;
    case Why::kTooMany:
      return v1::TOO_MANY_CONNECTIONS;
  }
  return v1::REASON_UNSPECIFIED;
}

// The explanation of a handshake that a fatal alert ended.
std::string SentenceOf(const x509::TlsFailure& failure) {
  if (failure.no_certificate) {
    return "the client presented no certificate, and this server requires one; give the client its certificate and key";
  }
  if (failure.by_peer) {
    return absl::StrCat("the client ended the handshake with the TLS alert \"", failure.alert,
                        "\"; it refuses this server's certificate or parameters: read the client's log, and try the "
                        "server's certificate against the client's roots and pins with `pinion verify --role server`");
  }
  if (failure.refused.has_value()) {
    const x509::PathOutcome& outcome = failure.refused->outcome;
    return absl::StrCat(outcome.detail, " (OpenSSL's check, before the client proved that it holds the key); ",
                        NextStepForPath(outcome.cause, outcome.place));
  }
  return absl::StrCat("OpenSSL ended the handshake (", failure.error, ", alert \"", failure.alert,
                      "\"); compare the TLS versions, cipher suites and groups of both sides with `pinion probe`");
}

std::string SentenceOf(const RefusedConnection& refused) {
  switch (refused.why) {
    case Why::kNotTls:
      return absl::StrCat("the connection begins with ", refused.detail,
                          ", not with a TLS ClientHello; the client must use TLS on this port");
    case Why::kUnusableHello:
      return absl::StrCat("the ClientHello ", refused.detail,
                          ", so that the server could take this connection for another; a client's TLS library makes a "
                          "new random for each connection (RFC 8446 §4.1.2): look for a program that sends recorded "
                          "bytes, or for a scanner");
    case Why::kNoHttp2:
      return "the client offers no \"h2\" by ALPN, which gRPC requires; configure it to use HTTP/2";
    case Why::kAbandoned:
      return "the client closed the connection during the handshake; if it repeats, read the client's log: it may have "
             "refused this server's certificate, or waited too long";
    case Why::kFailed:
      if (refused.failure.has_value()) return SentenceOf(*refused.failure);
      return "gRPC ended the connection before Pinion's check and without a TLS alert; its own log may show why";
    case Why::kTimedOut:
      return "the client did not finish the handshake within handshake_timeout";
    case Why::kMadeRoom:
      return "the handshake made no progress while other connections waited for a place; if this affects legitimate "
             "clients, raise max_handshakes";
    case Why::kTooMany:
      return absl::StrCat(refused.detail, "; close connections, or raise the limit");
  }
  return "";
}

std::string HostOf(const std::string& address) { return address.substr(0, address.rfind(':')); }

}  // namespace

RefusalReports::Kind RefusalReports::KindOf(const RefusedConnection& refused) const {
  Kind kind{refused.source.empty() ? HostOf(refused.address) : refused.source, refused.why, ""};
  if (refused.failure.has_value()) {
    kind.failure = absl::StrCat(refused.failure->alert, ": ", refused.failure->error);
    const auto failures = std::count_if(counted_.begin(), counted_.end(), [&kind](const auto& one) {
      return one.first.host == kind.host && !one.first.failure.empty();
    });
    if (failures >= kMaxFailuresOfAHost && counted_.count(kind) == 0) kind.failure.clear();
  }
  if (counted_.size() < kMaxHosts || counted_.count(kind) > 0) return kind;
  return {"", refused.why, ""};
}

void RefusalReports::Add(RefusedConnection refused, absl::Time now) {
  const auto [entry, is_first] = counted_.try_emplace(KindOf(refused));
  Counted& counted = entry->second;
  if (is_first) {
    counted.until = now + kInterval;
    ready_.push_back(EventOf(refused, 1, clock_()));
    return;
  }
  ++counted.count;
  counted.last = std::move(refused);
  counted.last_at = clock_();
}

std::vector<HandshakeEvent> RefusalReports::Take(absl::Time now) {
  for (auto it = counted_.begin(); it != counted_.end();) {
    Counted& counted = it->second;
    if (now < counted.until) {
      ++it;
    } else if (counted.count == 0) {
      it = counted_.erase(it);
    } else {
      ready_.push_back(EventOf(counted.last, std::exchange(counted.count, 0), counted.last_at));
      counted.until = now + kInterval;
      ++it;
    }
  }
  return std::exchange(ready_, {});
}

absl::Time RefusalReports::due() const {
  if (!ready_.empty()) return absl::InfinitePast();
  absl::Time due = absl::InfiniteFuture();
  for (const auto& [key, counted] : counted_) due = std::min(due, counted.until);
  return due;
}

HandshakeEvent RefusalReports::EventOf(const RefusedConnection& refused, int64_t count, absl::Time at) {
  HandshakeEvent event;
  event.time = at;
  event.side = Side::kServer;
  event.address = refused.address;
  event.count = count;
  event.reason = ReasonOf(refused);
  event.text = absl::StrCat(v1::Reason_Name(event.reason), ": ", SentenceOf(refused));
  if (refused.failure.has_value() && refused.failure->refused.has_value()) {
    event.presented_pin = refused.failure->refused->pin;
    event.presented_subject = refused.failure->refused->subject;
  }
  return event;
}

}  // namespace pinion
