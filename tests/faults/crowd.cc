#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "tests/faults/run.h"
#include "tests/soak/site.h"

namespace pinion::faults {
namespace {

class Crowd {
 public:
  Crowd(const std::filesystem::path& folder, int channels) : site_(folder, /*channels=*/0) {
    WorkloadOptions served = testing::OrDie(WorkloadOptions::FromFile(site_.server.folder.config()));
    served.server->limits.max_connections_per_key = served.server->limits.max_connections;  // one client's
    server_ = std::make_unique<testing::EchoServer>(served);
    WorkloadOptions options = testing::OrDie(WorkloadOptions::FromFile(site_.client.folder.config()));
    options.events = site_.client.journals.emplace_back(std::make_shared<soak::Journal>());
    options.drain_window = absl::Seconds(30);
    site_.client.workloads.push_back(testing::OrDie(Workload::Create(options)));
    for (int i = 0; i < channels; ++i) {
      channels_.push_back(soak::OpenChannel(server_->address(), *site_.client.workloads.back()));
    }
  }

  // The number of failed calls, of one call on each channel.
  int CallAll(Outcome* outcome) {
    int failed = 0;
    for (const auto& channel : channels_) failed += testing::Echo(channel).ok() ? 0 : 1;
    outcome->calls += static_cast<int64_t>(channels_.size());
    return failed;
  }
  absl::Duration Change() {
    site_.client.ChangePins({{site_.first_server.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}},
                            {{site_.first_client.SpkiPin(), "ACTIVE"}, {soak::SparePin(), "BACKUP"}},
                            soak::Manner::kRename);
    const absl::Time changed = absl::Now();
    return site_.client.AwaitInEffect() ? absl::Now() - changed : absl::InfiniteDuration();
  }
  // The reloads of all channels together: at first one each for the identity, the roots, the pin set and the
  // configuration.
  size_t Reloads() const { return site_.client.journals.front()->reload_count(); }

 private:
  soak::Site site_;
  std::unique_ptr<testing::EchoServer> server_;
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels_;
};

}  // namespace

Outcome RunCrowd(const std::filesystem::path& folder, int channels, int repetitions) {
  Outcome outcome;
  Crowd crowd(folder, channels);
  const auto expect_calls = [&] {
    if (const int failed = crowd.CallAll(&outcome); failed > 0) {
      outcome.wrongs.push_back(absl::StrCat(failed, " calls failed"));
    }
  };
  expect_calls();
  for (int i = 0; i < repetitions; ++i) {
    outcome.recovered = std::max(outcome.recovered, crowd.Change());
    expect_calls();
  }
  const size_t expected = 4 + static_cast<size_t>(repetitions);
  if (crowd.Reloads() != expected) {
    outcome.wrongs.push_back(absl::StrCat(crowd.Reloads(), " reloads instead of ", expected));
  }
  return outcome;
}

}  // namespace pinion::faults
