// SIGINT and SIGTERM for commands that must clean up before they end.
#ifndef PINION_TOOLS_PINION_INTERRUPTION_H_
#define PINION_TOOLS_PINION_INTERRUPTION_H_

#include <atomic>
#include <csignal>

namespace pinion::cli {

// Becomes true at the first of these signals after NoteInterruptions was called.
inline std::atomic<bool> interrupted{false};

// After this call the first signal sets `interrupted`; a second one ends the process.
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
