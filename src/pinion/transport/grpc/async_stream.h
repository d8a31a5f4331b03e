// One end of a stream of messages: what clients and servers have in common. Private to transport/grpc/.
#ifndef PINION_TRANSPORT_GRPC_ASYNC_STREAM_H_
#define PINION_TRANSPORT_GRPC_ASYNC_STREAM_H_

#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "pinion/transport/grpc/message_loop.h"
#include "pinion/transport/message_streams.h"

namespace pinion {

// The peer of a call, as gRPC describes it.
StreamPeer PeerOf(const std::string& peer, const grpc::AuthContext* auth_context);

// For the thread of the loop.
class AsyncStream : public MessageStream {
 public:
  // Calls `over` when the object may be destroyed, which `over` may do.
  AsyncStream(MessageLoop* loop, std::function<void(AsyncStream*)> over) : loop_(loop), over_(std::move(over)) {}

  void set_handler(std::unique_ptr<MessageHandler> handler) { handler_ = std::move(handler); }
  void Send(std::string message) override;
  void End(const absl::Status& why) override;

 protected:
  // The tag of the operation that starts the call.
  Completion* StartTag() { return &started_; }
  // Continues a call that has started.
  void OnStarted(bool ok);

 private:
  static constexpr absl::Duration kPatience = absl::Seconds(1);

  // gRPC's operations; each reports to its tag.
  virtual void Read(grpc::ByteBuffer* to, Completion* tag) = 0;
  virtual void Write(const grpc::ByteBuffer& from, Completion* tag) = 0;
  // Ends the operations in progress. Called at the end, or kPatience after it if it is the server's and a write is
  // still in progress, since the client may never read.
  virtual void Cancel() = 0;
  virtual bool is_server() const = 0;
  // Returns false if the call cannot be finished while a read is in progress.
  virtual bool Finish(const absl::Status& why, grpc::Status* status, Completion* tag, bool is_reading) = 0;

  void StartReading();
  void SendWaiting();
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  // Finishes the call, and then this object, as far as the operations in progress allow. The last use of the object.
  void Advance();

  MessageLoop* const loop_;
  const std::function<void(AsyncStream*)> over_;
  std::unique_ptr<MessageHandler> handler_;
  CompletionOf<AsyncStream> started_{this, &AsyncStream::OnStarted};
  CompletionOf<AsyncStream> read_{this, &AsyncStream::OnRead};
  CompletionOf<AsyncStream> written_{this, &AsyncStream::OnWritten};
  CompletionOf<AsyncStream> finished_{this, &AsyncStream::OnFinished};
  grpc::ByteBuffer received_;
  std::optional<std::string> waiting_;  // to be sent
  grpc::Status status_;
  absl::Status why_;
  bool is_reading_ = false;
  bool is_writing_ = true;  // until it has started
  bool is_ending_ = false;
  bool is_finishing_ = false;
  bool is_finished_ = false;
  // For tasks that may run when the object is gone.
  const std::shared_ptr<AsyncStream*> self_ = std::make_shared<AsyncStream*>(this);
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_ASYNC_STREAM_H_
