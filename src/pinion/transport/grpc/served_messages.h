// The streams of messages of one server. Private to transport/grpc/.
#ifndef PINION_TRANSPORT_GRPC_SERVED_MESSAGES_H_
#define PINION_TRANSPORT_GRPC_SERVED_MESSAGES_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "pinion/base/mutex.h"
#include "pinion/transport/grpc/async_stream.h"
#include "pinion/transport/grpc/message_loop.h"
#include "pinion/transport/message_streams.h"

namespace pinion {

// Start and Stop are thread-safe; the other functions are for the thread of the loop.
class ServedMessages final : public MessageStreams::Served, public std::enable_shared_from_this<ServedMessages> {
 public:
  // Called on the thread of the loop when the server has started.
  using OnStart = std::function<void(std::shared_ptr<ServedMessages>)>;

  struct Functions {
    MessageStreams::MakeHandler handler;
    OnStart on_start;
  };

  // Adds the method to the builder.
  static std::shared_ptr<ServedMessages> Add(std::shared_ptr<MessageLoop> loop, const std::string& method,
                                             Functions functions, grpc::ServerBuilder* builder);
  ~ServedMessages() override;

  grpc::Service* service() { return &service_; }
  // Called when the server has started.
  void Start();
  void Stop() override;
  // Whether the server has begun to shut down.
  bool is_ending() const { return is_ending_; }
  bool is_over() const;
  // For the destruction of the server, which has shut down. Thread-safe.
  void WaitUntilOver();

 private:
  class Stream;
  // The method, as generated code registers it.
  class Service final : public grpc::Service {
   public:
    explicit Service(const std::string& method);
    using grpc::Service::RequestAsyncBidiStreaming;

   private:
    const std::string method_;  // gRPC keeps a pointer
  };

  ServedMessages(std::shared_ptr<MessageLoop> loop, const std::string& method, Functions functions,
                 grpc::ServerBuilder* builder);
  void RequestNext();
  void OnRequest(bool ok);
  void EndStreams(const absl::Status& why);
  void OnOver(AsyncStream* stream);

  const std::shared_ptr<MessageLoop> loop_;
  const Functions functions_;
  Service service_;
  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  const pid_t process_ = getpid();
  CompletionOf<ServedMessages> requested_{this, &ServedMessages::OnRequest};
  std::unique_ptr<Stream> next_;  // waits for a client
  absl::flat_hash_map<AsyncStream*, std::unique_ptr<Stream>> streams_;
  bool is_stopped_ = false;
  bool is_ending_ = false;
  std::atomic<bool> has_started_{false};
  mutable Mutex mutex_;
  CondVar over_;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_SERVED_MESSAGES_H_
