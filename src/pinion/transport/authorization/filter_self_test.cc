#include "pinion/transport/authorization/filter_self_test.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

constexpr char kDenied[] = "/pinion.SelfTest/Denied";
constexpr char kAllowed[] = "/pinion.SelfTest/Allowed";
constexpr char kHeaderValue[] = "sent";
constexpr char kRejected[] = "Unauthorized RPC request rejected.";
constexpr std::chrono::seconds kPatience(5);

struct Asked {
  std::string path;
  std::string header;
};

// The outcome of one call.
struct Outcome {
  bool finished = false;
  bool handled = false;
  grpc::Status status;
};

// A server with one generic handler, and its client. One thread runs both by polling their shared queue.
class Loopback {
 public:
  explicit Loopback(std::shared_ptr<grpc::experimental::AuthorizationPolicyProviderInterface> provider) {
    grpc::ServerBuilder builder;
    builder.experimental().SetAuthorizationPolicyProvider(std::move(provider));
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    if (server_ == nullptr) return;
    service_.RequestCall(&server_context_, &handler_, queue_.get(), queue_.get(), &handler_);
    stub_ = std::make_unique<grpc::GenericStub>(server_->InProcessChannel(grpc::ChannelArguments()));
  }

  ~Loopback() {
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
    queue_->Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_->Next(&tag, &ok)) {
    }
  }

  Loopback(const Loopback&) = delete;
  Loopback& operator=(const Loopback&) = delete;

  bool started() const { return stub_ != nullptr; }

  Outcome Call(const std::string& path) {
    const auto deadline = std::chrono::system_clock::now() + kPatience;
    Outcome outcome;
    grpc::ClientContext context;
    context.set_deadline(deadline);
    context.AddMetadata(kSelfTestHeader, kHeaderValue);
    const grpc::ByteBuffer request = Empty();
    grpc::ByteBuffer response;
    const auto call = stub_->PrepareUnaryCall(&context, path, request, queue_.get());
    call->StartCall();
    call->Finish(&response, &outcome.status, &outcome);
    // gRPC ends the call at its deadline; the second deadline is for a gRPC that does not.
    while (!outcome.finished && Step(deadline + kPatience, &outcome)) {
    }
    return outcome;
  }

 private:
  static grpc::ByteBuffer Empty() {
    const grpc::Slice nothing;
    return grpc::ByteBuffer(&nothing, 1);
  }

  // Processes one event; returns false if none arrives in time.
  bool Step(std::chrono::system_clock::time_point deadline, Outcome* outcome) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_->AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    if (tag == outcome) outcome->finished = true;
    if (tag == &handler_ && ok) {
      outcome->handled = true;
      handler_.WriteAndFinish(Empty(), grpc::WriteOptions(), grpc::Status::OK, /*tag=*/nullptr);
    }
    return true;
  }

  // The order matters: the server uses the members above it until it is destroyed.
  grpc::AsyncGenericService service_;
  grpc::GenericServerContext server_context_;
  grpc::GenericServerAsyncReaderWriter handler_{&server_context_};
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<grpc::GenericStub> stub_;
};

std::string Describe(const std::vector<Asked>& asked) {
  std::string text = absl::StrCat("asked ", asked.size(), " times");
  for (const Asked& call : asked) {
    absl::StrAppend(&text, ", for '", absl::CHexEscape(call.path), "' with '", absl::CHexEscape(call.header), "'");
  }
  return text;
}

absl::Status Failed(const std::string& what) { return absl::FailedPreconditionError(what); }

absl::Status Judge(const std::string& path, bool allow, const Outcome& outcome, const std::vector<Asked>& asked) {
  if (asked.size() != 1 || asked[0].path != path || asked[0].header != kHeaderValue) {
    return Failed(absl::StrCat("the call of ", path, ": ", Describe(asked)));
  }
  const bool as_decided = allow ? outcome.status.ok()
                                : outcome.status.error_code() == grpc::StatusCode::PERMISSION_DENIED &&
                                      outcome.status.error_message() == kRejected;
  if (outcome.finished && outcome.handled == allow && as_decided) return absl::OkStatus();
  return Failed(absl::StrCat("the call of ", path, outcome.handled ? " reached" : " did not reach",
                             " its handler and ended with ", outcome.status.error_code(), " '",
                             absl::CHexEscape(outcome.status.error_message()), "'"));
}

}  // namespace

absl::Status TestFilter(const MakeProvider& make) {
  std::vector<Asked> asked;
  Loopback loopback(make([&asked](const CallToAuthorize& call) {
    asked.push_back({std::string(call.path), call.header(kSelfTestHeader).value_or("")});
    return call.path == kAllowed;
  }));
  if (!loopback.started()) return Failed("no server could be started in memory");
  const Outcome denied = loopback.Call(kDenied);
  if (absl::Status status = Judge(kDenied, /*allow=*/false, denied, asked); !status.ok()) return status;
  asked.clear();
  const Outcome allowed = loopback.Call(kAllowed);
  return Judge(kAllowed, /*allow=*/true, allowed, asked);
}

}  // namespace pinion
