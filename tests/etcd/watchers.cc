// Many sources of one key of etcd in one process.
//
//   watchers CONFIG COUNT SHARE
//
// SHARE of them have one connection: clients and servers on one machine cannot open thousands at once in the time that
// a client waits for one.
//
// Prints "ready SECONDS" when all have read the key. Then it reads versions of the pin set from stdin, one a line, and
// prints for each when the sources had it, by the monotonic clock: "N FIRST MEDIAN P99 LAST". Ends after an empty line.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/base/steady_clock.h"
#include "pinion/etcd/connection.h"
#include "pinion/etcd/etcd_source.h"

namespace pinion {
namespace {

constexpr int kThreads = 16;
constexpr absl::Duration kPatience = absl::Minutes(3);

double Seconds(absl::Time steady) { return absl::ToDoubleSeconds(steady - absl::Time()); }

// Which version each source has.
class Arrivals {
 public:
  void Note(const std::string& text) {
    const size_t at = text.find("\"version\": ");
    int64_t version = 0;
    if (at == std::string::npos || !absl::SimpleAtoi(text.substr(at + 11, text.find(',', at) - at - 11), &version))
      return;
    const std::lock_guard<std::mutex> lock(mutex_);
    times_.resize(std::max<size_t>(times_.size(), version + 1));
    times_[version].push_back(SteadyNow());
    changed_.notify_all();
  }

  // Empty if they have not arrived in time.
  std::vector<absl::Time> Wait(size_t version, size_t count) {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool all = changed_.wait_for(lock, absl::ToChronoNanoseconds(kPatience),
                                       [&] { return times_.size() > version && times_[version].size() >= count; });
    if (!all) std::cerr << "only " << (times_.size() > version ? times_[version].size() : 0) << " have it\n";
    return all ? times_[version] : std::vector<absl::Time>();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<absl::Time>> times_;
};

// A source, and what it had last.
class Watcher final : private SourceListener {
 public:
  Watcher(etcd::EtcdSource::Settings settings, Arrivals* arrivals)
      : source_(std::move(settings)), arrivals_(*arrivals) {}
  ~Watcher() { source_.StopPushing(); }

  absl::Status Start() {
    absl::Status status;
    do {
      status = source_.Read().status();
    } while (absl::IsDeadlineExceeded(status));
    if (status.ok()) source_.StartPushing(this);
    return status;
  }

 private:
  void OnMaybeChanged() override {
    const absl::StatusOr<SourceContent> content = source_.Read();
    if (content.ok() && !content->notice.empty()) std::cerr << content->notice + "\n";
    if (!content.ok() || content->revision == revision_) return;
    revision_ = content->revision;
    arrivals_.Note(content->texts.front());
  }

  etcd::EtcdSource source_;
  Arrivals& arrivals_;
  std::string revision_;
};

// Runs on each of some threads; returns the first error.
absl::Status OnThreads(const std::function<absl::Status()>& work) {
  std::mutex mutex;
  absl::Status failure;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const absl::Status status = work();
      const std::lock_guard<std::mutex> lock(mutex);
      failure.Update(status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failure;
}

using Watchers = std::vector<std::unique_ptr<Watcher>>;

absl::Status StartAll(const WorkloadOptions& options, size_t share, Arrivals* arrivals, Watchers* watchers) {
  std::atomic<size_t> next{0};
  return OnThreads([&]() -> absl::Status {
    absl::StatusOr<etcd::Connection> connection;
    size_t uses = share;
    for (size_t at = next++; at < watchers->size(); at = next++) {
      if (uses++ == share) {
        connection = etcd::Connect(options, Workload::Create);
        uses = 1;
      }
      const auto connect = [connection]() -> absl::StatusOr<etcd::EtcdSource::Connected> {
        if (!connection.ok()) return connection.status();
        return etcd::EtcdSource::Connected{connection->endpoints, connection->workload};
      };
      watchers->at(at) = std::make_unique<Watcher>(
          etcd::EtcdSource::Settings{options.etcd->endpoints, options.etcd->key, "", "", connect}, arrivals);
      if (absl::Status status = watchers->at(at)->Start(); !status.ok()) return status;
    }
    return absl::OkStatus();
  });
}

absl::Status Run(const std::string& config, size_t count, size_t share) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(config);
  if (!options.ok()) return options.status();
  Arrivals arrivals;
  Watchers watchers(count);
  const absl::Time begin = SteadyNow();
  if (absl::Status status = StartAll(*options, share, &arrivals, &watchers); !status.ok()) return status;
  std::cout << absl::StrFormat("ready %.1f", absl::ToDoubleSeconds(SteadyNow() - begin)) << std::endl;
  for (std::string line; std::getline(std::cin, line) && !line.empty();) {
    size_t version = 0;
    if (!absl::SimpleAtoi(line, &version)) return absl::InvalidArgumentError("not a version: " + line);
    std::vector<absl::Time> times = arrivals.Wait(version, count);
    if (times.empty()) return absl::DeadlineExceededError(absl::StrCat("not all sources have version ", version));
    std::sort(times.begin(), times.end());
    std::cout << absl::StrFormat("%d %.4f %.4f %.4f %.4f", times.size(), Seconds(times.front()),
                                 Seconds(times[times.size() / 2]), Seconds(times[times.size() * 99 / 100]),
                                 Seconds(times.back()))
              << std::endl;
  }
  std::atomic<size_t> next{0};
  return OnThreads([&] {
    for (size_t at = next++; at < count; at = next++) watchers[at].reset();
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace pinion

int main(int argc, char** argv) {
  size_t count = 0;
  size_t share = 0;
  if (argc != 4 || !absl::SimpleAtoi(argv[2], &count) || !absl::SimpleAtoi(argv[3], &share) || count < 1 || share < 1) {
    std::cerr << "usage: watchers CONFIG COUNT SHARE\n";
    return 2;
  }
  const absl::Status status = pinion::Run(argv[1], count, share);
  if (status.ok()) return 0;
  std::cerr << "watchers: " << status.message() << "\n";
  return 1;
}
