// The echo service by gRPC's callback interface, which adds the least to the measurement.
#ifndef PINION_TESTS_BENCH_LOAD_CALLBACK_ECHO_H_
#define PINION_TESTS_BENCH_LOAD_CALLBACK_ECHO_H_

#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::bench {

// Stateless; called by gRPC from any thread.
class CallbackEcho final : public v1::Echo::CallbackService {
 public:
  grpc::ServerUnaryReactor* UnaryEcho(grpc::CallbackServerContext* context, const v1::EchoRequest* request,
                                      v1::EchoResponse* response) override {
    response->set_message(request->message());
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<v1::EchoRequest, v1::EchoResponse>* BidirectionalEcho(
      grpc::CallbackServerContext* /*context*/) override {
    return new Stream;
  }

 private:
  // Deletes itself when the stream is over.
  class Stream final : public grpc::ServerBidiReactor<v1::EchoRequest, v1::EchoResponse> {
   public:
    Stream() { StartRead(&request_); }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      response_.set_message(request_.message());
      StartWrite(&response_);
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status(grpc::StatusCode::UNKNOWN, "the client disconnected"));
      StartRead(&request_);
    }
    void OnDone() override { delete this; }

   private:
    v1::EchoRequest request_;
    v1::EchoResponse response_;
  };
};

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_CALLBACK_ECHO_H_
