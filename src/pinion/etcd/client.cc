#include "pinion/etcd/client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/client_unary_call.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/transport/protobuf_messages.h"

namespace pinion::etcd {
namespace {

using v1::etcd::WatchRequest;
using v1::etcd::WatchResponse;

constexpr char kRange[] = "/etcdserverpb.KV/Range";
constexpr char kTxn[] = "/etcdserverpb.KV/Txn";
constexpr char kWatch[] = "/etcdserverpb.Watch/Watch";

absl::Status ErrorAt(const Endpoint& endpoint, const grpc::Status& status) {
  std::string text = Printable(status.error_message());
  if (endpoint.explain != nullptr && status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    if (std::string refusal = endpoint.explain(); !refusal.empty()) text = std::move(refusal);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      absl::StrCat("etcd at ", Printable(endpoint.name), ": ", text));
}

}  // namespace

Watch::Watch(const Endpoint& endpoint, const std::string& key, int64_t from_revision) : endpoint_(endpoint) {
  v1::etcd::WatchCreateRequest* const create = request_.mutable_create_request();
  create->set_key(key);
  create->set_start_revision(from_revision);
  create->set_progress_notify(true);
  context_.AddMetadata("hasleader", "true");
  stream_ = grpc::TemplatedGenericStub<WatchRequest, WatchResponse>(endpoint_.channel)
                .PrepareCall(&context_, kWatch, &queue_);
  stream_->StartCall(this);
}

Watch::~Watch() {
  context_.TryCancel();
  if (under_way_ != Step::kNone && under_way_ != Step::kEnded) static_cast<void>(Await(absl::InfiniteFuture()));
  Finish();
  queue_.Shutdown();
  static_cast<void>(Await(absl::InfiniteFuture()));
}

std::optional<bool> Watch::Await(absl::Time end) {
  void* tag = nullptr;
  bool ok = false;
  if (end == absl::InfiniteFuture()) return queue_.Next(&tag, &ok) && ok;
  const auto next = queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(absl::Now() + (end - SteadyNow())));
  if (next == grpc::CompletionQueue::TIMEOUT) return std::nullopt;
  return next == grpc::CompletionQueue::GOT_EVENT && ok;
}

absl::StatusOr<std::optional<WatchResponse>> Watch::Next(absl::Time end) {
  while (under_way_ != Step::kEnded) {
    if (under_way_ == Step::kNone) {
      response_.Clear();
      stream_->Read(&response_, this);
      under_way_ = Step::kRead;
    }
    const std::optional<bool> ok = Await(end);
    if (!ok.has_value()) return std::optional<WatchResponse>();
    const Step ended = std::exchange(under_way_, *ok ? Step::kNone : Step::kEnded);
    if (*ok && ended == Step::kRead) return std::optional<WatchResponse>(std::move(response_));
    if (*ok && ended == Step::kStart) {
      stream_->Write(request_, this);
      under_way_ = Step::kWrite;
    }
  }
  Finish();
  if (!status_.ok()) return ErrorAt(endpoint_, status_);
  return absl::UnavailableError(absl::StrCat("etcd at ", Printable(endpoint_.name), ": the watch has ended"));
}

void Watch::Finish() {
  if (std::exchange(is_finished_, true)) return;
  stream_->Finish(&status_, this);
  static_cast<void>(Await(absl::InfiniteFuture()));
}

template <typename Request, typename Response>
absl::StatusOr<Response> Client::Call(const char* method, const Request& request, absl::Duration timeout) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  {
    const MutexLock lock(mutex_);
    if (is_cancelled_) return absl::CancelledError("the calls of etcd were cancelled");
    context_ = &context;
  }
  Response response;
  const grpc::internal::RpcMethod rpc(method, grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status = grpc::internal::BlockingUnaryCall<Request, Response, google::protobuf::MessageLite,
                                                                google::protobuf::MessageLite>(
      endpoint().channel.get(), rpc, &context, request, &response);
  {
    const MutexLock lock(mutex_);
    context_ = nullptr;
  }
  if (!status.ok()) return ErrorAt(endpoint(), status);
  return response;
}

absl::StatusOr<v1::etcd::RangeResponse> Client::Range(const v1::etcd::RangeRequest& request, absl::Duration timeout) {
  return Call<v1::etcd::RangeRequest, v1::etcd::RangeResponse>(kRange, request, timeout);
}

absl::StatusOr<v1::etcd::RangeResponse> Client::RangeFromAny(const v1::etcd::RangeRequest& request,
                                                             absl::Duration timeout) {
  absl::StatusOr<v1::etcd::RangeResponse> response;
  for (size_t i = 0; i < endpoints_.size(); ++i) {
    response = Range(request, timeout);
    if (!absl::IsUnavailable(response.status()) && !absl::IsDeadlineExceeded(response.status())) break;
    UseNextEndpoint();
  }
  return response;
}

absl::StatusOr<v1::etcd::TxnResponse> Client::Txn(const v1::etcd::TxnRequest& request, absl::Duration timeout) {
  return Call<v1::etcd::TxnRequest, v1::etcd::TxnResponse>(kTxn, request, timeout);
}

absl::StatusOr<std::string> Client::Get(const std::string& key, absl::Duration timeout) {
  v1::etcd::RangeRequest request;
  request.set_key(key);
  absl::StatusOr<v1::etcd::RangeResponse> response = Range(request, timeout);
  if (!response.ok()) return response.status();
  if (response->kvs().empty()) return absl::NotFoundError(absl::StrCat("etcd has no key ", Printable(key)));
  return std::move(*response->mutable_kvs(0)->mutable_value());
}

absl::StatusOr<int64_t> Client::Put(const std::string& key, const std::string& value, absl::Duration timeout) {
  v1::etcd::TxnRequest request;
  v1::etcd::PutRequest* const put = request.add_success()->mutable_request_put();
  put->set_key(key);
  put->set_value(value);
  const absl::StatusOr<v1::etcd::TxnResponse> response = Txn(request, timeout);
  if (!response.ok()) return response.status();
  return response->header().revision();
}

std::shared_ptr<Watch> Client::StartWatch(const std::string& key, int64_t from_revision) {
  auto watch = std::make_shared<Watch>(endpoint(), key, from_revision);
  const MutexLock lock(mutex_);
  if (is_cancelled_) return nullptr;
  watch_ = watch;
  return watch;
}

void Client::Cancel() {
  const MutexLock lock(mutex_);
  is_cancelled_ = true;
  if (context_ != nullptr) context_->TryCancel();
  if (const std::shared_ptr<Watch> watch = watch_.lock(); watch != nullptr) watch->Cancel();
}

}  // namespace pinion::etcd
