#include "pinion/transport/grpc/served_messages.h"

#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_stream.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace pinion {
namespace {

// Registers the service with the server, which then shares its ownership, and learns of the server's start.
class ServicePlugin final : public grpc::ServerBuilderPlugin {
 public:
  explicit ServicePlugin(std::shared_ptr<ServedMessages> served) : served_(std::move(served)) {}
  std::string name() override { return "pinion_messages"; }
  void InitServer(grpc::ServerInitializer* server) override {
    // gRPC's operations use the server when they are reported, so it waits for the last one while it is destroyed.
    server->RegisterService(std::shared_ptr<grpc::Service>(
        served_->service(), [served = served_](grpc::Service* /*owned by served*/) { served->WaitUntilOver(); }));
  }
  void Finish(grpc::ServerInitializer* /*server*/) override { served_->Start(); }
  void ChangeArguments(const std::string& /*name*/, void* /*value*/) override {}

 private:
  const std::shared_ptr<ServedMessages> served_;
};

class WithService final : public grpc::ServerBuilderOption {
 public:
  explicit WithService(std::shared_ptr<ServedMessages> served) : served_(std::move(served)) {}
  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<ServicePlugin>(served_));
  }

 private:
  const std::shared_ptr<ServedMessages> served_;
};

}  // namespace

class ServedMessages::Stream final : public AsyncStream {
 public:
  using AsyncStream::AsyncStream;
  using AsyncStream::OnStarted;

  grpc::ServerContext context;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> call{&context};

  StreamPeer Peer() const override { return PeerOf(context.peer(), context.auth_context().get()); }

 private:
  void Read(grpc::ByteBuffer* to, Completion* tag) override { call.Read(to, tag); }
  void Write(const grpc::ByteBuffer& from, Completion* tag) override { call.Write(from, tag); }
  void Cancel() override { context.TryCancel(); }
  bool is_server() const override { return true; }
  bool Finish(const absl::Status& why, grpc::Status* /*status*/, Completion* tag, bool /*is_reading*/) override {
    call.Finish(grpc::Status(static_cast<grpc::StatusCode>(why.code()), std::string(why.message())), tag);
    return true;
  }
};

ServedMessages::Service::Service(const std::string& method) : method_(method) {
  AddMethod(new grpc::internal::RpcServiceMethod(method_.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING, nullptr));
  MarkMethodAsync(0);
}

std::shared_ptr<ServedMessages> ServedMessages::Add(std::shared_ptr<MessageLoop> loop, const std::string& method,
                                                    Functions functions, grpc::ServerBuilder* builder) {
  std::shared_ptr<ServedMessages> added(new ServedMessages(std::move(loop), method, std::move(functions), builder));
  builder->SetOption(std::make_unique<WithService>(added));
  return added;
}

ServedMessages::ServedMessages(std::shared_ptr<MessageLoop> loop, const std::string& method, Functions functions,
                               grpc::ServerBuilder* builder)
    : loop_(std::move(loop)),
      functions_(std::move(functions)),
      service_(method),
      // A queue that counted as frequently polled would take the server's I/O from gRPC's own threads.
      queue_(builder->AddCompletionQueue(/*is_frequently_polled=*/false)) {}

// The server has shut down, or never started: it and the loop share ownership until then.
ServedMessages::~ServedMessages() { EndQueue(queue_.get()); }

void ServedMessages::Start() {
  has_started_ = true;
  loop_->Post(absl::ZeroDuration(), [self = shared_from_this()] {
    self->loop_->Add(self->queue_.get());
    self->functions_.on_start(self);
    self->RequestNext();
  });
}

void ServedMessages::WaitUntilOver() {
  // In a forked child, the loop has no thread.
  if (!has_started_ || getpid() != process_) return;
  loop_->Post(absl::ZeroDuration(), [] {});  // so that it looks at once
  const MutexLock lock(mutex_);
  // The loop may have ended before it learned of the server.
  while (!is_over_ && !loop_->is_over()) over_.WaitUntil(mutex_, SteadyNow() + MessageStreams::kTick);
}

bool ServedMessages::is_over() const {
  const MutexLock lock(mutex_);
  return is_over_;
}

void ServedMessages::Stop() {
  loop_->Post(absl::ZeroDuration(), [self = shared_from_this()] {
    self->is_stopped_ = true;
    self->EndStreams(absl::UnavailableError("the server is about to stop"));
  });
}

void ServedMessages::RequestNext() {
  next_ = std::make_unique<Stream>(loop_.get(), [this](AsyncStream* over) { OnOver(over); });
  service_.RequestAsyncBidiStreaming(0, &next_->context, &next_->call, queue_.get(), queue_.get(), &requested_);
}

void ServedMessages::OnRequest(bool ok) {
  std::unique_ptr<Stream> started = std::move(next_);
  if (!ok) {  // the server is shutting down
    is_ending_ = true;
    EndStreams(absl::UnavailableError("the server is shutting down"));
    return OnOver(nullptr);
  }
  RequestNext();
  Stream* const stream = started.get();
  streams_.emplace(stream, std::move(started));
  stream->set_handler(functions_.handler(stream));
  if (is_stopped_) stream->End(absl::UnavailableError("the server is about to stop"));
  stream->OnStarted(true);
}

void ServedMessages::EndStreams(const absl::Status& why) {
  for (const auto& [stream, owned] : streams_) stream->End(why);
}

void ServedMessages::OnOver(AsyncStream* stream) {
  streams_.erase(stream);
  if (!is_ending_ || !streams_.empty() || is_over()) return;
  loop_->Remove(queue_.get());
  const MutexLock lock(mutex_);
  is_over_ = true;
  over_.NotifyAll();
}

}  // namespace pinion
