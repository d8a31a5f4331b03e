// Long-lived calls.
#ifndef PINION_TESTS_E2E_CONVERSATION_H_
#define PINION_TESTS_E2E_CONVERSATION_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "pinion/echo/echo_service.h"

namespace pinion::testing {

// A bidirectional echo that is kept open, twenty seconds at most.
class Conversation {
 public:
  explicit Conversation(const std::shared_ptr<grpc::ChannelInterface>& channel)
      : stub_(v1::Echo::NewStub(channel)), stream_(stub_->BidirectionalEcho(Deadlined(&context_))) {}
  ~Conversation() {
    context_.TryCancel();
    if (!finished_) stream_->Finish();
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // One message there and back.
  bool Exchange() {
    v1::EchoRequest request;
    v1::EchoResponse response;
    request.set_message("still here");
    return stream_->Write(request) && stream_->Read(&response) && response.message() == "still here";
  }
  // Waits for the end of the call; DEADLINE_EXCEEDED if nothing else ends it.
  grpc::Status End() {
    v1::EchoResponse response;
    while (stream_->Read(&response)) {
    }
    finished_ = true;
    return stream_->Finish();
  }

 private:
  static grpc::ClientContext* Deadlined(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return context;
  }

  grpc::ClientContext context_;
  std::unique_ptr<v1::Echo::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::EchoRequest, v1::EchoResponse>> stream_;
  bool finished_ = false;
};

// Holds each unary call until `answer` is notified; answers streams at once.
class PatientEcho final : public v1::Echo::Service {
 public:
  grpc::Status UnaryEcho(grpc::ServerContext* context, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override {
    if (!entered.HasBeenNotified()) entered.Notify();
    answer.WaitForNotification();
    return echo_.UnaryEcho(context, request, response);
  }
  grpc::Status BidirectionalEcho(grpc::ServerContext* context,
                                 grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) override {
    return echo_.BidirectionalEcho(context, stream);
  }

  absl::Notification entered;  // notified by the first call
  absl::Notification answer;

 private:
  EchoService echo_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_CONVERSATION_H_
