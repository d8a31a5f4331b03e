// Processes of a benchmark, which exchange numbers over pipes.
#ifndef TESTS_BENCH_LOAD_FORKED_PROCESS_H_
#define TESTS_BENCH_LOAD_FORKED_PROCESS_H_

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace pinion::bench {

[[noreturn]] inline void Die(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::_Exit(1);
}

inline void Write(int descriptor, const std::vector<int64_t>& numbers) {
  const size_t size = numbers.size() * sizeof(int64_t);
  const auto* const bytes = reinterpret_cast<const char*>(numbers.data());
  for (size_t written = 0; written < size;) {
    const ssize_t more = write(descriptor, bytes + written, size - written);
    if (more <= 0) Die("cannot write to a pipe");
    written += more;
  }
}

// Ends this process when the pipe ends before that many numbers.
inline std::vector<int64_t> Read(int descriptor, size_t count) {
  std::vector<int64_t> numbers(count);
  const size_t size = count * sizeof(int64_t);
  auto* const bytes = reinterpret_cast<char*>(numbers.data());
  for (size_t have = 0; have < size;) {
    const ssize_t more = read(descriptor, bytes + have, size - have);
    if (more <= 0) Die("another process of the benchmark has ended");
    have += more;
  }
  return numbers;
}

// A forked process, which is killed when this one ends.
struct Process {
  pid_t id = 0;
  int input = -1;   // this process writes to it
  int output = -1;  // and reads from it
};

// Runs `run(output, input)` in the new process; it must not return.
template <typename Run>
Process Fork(const Run& run) {
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  if (pipe2(input.data(), O_CLOEXEC) != 0 || pipe2(output.data(), O_CLOEXEC) != 0) Die("cannot make a pipe");
  const pid_t id = fork();
  if (id < 0) Die("cannot fork");
  if (id == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(input[1]);
    close(output[0]);
    run(output[1], input[0]);
  }
  close(input[0]);
  close(output[1]);
  return {id, input[1], output[0]};
}

inline void End(const Process& process) {
  close(process.input);
  close(process.output);
  waitpid(process.id, nullptr, 0);
}

}  // namespace pinion::bench

#endif  // TESTS_BENCH_LOAD_FORKED_PROCESS_H_
