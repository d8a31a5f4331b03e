#include "pinion/transport/poller.h"

#include <grpcpp/completion_queue.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <set>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"
#include "pinion/base/thread_without_signals.h"

namespace pinion {
namespace {

// The maximum duration of a watch, so that the destruction of the last channel is not delayed.
constexpr auto kSlice = std::chrono::milliseconds(50);

// A channel that the poller helps; used as the tag of its watch.
struct Helped {
  grpc::Channel* key;
  std::weak_ptr<grpc::Channel> channel;
};

}  // namespace

struct Poller::State {
  grpc::CompletionQueue queue;
  Mutex mutex;
  CondVar changed;
  bool stopped ABSL_GUARDED_BY(mutex) = false;
  int watches ABSL_GUARDED_BY(mutex) = 0;  // that the queue has not reported yet
  std::set<grpc::Channel*> helping ABSL_GUARDED_BY(mutex);

  // Watches for the next change of the channel's state; returns false if that is not needed.
  bool Watch(Helped* helped) {
    if (const std::shared_ptr<grpc::Channel> channel = helped->channel.lock(); channel != nullptr) {
      const grpc_connectivity_state last = channel->GetState(/*try_to_connect=*/false);
      if (last == GRPC_CHANNEL_CONNECTING || last == GRPC_CHANNEL_TRANSIENT_FAILURE) {
        const MutexLock lock(mutex);
        if (!stopped) {
          channel->NotifyOnStateChange(last, std::chrono::system_clock::now() + kSlice, &queue, helped);
          ++watches;
          changed.NotifyOne();
          return true;
        }
      }
    }
    const MutexLock lock(mutex);
    helping.erase(helped->key);
    return false;
  }
};

Poller::Poller()
    : state_(std::make_shared<State>()),
      process_(getpid()),
      thread_(StartThreadWithoutSignals([state = state_] { Run(*state); })) {}

Poller::~Poller() {
  // In a forked child, the thread belongs to the parent and may have held the mutex. The thread's argument keeps the
  // state alive.
  if (getpid() != process_) {
    thread_.detach();
    return;
  }
  {
    const MutexLock lock(state_->mutex);
    state_->queue.Shutdown();
    state_->stopped = true;
  }
  state_->changed.NotifyOne();
  if (std::this_thread::get_id() == thread_.get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Poller::Help(const std::shared_ptr<grpc::Channel>& channel) {
  {
    const MutexLock lock(state_->mutex);
    if (!state_->helping.insert(channel.get()).second) return;
  }
  auto helped = std::make_unique<Helped>(Helped{channel.get(), channel});
  if (state_->Watch(helped.get())) static_cast<void>(helped.release());  // now owned by the watch
}

void Poller::Run(State& state) {
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    {
      const MutexLock lock(state.mutex);
      while (state.watches == 0 && !state.stopped) state.changed.Wait(state.mutex);
    }
    if (!state.queue.Next(&tag, &ok)) return;
    std::unique_ptr<Helped> helped(static_cast<Helped*>(tag));
    {
      // The lock orders this after the watch was set, also for analyzers such as TSan, which cannot observe how gRPC
      // passes the tag.
      const MutexLock lock(state.mutex);
      --state.watches;
    }
    if (state.Watch(helped.get())) static_cast<void>(helped.release());
  }
}

}  // namespace pinion
