#include "tests/transport/service_kinds.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/impl/codegen/method_handler.h>

#include <atomic>
#include <thread>

#include "pinion/v1/echo.grpc.pb.h"
#include "tests/transport/any_handler.h"

namespace pinion::testing {
namespace {

constexpr char kUnary[] = "/pinion.v1.Echo/UnaryEcho";
constexpr char kBidirectional[] = "/pinion.v1.Echo/BidirectionalEcho";
constexpr char kClientStreaming[] = "/pinion.test.Streams/In";
constexpr char kAnything[] = "/any.Thing/AtAll";
constexpr char kServerStreaming[] = "/pinion.test.Streams/Out";

class Counting : public CountedService {
 public:
  int runs() const override { return runs_.load(); }

 protected:
  void Count() { ++runs_; }

 private:
  std::atomic<int> runs_{0};
};

class SyncService final : public Counting {
 public:
  void Register(grpc::ServerBuilder& builder) override {
    builder.RegisterService(&echo_);
    builder.RegisterService(&streams_);
  }

 private:
  class Echo final : public v1::Echo::Service {
   public:
    explicit Echo(SyncService* outer) : outer_(outer) {}
    grpc::Status UnaryEcho(grpc::ServerContext*, const v1::EchoRequest*, v1::EchoResponse*) override {
      outer_->Count();
      return grpc::Status::OK;
    }
    grpc::Status BidirectionalEcho(grpc::ServerContext*,
                                   grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) override {
      outer_->Count();
      v1::EchoRequest request;
      while (stream->Read(&request)) stream->Write(v1::EchoResponse());
      return grpc::Status::OK;
    }

   private:
    SyncService* const outer_;
  };

  // What protoc would generate for a method that streams one way.
  class Streams final : public grpc::Service {
   public:
    explicit Streams(SyncService* outer) {
      using grpc::internal::RpcMethod;
      using grpc::internal::RpcServiceMethod;
      AddMethod(new RpcServiceMethod(
          kClientStreaming, RpcMethod::CLIENT_STREAMING,
          new grpc::internal::ClientStreamingHandler<Streams, v1::EchoRequest, v1::EchoResponse>(
              [outer](Streams*, grpc::ServerContext*, grpc::ServerReader<v1::EchoRequest>* reader, v1::EchoResponse*) {
                outer->Count();
                v1::EchoRequest request;
                while (reader->Read(&request)) {
                }
                return grpc::Status::OK;
              },
              this)));
      AddMethod(
          new RpcServiceMethod(kServerStreaming, RpcMethod::SERVER_STREAMING,
                               new grpc::internal::ServerStreamingHandler<Streams, v1::EchoRequest, v1::EchoResponse>(
                                   [outer](Streams*, grpc::ServerContext*, const v1::EchoRequest*,
                                           grpc::ServerWriter<v1::EchoResponse>* writer) {
                                     outer->Count();
                                     writer->Write(v1::EchoResponse());
                                     return grpc::Status::OK;
                                   },
                                   this)));
    }
  };

  Echo echo_{this};
  Streams streams_{this};
};

class CallbackService final : public Counting {
 public:
  void Register(grpc::ServerBuilder& builder) override { builder.RegisterService(&echo_); }

 private:
  class Echo final : public v1::Echo::CallbackService {
   public:
    explicit Echo(pinion::testing::CallbackService* outer) : outer_(outer) {}
    grpc::ServerUnaryReactor* UnaryEcho(grpc::CallbackServerContext* context, const v1::EchoRequest*,
                                        v1::EchoResponse*) override {
      outer_->Count();
      grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }

   private:
    pinion::testing::CallbackService* const outer_;
  };

  Echo echo_{this};
};

// Takes one call.
class AsyncService final : public Counting {
 public:
  void Register(grpc::ServerBuilder& builder) override {
    builder.RegisterService(&echo_);
    queue_ = builder.AddCompletionQueue();
  }

  void Start() override {
    echo_.RequestUnaryEcho(&context_, &request_, &responder_, queue_.get(), queue_.get(), &request_);
    thread_ = std::thread([this] {
      void* tag = nullptr;
      bool ok = false;
      while (queue_->Next(&tag, &ok)) {
        if (tag != &request_ || !ok) continue;
        Count();
        responder_.Finish(v1::EchoResponse(), grpc::Status::OK, nullptr);
      }
    });
  }

  void Join() override {
    queue_->Shutdown();
    thread_.join();
  }

 private:
  v1::Echo::AsyncService echo_;
  grpc::ServerContext context_;
  v1::EchoRequest request_;
  grpc::ServerAsyncResponseWriter<v1::EchoResponse> responder_{&context_};
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::thread thread_;
};

class GenericService final : public CountedService {
 public:
  void Register(grpc::ServerBuilder& builder) override { handler_.Register(builder); }
  void Start() override { handler_.Start(); }
  void Join() override { handler_.Join(); }
  int runs() const override { return static_cast<int>(handler_.reached().size()); }

 private:
  AnyHandler handler_;
};

class GenericCallbackService final : public Counting {
 public:
  void Register(grpc::ServerBuilder& builder) override { builder.RegisterCallbackGenericService(&service_); }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor() { Finish(grpc::Status::OK); }
    void OnDone() override { delete this; }
  };
  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(GenericCallbackService* outer) : outer_(outer) {}
    grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
      outer_->Count();
      return new Reactor();
    }

   private:
    GenericCallbackService* const outer_;
  };

  Service service_{this};
};

// What gRPC serves by itself.
class BuiltIn final : public CountedService {
 public:
  void Register(grpc::ServerBuilder&) override {}
  int runs() const override { return -1; }
};

template <typename Service>
std::unique_ptr<CountedService> Make() {
  return std::make_unique<Service>();
}

}  // namespace

std::vector<ServiceKind> AllServiceKinds() {
  return {
      {"Unary", kUnary, Make<SyncService>},
      {"ClientStreaming", kClientStreaming, Make<SyncService>},
      {"ServerStreaming", kServerStreaming, Make<SyncService>},
      {"Bidirectional", kBidirectional, Make<SyncService>},
#ifndef __SANITIZE_THREAD__
      // The code of these is half in gRPC's headers and half in its library, which ThreadSanitizer doesn't see.
      {"Callback", kUnary, Make<CallbackService>},
      {"GenericCallback", kAnything, Make<GenericCallbackService>},
      {"Health", "/grpc.health.v1.Health/Check", Make<BuiltIn>},
      {"UnknownMethod", "/pinion.v1.Echo/Nothing", Make<SyncService>, grpc::StatusCode::UNIMPLEMENTED},
#endif
      {"Async", kUnary, Make<AsyncService>},
      {"Generic", kAnything, Make<GenericService>},
      {"Reflection", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Make<BuiltIn>},
  };
}

}  // namespace pinion::testing
