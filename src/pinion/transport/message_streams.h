// Bidirectional streams of small messages between two processes, beside their calls.
#ifndef PINION_TRANSPORT_MESSAGE_STREAMS_H_
#define PINION_TRANSPORT_MESSAGE_STREAMS_H_

#include <grpcpp/channel.h>
#include <grpcpp/server_builder.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace pinion {

// The other side of a stream.
struct StreamPeer {
  std::string address;   // "127.0.0.1:4711"
  std::string leaf_pem;  // the certificate that it presented
};

// One end of a stream. Valid until its handler's OnEnd. Must be used on the thread of its MessageStreams.
class MessageStream {
 public:
  virtual ~MessageStream() = default;
  // Sends a message. Of several messages that wait for an earlier one to be sent, only the last is sent.
  virtual void Send(std::string message) = 0;
  // On the client's end, known from the first message on.
  virtual StreamPeer Peer() const = 0;
  // Ends the stream. The peer of a server sees `why`; OnEnd follows.
  virtual void End(const absl::Status& why) = 0;
};

// What an end of a stream does with messages. Called on the thread of the MessageStreams.
class MessageHandler {
 public:
  virtual ~MessageHandler() = default;
  // A message of at most MessageStreams::kMaxMessage bytes; at most one in kReadInterval.
  virtual void OnMessage(const std::string& message) = 0;
  // The last call. On the client's end, `status` is the server's or that of the connection.
  virtual void OnEnd(const absl::Status& status) = 0;
};

// The streams of one method, of all channels and servers of a process that use this object. They have one thread, which
// looks for completed operations every kTick and never waits in gRPC: gRPC 1.51 performs I/O on the threads that wait
// for its results, so a thread that waits would also receive the responses of other calls and have to pass each of them
// on. A message therefore takes some tens of milliseconds. Thread-safe.
class MessageStreams {
 public:
  static constexpr size_t kMaxMessage = size_t{64} << 10;
  static constexpr absl::Duration kTick = absl::Milliseconds(50);
  static constexpr absl::Duration kReadInterval = absl::Milliseconds(500);

  using MakeHandler = std::function<std::unique_ptr<MessageHandler>(MessageStream*)>;

  // `method` is "/package.Service/Method".
  explicit MessageStreams(std::string method);
  // Ends the streams of channels. Streams of servers should have ended before. May run on the thread of this object.
  ~MessageStreams();
  MessageStreams(const MessageStreams&) = delete;
  MessageStreams& operator=(const MessageStreams&) = delete;

  // Runs `task` on the thread of the streams, soon and in order.
  void Post(std::function<void()> task);
  // The same in `delay`.
  void PostIn(absl::Duration delay, std::function<void()> task);

  // Opens a stream if the channel is connected; otherwise looks again each kTick until `patience` has passed. Never
  // makes the channel connect, and does not keep it while it waits.
  void Open(const std::shared_ptr<grpc::Channel>& channel, absl::Duration patience, MakeHandler handler);

  // Offers the method on a server that is not started yet. Streams end when the server begins to shut down.
  class Served;
  std::shared_ptr<Served> Serve(grpc::ServerBuilder* builder, MakeHandler handler);

 private:
  struct State;

  const std::shared_ptr<State> state_;  // shared with the thread
  std::thread thread_;
};

// The streams of one server.
class MessageStreams::Served {
 public:
  virtual ~Served() = default;
  // Ends the streams and accepts no more, so that they do not keep connections open.
  virtual void Stop() = 0;
};

}  // namespace pinion

#endif  // PINION_TRANSPORT_MESSAGE_STREAMS_H_
