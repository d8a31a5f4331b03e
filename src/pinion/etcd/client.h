// Calls of etcd's v3 API.
#ifndef PINION_ETCD_CLIENT_H_
#define PINION_ETCD_CLIENT_H_

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/impl/channel_interface.h>
#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/v1/etcd.pb.h"

namespace pinion::etcd {

// A member of the cluster.
struct Endpoint {
  std::string name;  // HOST:PORT
  std::shared_ptr<grpc::ChannelInterface> channel;
  // Why the last connection was refused by this process; empty if it was not.
  std::function<std::string()> explain;
};

// A stream of the changes of one key. For use by one thread, except for Cancel.
class Watch {
 public:
  // From this revision on. The stream ends if the member has lost the others.
  Watch(const Endpoint& endpoint, const std::string& key, int64_t from_revision);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // The next response; none if there is none until `end`. An error ends the stream.
  absl::StatusOr<std::optional<v1::etcd::WatchResponse>> Next(absl::Time end);
  // Makes Next return.
  void Cancel() { context_.TryCancel(); }

 private:
  // Waits until the operation under way has ended; none until `end`. False: the stream has ended.
  std::optional<bool> Await(absl::Time end);
  // Reads the status of a stream that has ended.
  void Finish();

  const Endpoint endpoint_;
  v1::etcd::WatchRequest request_;
  v1::etcd::WatchResponse response_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::etcd::WatchRequest, v1::etcd::WatchResponse>> stream_;
  enum class Step { kStart, kWrite, kRead, kNone, kEnded };
  Step under_way_ = Step::kStart;
  bool is_finished_ = false;
  grpc::Status status_;  // then
};

// Uses one member at a time. For use by one thread, except for Cancel.
class Client {
 public:
  // At least one.
  explicit Client(std::vector<Endpoint> endpoints) : endpoints_(std::move(endpoints)) {}

  // Returns what has been committed, unless it is cancelled or takes longer than `timeout`. Errors name the member.
  absl::StatusOr<v1::etcd::RangeResponse> Range(const v1::etcd::RangeRequest& request, absl::Duration timeout);
  absl::StatusOr<v1::etcd::TxnResponse> Txn(const v1::etcd::TxnRequest& request, absl::Duration timeout);
  // The same from the first member that answers, beginning with the one in use; each has `timeout`.
  absl::StatusOr<v1::etcd::RangeResponse> RangeFromAny(const v1::etcd::RangeRequest& request, absl::Duration timeout);
  // The value of a key; NotFound if it does not exist.
  absl::StatusOr<std::string> Get(const std::string& key, absl::Duration timeout);
  // Returns the revision of the store that has it.
  absl::StatusOr<int64_t> Put(const std::string& key, const std::string& value, absl::Duration timeout);
  // Null after Cancel.
  std::shared_ptr<Watch> StartWatch(const std::string& key, int64_t from_revision);

  void UseNextEndpoint() { ++endpoint_; }
  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  // The one in use.
  const Endpoint& endpoint() const { return endpoints_[endpoint_ % endpoints_.size()]; }

  // Ends what is under way, and what begins later. Thread-safe.
  void Cancel();

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(const char* method, const Request& request, absl::Duration timeout);

  const std::vector<Endpoint> endpoints_;
  size_t endpoint_ = 0;
  Mutex mutex_;
  bool is_cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the call under way
  std::weak_ptr<Watch> watch_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion::etcd

#endif  // PINION_ETCD_CLIENT_H_
