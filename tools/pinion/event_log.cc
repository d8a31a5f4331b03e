#include "tools/pinion/event_log.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"

namespace pinion::cli {

void EventLog::OnHandshake(const HandshakeEvent& event) {
  const std::string who = event.side == Side::kServer ? "a client" : absl::StrCat("the server ", event.host);
  std::string what;
  if (event.reason != v1::ACCEPTED) {
    what = absl::StrCat("refused ", who, ": ", event.text);
  } else if (event.excused != v1::REASON_UNSPECIFIED) {
    what = absl::StrCat("let in ", who, " under report-only: ", event.text);
  } else if (event.matched_state == v1::BACKUP || event.matched_state == v1::RETIRING) {
    what = absl::StrCat("let in ", who, " with a ", v1::PinState_Name(event.matched_state), " key: peer \"", event.peer,
                        "\", ", event.presented_pin);
  } else {
    return;
  }
  const std::string line =
      absl::StrCat(absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", event.time, absl::UTCTimeZone()), " ", what, "\n");
  std::fputs(line.c_str(), stderr);
}

}  // namespace pinion::cli
