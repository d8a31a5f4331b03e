// Prints a line on standard output at each reload.
#ifndef PINION_TESTS_BENCH_LOAD_EVENT_LINES_H_
#define PINION_TESTS_BENCH_LOAD_EVENT_LINES_H_

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/time/clock.h"
#include "pinion/event_sink.h"

namespace pinion::bench {

// Writes a whole line at once, from any thread.
inline void PrintLine(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

// {"event": "pin_set", "generation": 2, "error": "", "at": seconds since 1970} for each. Safe to use from any thread.
class EventLines final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& /*event*/) override {}
  void OnReload(const ReloadEvent& event) override {
    const double at = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
    PrintLine(
        nlohmann::json({{"event", event.source}, {"generation", event.generation}, {"error", event.error}, {"at", at}})
            .dump());
  }
};

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_EVENT_LINES_H_
