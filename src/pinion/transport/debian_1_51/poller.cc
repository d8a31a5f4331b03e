#include "pinion/transport/debian_1_51/poller.h"

#include <chrono>
#include <memory>

#include "pinion/base/thread_without_signals.h"

namespace pinion {
namespace {

// No watch lasts longer, so that the end of the last channel is not delayed.
constexpr auto kSlice = std::chrono::milliseconds(50);

}  // namespace

std::shared_ptr<Poller> Poller::Shared() {
  static std::mutex* const mutex = new std::mutex();
  static std::weak_ptr<Poller>* const shared = new std::weak_ptr<Poller>();
  const std::lock_guard<std::mutex> lock(*mutex);
  std::shared_ptr<Poller> poller = shared->lock();
  if (poller == nullptr) {
    poller = std::shared_ptr<Poller>(new Poller());
    *shared = poller;
  }
  return poller;
}

Poller::Poller() : thread_(StartThreadWithoutSignals([this] { Run(); })) {}

Poller::~Poller() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    queue_.Shutdown();
    stopped_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Poller::Help(const std::shared_ptr<grpc::Channel>& channel) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!helping_.insert(channel.get()).second) return;
  }
  auto helped = std::make_unique<Helped>(Helped{channel.get(), channel});
  if (Watch(helped.get())) static_cast<void>(helped.release());  // the watch has it now
}

bool Poller::Watch(Helped* helped) {
  if (const std::shared_ptr<grpc::Channel> channel = helped->channel.lock(); channel != nullptr) {
    const grpc_connectivity_state state = channel->GetState(/*try_to_connect=*/false);
    if (state == GRPC_CHANNEL_CONNECTING || state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!stopped_) {
        channel->NotifyOnStateChange(state, std::chrono::system_clock::now() + kSlice, &queue_, helped);
        ++watches_;
        changed_.notify_one();
        return true;
      }
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  helping_.erase(helped->key);
  return false;
}

void Poller::Run() {
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [this] { return watches_ > 0 || stopped_; });
    }
    if (!queue_.Next(&tag, &ok)) return;
    std::unique_ptr<Helped> helped(static_cast<Helped*>(tag));
    {
      // After the watch was set, also in the eyes of those who cannot see gRPC hand the tag over.
      const std::lock_guard<std::mutex> lock(mutex_);
      --watches_;
    }
    if (Watch(helped.get())) static_cast<void>(helped.release());
  }
}

}  // namespace pinion
