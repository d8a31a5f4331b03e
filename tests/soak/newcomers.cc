#include "tests/soak/newcomers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

constexpr absl::Duration kPace = absl::Milliseconds(30);

}  // namespace

Newcomers::Newcomers(std::string config, std::string address, std::shared_ptr<Journal> journal)
    : config_(std::move(config)), address_(std::move(address)), journal_(std::move(journal)) {
  for (void (Newcomers::*deed)() : {&Newcomers::Come, &Newcomers::CallAsImpostor, &Newcomers::CallImpostor}) {
    threads_.emplace_back([this, deed] {
      while (!stopped_) {
        (this->*deed)();
        absl::SleepFor(kPace);
      }
    });
  }
}

Newcomers::~Newcomers() { Stop(); }

void Newcomers::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Newcomers::SetImpostors(const WorkloadOptions& client, const WorkloadOptions& server) {
  auto fresh = std::make_shared<testing::EchoServer>(server);
  const std::lock_guard<std::mutex> lock(mutex_);
  impostor_client_ = client;
  impostor_server_.swap(fresh);
}

std::shared_ptr<grpc::ChannelInterface> Newcomers::Start(const std::string& address) {
  const absl::Time deadline = absl::Now() + kPatience;
  for (;;) {
    absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(config_);
    if (options.ok()) {
      options->events = journal_;
      const absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> channel = TryToOpenChannel(address, *options);
      if (channel.ok()) return *channel;
      options = channel.status();
    }
    if (absl::Now() > deadline) {
      Note(absl::StrCat("cannot start: ", options.status().ToString()), &failed_);
      return nullptr;
    }
  }
}

void Newcomers::Come() {
  const std::shared_ptr<grpc::ChannelInterface> channel = Start(address_);
  if (channel == nullptr) return;
  const grpc::Status status = testing::Echo(channel);
  ++welcomed_;
  if (!status.ok()) Note(absl::StrCat("a new channel: ", status.error_message()), &failed_);
}

void Newcomers::CallAsImpostor() {
  WorkloadOptions options;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    options = impostor_client_;
  }
  if (options.certificate.empty()) return;
  ++impostor_tries_;
  if (testing::Echo(OpenChannel(address_, options)).ok()) Note("an impostor called", &fooled_);
}

void Newcomers::CallImpostor() {
  std::shared_ptr<testing::EchoServer> server;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    server = impostor_server_;
  }
  if (server == nullptr) return;
  const std::shared_ptr<grpc::ChannelInterface> channel = Start(server->address());
  if (channel == nullptr) return;
  ++impostor_tries_;
  if (testing::Echo(channel).ok()) Note("an impostor was called", &fooled_);
}

void Newcomers::Note(const std::string& wrong, std::vector<std::string>* wrongs) {
  const absl::Time now = absl::Now();
  const std::lock_guard<std::mutex> lock(mutex_);
  wrongs->push_back(absl::StrCat(absl::FormatTime("%H:%M:%E3S ", now, absl::UTCTimeZone()), wrong));
}

std::vector<std::string> Newcomers::failed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return failed_;
}

std::vector<std::string> Newcomers::fooled() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return fooled_;
}

}  // namespace pinion::soak
