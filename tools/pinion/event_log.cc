#include "tools/pinion/event_log.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/audit_line.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"

namespace pinion::cli {
// Writes the line with one call, so that lines of several threads do not mix.
void EventLog::WriteLine(absl::Time time, const std::string& what) const {
  std::fputs(absl::StrCat(FormatRfc3339(time), " ", prefix_, Printable(what), "\n").c_str(), stderr);
}

void EventLog::OnHandshake(const HandshakeEvent& event) {
  std::string remote = event.side == Side::kServer ? "a client" : absl::StrCat("the server ", event.host);
  if (!event.address.empty()) absl::StrAppend(&remote, " at ", event.address);
  if (event.shadow_reason == v1::ACCEPTED) {
    WriteLine(event.time, absl::StrCat("the shadow pin set would accept ", remote, ", which is refused"));
  } else if (event.shadow_reason != v1::REASON_UNSPECIFIED) {
    WriteLine(event.time, absl::StrCat("the shadow pin set would refuse ", remote, ": ", event.shadow_text));
  }
  std::string what;
  if (event.count > 1) {
    what = absl::StrCat("refused ", event.count, " more connections, the last of ", remote, ": ", event.text);
  } else if (event.reason != v1::ACCEPTED) {
    what = absl::StrCat("refused ", remote, ": ", event.text);
  } else if (event.report_only_reason != v1::REASON_UNSPECIFIED) {
    what = absl::StrCat("accepted ", remote, " under report-only: ", event.text);
  } else if (event.matched_state == v1::BACKUP || event.matched_state == v1::RETIRING) {
    what = absl::StrCat("accepted ", remote, " with a ", v1::PinState_Name(event.matched_state), " key: peer \"",
                        event.peer, "\", ", event.presented_pin);
  } else {
    return;
  }
  WriteLine(event.time, what);
}

void EventLog::OnReload(const ReloadEvent& event) {
  if (event.source == "state_dir") {
    WriteLine(event.time, !event.error.empty()
                              ? absl::StrCat("the pin set in effect is not recorded in state_dir: ", event.error)
                          : event.warning.empty() ? "the pin set in effect is recorded in state_dir"
                                                  : absl::StrCat("state_dir: ", event.warning));
  } else if (event.source == "census_file" || event.source == "recorded_handshakes_dir") {
    WriteLine(event.time, event.error.empty() ? absl::StrCat(event.source, ": is written again")
                                              : absl::StrCat(event.source, ": ", event.error));
  } else if (!event.error.empty()) {
    WriteLine(event.time, absl::StrCat("keeping the last good ", event.source, " (generation ", event.generation,
                                       "): ", event.error));
  } else if (event.generation > 1 || !event.warning.empty()) {
    WriteLine(event.time, absl::StrCat("in effect: ", event.source, ", generation ", event.generation,
                                       event.warning.empty() ? "" : "; ", event.warning));
  }
}

void EventLog::OnExpiry(const ExpiryEvent& event) {
  WriteLine(event.time, event.days_left == 0 ? absl::StrCat(event.what, " has ended, on ", FormatRfc3339(event.expires))
                                             : absl::StrCat(event.what, " ends within ", event.days_left, " days, on ",
                                                            FormatRfc3339(event.expires)));
}

void EventLog::OnAdoption(const AdoptionEvent& event) { WriteLine(event.time, event.text); }

void EventLog::OnConnection(const ConnectionEvent& event) {
  WriteLine(event.time,
            absl::StrCat(event.closed_immediately ? "closed the connection " : "draining the connection ",
                         event.side == Side::kServer ? "from a client at " : "to the server at ", event.address,
                         event.peer.empty() ? "" : absl::StrCat(" (peer \"", event.peer, "\")"), ": ", event.text));
}

void EventLog::OnEventsLost(int64_t count) {
  WriteLine(absl::Now(), absl::StrCat("lines lost because this log was not read: ", count));
}

void EventLog::OnAudit(const AuditEvent& event) { std::fputs(AuditLine(event).c_str(), stderr); }

void EventLog::OnAuditLogger(const AuditLoggerEvent& event) {
  WriteLine(event.time, event.error.empty()
                            ? absl::StrCat("audit: ", event.logger, " writes again; lines lost: ", event.lines_lost)
                            : absl::StrCat("audit: ", event.logger, " loses lines: ", event.error));
}

}  // namespace pinion::cli
