#include "pinion/event_log.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/audit_line.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/string_literal.h"

namespace pinion {
namespace {

enum class Level { kInfo, kWarn, kError };

const char* Text(Level level) {
  switch (level) {
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
  }
  return "";
}

const char* Text(Side side) { return side == Side::kClient ? "client" : "server"; }
const char* Text(bool is_success) { return is_success ? "success" : "failure"; }

// "a client at 127.0.0.1:4711", "the server payments.internal".
std::string Remote(const HandshakeEvent& event) {
  return absl::StrCat(event.side == Side::kServer ? "a client" : absl::StrCat("the server ", event.host),
                      event.address.empty() ? "" : " at ", event.address);
}

// What the shadow pin set would decide; empty if it would decide the same.
std::string ShadowMessage(const HandshakeEvent& event) {
  if (event.shadow_reason == v1::REASON_UNSPECIFIED) return "";
  if (event.shadow_reason == v1::ACCEPTED) {
    return absl::StrCat("the shadow pin set would accept ", Remote(event), ", which is refused");
  }
  return absl::StrCat("the shadow pin set would refuse ", Remote(event), ": ", event.shadow_text);
}

// Empty if an operator need not see it.
std::string Message(const HandshakeEvent& event) {
  if (event.count > 1) {
    return absl::StrCat("refused ", event.count, " more connections, the last of ", Remote(event), ": ", event.text);
  }
  if (event.reason != v1::ACCEPTED) return absl::StrCat("refused ", Remote(event), ": ", event.text);
  if (event.report_only_reason != v1::REASON_UNSPECIFIED) {
    return absl::StrCat("accepted ", Remote(event), " under report-only: ", event.text);
  }
  if (event.matched_state != v1::BACKUP && event.matched_state != v1::RETIRING) return "";
  return absl::StrCat("accepted ", Remote(event), " with a ", v1::PinState_Name(event.matched_state), " key: peer \"",
                      event.peer, "\", ", event.presented_pin);
}

std::string Message(const ReloadEvent& event) {
  if (event.source == "state_dir") {
    if (!event.error.empty()) {
      return absl::StrCat("the pin set in effect is not recorded in state_dir: ", event.error);
    }
    return event.warning.empty() ? "the pin set in effect is recorded in state_dir"
                                 : absl::StrCat("state_dir: ", event.warning);
  }
  if (event.source == "census_file" || event.source == "recorded_handshakes_dir") {
    return absl::StrCat(event.source, ": ", event.error.empty() ? "is written again" : event.error);
  }
  if (!event.error.empty()) {
    return absl::StrCat("keeping the last good ", event.source, " (generation ", event.generation, "): ", event.error);
  }
  if (event.generation <= 1 && event.warning.empty()) return "";
  return absl::StrCat("in effect: ", event.source, ", generation ", event.generation, event.warning.empty() ? "" : "; ",
                      event.warning);
}

}  // namespace

struct EventLog::Entry {
  absl::Time time;
  Level level;
  const char* action;
  std::string message;
  // In the order in which they are written; empty values are left out.
  std::vector<std::pair<const char*, std::string>> fields = {};
  std::vector<std::pair<const char*, int64_t>> numbers = {};
};

void EventLog::Write(const Entry& entry) const {
  std::string line;
  if (options_.format == LogFormat::kText) {
    line = absl::StrCat(FormatRfc3339(entry.time), " ", options_.prefix, Printable(entry.message));
  } else {
    line = absl::StrCat("{\"@timestamp\":\"", FormatRfc3339Micros(entry.time), "\",\"log.level\":\"", Text(entry.level),
                        "\",\"event.action\":\"", entry.action,
                        "\",\"message\":", json::StringLiteral(options_.prefix + entry.message));
    for (const auto& [name, value] : entry.fields) {
      if (!value.empty()) absl::StrAppend(&line, ",\"", name, "\":", json::StringLiteral(value));
    }
    for (const auto& [name, value] : entry.numbers) absl::StrAppend(&line, ",\"", name, "\":", value);
    line += "}";
  }
  std::fputs((line + "\n").c_str(), options_.file);
}

void EventLog::OnHandshake(const HandshakeEvent& event) {
  const bool is_accepted = event.reason == v1::ACCEPTED;
  const bool serves = event.side == Side::kServer;
  Entry entry = {event.time, Level::kWarn, "handshake", ShadowMessage(event)};
  entry.fields = {{"event.outcome", Text(is_accepted)},
                  {"event.reason", v1::Reason_Name(is_accepted ? event.report_only_reason : event.reason)},
                  {"pinion.side", Text(event.side)},
                  {serves ? "client.address" : "server.address", serves ? event.address : event.host},
                  {serves ? "tls.client.subject" : "tls.server.subject", event.presented_subject},
                  {"pinion.peer", event.peer},
                  {"pinion.pin", event.presented_pin}};
  if (is_accepted && event.report_only_reason == v1::REASON_UNSPECIFIED) entry.fields[1].second.clear();
  if (event.matched_state != v1::PIN_STATE_UNSPECIFIED) {
    entry.fields.emplace_back("pinion.pin_state", v1::PinState_Name(event.matched_state));
  }
  entry.numbers = {{"pinion.count", event.count}};
  if (!entry.message.empty()) {
    Entry shadow = entry;
    shadow.action = "shadow_handshake";
    shadow.fields[1].second = v1::Reason_Name(event.shadow_reason);
    Write(shadow);
  }
  entry.message = Message(event);
  if (!entry.message.empty()) Write(entry);
}

void EventLog::OnReload(const ReloadEvent& event) {
  Entry entry = {event.time,
                 !event.error.empty()     ? Level::kError
                 : !event.warning.empty() ? Level::kWarn
                                          : Level::kInfo,
                 "reload", Message(event)};
  entry.fields = {{"event.outcome", Text(event.error.empty())},
                  {"pinion.source", event.source},
                  {"error.message", event.error},
                  {"pinion.warning", event.warning}};
  entry.numbers = {{"pinion.generation", event.generation}};
  if (!entry.message.empty()) Write(entry);
}

void EventLog::OnExpiry(const ExpiryEvent& event) {
  const std::string ends = FormatRfc3339(event.expires);
  Entry entry = {event.time, event.days_left > 1 ? Level::kWarn : Level::kError, "expiry",
                 event.days_left == 0 ? absl::StrCat(event.what, " has ended, on ", ends)
                                      : absl::StrCat(event.what, " ends within ", event.days_left, " days, on ", ends)};
  entry.fields = {{"pinion.what", event.what}, {"pinion.ends", ends}};
  entry.numbers = {{"pinion.days_left", event.days_left}};
  Write(entry);
}

void EventLog::OnAdoption(const AdoptionEvent& event) {
  Entry entry = {event.time, event.blocking > 0 ? Level::kWarn : Level::kInfo, "adoption", event.text};
  entry.fields = {{"pinion.candidate", event.candidate}};
  if (event.answer != v1::REASON_UNSPECIFIED) entry.fields.emplace_back("event.reason", v1::Reason_Name(event.answer));
  entry.numbers = {{"pinion.blocking", event.blocking}};
  Write(entry);
}

void EventLog::OnConnection(const ConnectionEvent& event) {
  const bool serves = event.side == Side::kServer;
  Entry entry = {
      event.time, Level::kWarn, event.closed_immediately ? "connection_closed" : "connection_drained",
      absl::StrCat(event.closed_immediately ? "closed the connection " : "draining the connection ",
                   serves ? "from a client at " : "to the server at ", event.address,
                   event.peer.empty() ? "" : absl::StrCat(" (peer \"", event.peer, "\")"), ": ", event.text)};
  entry.fields = {{"event.reason", v1::Reason_Name(event.reason)},
                  {"pinion.side", Text(event.side)},
                  {serves ? "client.address" : "server.address", event.address},
                  {"pinion.peer", event.peer},
                  {"pinion.pin", event.presented_pin}};
  Write(entry);
}

void EventLog::OnEventsLost(int64_t count) {
  Entry entry = {absl::Now(), Level::kError, "events_lost",
                 absl::StrCat("lines lost because this log was not read: ", count)};
  entry.numbers = {{"pinion.count", count}};
  Write(entry);
}

void EventLog::OnAudit(const AuditEvent& event) { std::fputs(AuditLine(event).c_str(), options_.file); }

void EventLog::OnAuditLogger(const AuditLoggerEvent& event) {
  Entry entry = {event.time, event.error.empty() ? Level::kInfo : Level::kError, "audit_logger",
                 event.error.empty()
                     ? absl::StrCat("audit: ", event.logger, " writes again; lines lost: ", event.lines_lost)
                     : absl::StrCat("audit: ", event.logger, " loses lines: ", event.error)};
  entry.fields = {
      {"event.outcome", Text(event.error.empty())}, {"pinion.logger", event.logger}, {"error.message", event.error}};
  entry.numbers = {{"pinion.count", event.lines_lost}};
  Write(entry);
}

}  // namespace pinion
