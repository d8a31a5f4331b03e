// SIGINT and SIGTERM, where a command has something to clear away before it ends.
#ifndef PINION_TOOLS_PINION_INTERRUPTION_H_
#define PINION_TOOLS_PINION_INTERRUPTION_H_

#include <atomic>
#include <csignal>

namespace pinion::cli {

// Becomes true at the first of these signals, once NoteInterruptions was called.
inline std::atomic<bool> interrupted{false};

// From here on the first signal is noted; a second one kills.
inline void NoteInterruptions() {
  const auto note = [](int signal) {
    interrupted = true;
    std::signal(signal, SIG_DFL);
  };
  std::signal(SIGINT, note);
  std::signal(SIGTERM, note);
}

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_INTERRUPTION_H_
