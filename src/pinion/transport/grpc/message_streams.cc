#include "pinion/transport/message_streams.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/async_stream.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pinion/base/mutex.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/transport/grpc/message_loop.h"
#include "pinion/transport/grpc/served_messages.h"

namespace pinion {
namespace {

constexpr absl::Duration kCheckInterval = absl::Milliseconds(200);

// The end of a stream that a client opened.
class ClientStream final : public AsyncStream {
 public:
  using AsyncStream::AsyncStream;

  void Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& method, grpc::CompletionQueue* queue) {
    channel_ = channel;
    call_ = grpc::GenericStub(channel).PrepareCall(&context_, method, queue);
    call_->StartCall(StartTag());
  }

  StreamPeer Peer() const override { return PeerOf(context_.peer(), context_.auth_context().get()); }

  // After a GOAWAY, the channel no longer is, although the stream goes on.
  bool IsConnected() const {
    const std::shared_ptr<grpc::Channel> channel = channel_.lock();
    return channel != nullptr && channel->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  }

 private:
  void Read(grpc::ByteBuffer* to, Completion* tag) override { call_->Read(to, tag); }
  void Write(const grpc::ByteBuffer& from, Completion* tag) override { call_->Write(from, tag); }
  void Cancel() override { context_.TryCancel(); }
  bool is_server() const override { return false; }
  bool Finish(const absl::Status& /*why*/, grpc::Status* status, Completion* tag, bool is_reading) override {
    if (is_reading) return false;  // its end comes first, and after the last message
    call_->Finish(status, tag);
    return true;
  }

  std::weak_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace

struct MessageStreams::State {
  explicit State(std::string the_method) : method(std::move(the_method)) { loop->Add(&queue); }

  const std::string method;
  const pid_t process = getpid();
  const std::shared_ptr<MessageLoop> loop = std::make_shared<MessageLoop>();
  grpc::CompletionQueue queue;  // of the clients' streams
  // The members below are for the thread alone.
  absl::flat_hash_map<AsyncStream*, std::unique_ptr<ClientStream>> clients;
  std::vector<std::shared_ptr<ServedMessages>> servers;  // that have started
  bool is_stopping = false;
  bool is_checking = false;

  Mutex mutex;
  CondVar changed;
  bool clients_are_over ABSL_GUARDED_BY(mutex) = false;
  bool servers_are_over ABSL_GUARDED_BY(mutex) = false;

  bool IsBusy() const { return is_stopping || !clients.empty() || !servers.empty(); }
  // Lets the destructor go on as far as it can.
  bool IsOver();
  // Ends the streams of channels that are no longer connected, again and again.
  void Check();
  void Open(const std::weak_ptr<grpc::Channel>& channel, absl::Time until, const MakeHandler& handler);
};

bool MessageStreams::State::IsOver() {
  servers.erase(std::remove_if(servers.begin(), servers.end(), [](const auto& server) { return server->is_over(); }),
                servers.end());
  if (!is_stopping || !clients.empty()) return false;
  // A server that has not begun to shut down may live on for any time.
  const bool may_wait = std::all_of(servers.begin(), servers.end(), [](const auto& one) { return one->is_ending(); });
  const MutexLock lock(mutex);
  clients_are_over = !may_wait || servers.empty();
  servers_are_over = servers.empty();
  changed.NotifyAll();
  return servers_are_over;
}

void MessageStreams::State::Open(const std::weak_ptr<grpc::Channel>& weak, absl::Time until,
                                 const MakeHandler& handler) {
  const std::shared_ptr<grpc::Channel> channel = weak.lock();
  if (channel == nullptr || is_stopping) return;
  if (channel->GetState(/*try_to_connect=*/false) != GRPC_CHANNEL_READY) {
    if (SteadyNow() >= until) return;
    loop->Post(kTick, [this, weak, until, handler] { Open(weak, until, handler); });
    return;
  }
  auto stream = std::make_unique<ClientStream>(loop.get(), [this](AsyncStream* over) {
    loop->set_streams(clients.size() - 1);
    clients.erase(over);  // last, since it destroys this function
  });
  ClientStream* const started = stream.get();
  clients.emplace(started, std::move(stream));
  loop->set_streams(clients.size());
  started->set_handler(handler(started));
  started->Start(channel, method, &queue);
  if (!std::exchange(is_checking, true)) Check();
}

void MessageStreams::State::Check() {
  is_checking = !clients.empty();
  if (!is_checking) return;
  for (const auto& [stream, owned] : clients) {
    if (!owned->IsConnected()) stream->End(absl::UnavailableError("the channel is no longer connected"));
  }
  loop->Post(kCheckInterval, [this] { Check(); });
}

MessageStreams::MessageStreams(std::string method)
    : state_(std::make_shared<State>(std::move(method))), thread_(StartThreadWithoutSignals([state = state_] {
        state->loop->Run(
            kTick, [&state] { return state->IsBusy(); }, [&state] { return state->IsOver(); });
        EndQueue(&state->queue);
      })) {}

MessageStreams::~MessageStreams() {
  // In a forked child, the thread belongs to the parent, and its argument keeps the state alive.
  if (getpid() != state_->process) {
    thread_.detach();
    return;
  }
  state_->loop->Post(absl::ZeroDuration(), [state = state_.get()] {
    state->is_stopping = true;
    for (const auto& [stream, owned] : state->clients) stream->End(absl::CancelledError("the channel is gone"));
  });
  if (std::this_thread::get_id() == thread_.get_id()) {
    thread_.detach();
    return;
  }
  bool are_servers_over = false;
  {
    const MutexLock lock(state_->mutex);
    while (!state_->clients_are_over) state_->changed.Wait(state_->mutex);
    are_servers_over = state_->servers_are_over;
  }
  if (are_servers_over) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

void MessageStreams::Post(std::function<void()> task) { PostIn(absl::ZeroDuration(), std::move(task)); }
void MessageStreams::PostIn(absl::Duration delay, std::function<void()> task) {
  state_->loop->Post(delay, std::move(task));
}

void MessageStreams::Open(const std::shared_ptr<grpc::Channel>& channel, absl::Duration patience, MakeHandler handler) {
  const absl::Time until = SteadyNow() + patience;
  Post([state = state_.get(), weak = std::weak_ptr<grpc::Channel>(channel), until, handler = std::move(handler)] {
    state->Open(weak, until, handler);
  });
}

std::shared_ptr<MessageStreams::Served> MessageStreams::Serve(grpc::ServerBuilder* builder, MakeHandler handler) {
  auto on_start = [state = state_.get()](std::shared_ptr<ServedMessages> started) {
    state->servers.push_back(std::move(started));  // on the thread, which has the state
  };
  return ServedMessages::Add(state_->loop, state_->method, {std::move(handler), std::move(on_start)}, builder);
}

}  // namespace pinion
