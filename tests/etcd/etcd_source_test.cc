// What a source makes of etcd's answers that a real one gives only at rare moments.
#include "pinion/etcd/etcd_source.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/method_handler.h>
#include <grpcpp/support/sync_stream.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/etcd/published.h"
#include "pinion/transport/protobuf_messages.h"

namespace pinion::etcd {
namespace {

using ::testing::HasSubstr;
using v1::etcd::RangeRequest;
using v1::etcd::RangeResponse;
using v1::etcd::WatchRequest;
using v1::etcd::WatchResponse;

constexpr char kKey[] = "/pins";
constexpr absl::Duration kPatience = absl::Seconds(30);

v1::PublishedPinSet Version(const std::string& text) { return FromTexts({text, "s", "t", "u", "", ""}); }

// Answers as the test says.
class FakeEtcd final : public grpc::Service {
 public:
  FakeEtcd() {
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/etcdserverpb.KV/Range", grpc::internal::RpcMethod::NORMAL_RPC,
        new grpc::internal::RpcMethodHandler<FakeEtcd, RangeRequest, RangeResponse, google::protobuf::MessageLite,
                                             google::protobuf::MessageLite>(
            [](FakeEtcd* fake, grpc::ServerContext*, const RangeRequest*, RangeResponse* response) {
              return fake->Range(response);
            },
            this)));
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/etcdserverpb.Watch/Watch", grpc::internal::RpcMethod::BIDI_STREAMING,
        new grpc::internal::BidiStreamingHandler<FakeEtcd, WatchRequest, WatchResponse>(
            [](FakeEtcd* fake, grpc::ServerContext* context,
               grpc::ServerReaderWriter<WatchResponse, WatchRequest>* stream) { return fake->Watch(context, stream); },
            this)));
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeEtcd() override { Stop(); }

  void Stop() {
    {
      const MutexLock lock(mutex_);
      is_stopped_ = true;
      changed_.NotifyAll();
    }
    server_->Shutdown(std::chrono::system_clock::now());
  }
  std::vector<Endpoint> Endpoints() const {
    const std::string address = "127.0.0.1:" + std::to_string(port_);
    return {{address, grpc::CreateChannel(address, grpc::InsecureChannelCredentials()), nullptr}};
  }
  // The key has this value, or none if it is empty.
  void Set(const std::string& value, int64_t revision, uint64_t cluster = 1) {
    const MutexLock lock(mutex_);
    range_.Clear();
    range_.mutable_header()->set_cluster_id(cluster);
    range_.mutable_header()->set_revision(revision);
    if (value.empty()) return;
    v1::etcd::KeyValue* const kv = range_.add_kvs();
    kv->set_key(kKey);
    kv->set_value(value);
    kv->set_mod_revision(revision);
  }
  // The watch that is open, or the next one, has this response. One that is canceled ends.
  void Send(const WatchResponse& response) {
    const MutexLock lock(mutex_);
    responses_.push_back(response);
    changed_.NotifyAll();
  }
  // Where the last watch began.
  int64_t WaitForWatchFrom(int64_t revision) {
    const absl::Time end = SteadyNow() + kPatience;
    const MutexLock lock(mutex_);
    while (watched_from_ != revision && changed_.WaitUntil(mutex_, end)) {
    }
    return watched_from_;
  }

 private:
  grpc::Status Range(RangeResponse* response) {
    const MutexLock lock(mutex_);
    *response = range_;
    return grpc::Status::OK;
  }
  grpc::Status Watch(grpc::ServerContext* context, grpc::ServerReaderWriter<WatchResponse, WatchRequest>* stream) {
    WatchRequest request;
    if (!stream->Read(&request)) return grpc::Status::OK;
    EXPECT_EQ(context->client_metadata().count("hasleader"), 1);
    MutexLock lock(mutex_);
    watched_from_ = request.create_request().start_revision();
    changed_.NotifyAll();
    while (!is_stopped_) {
      if (responses_.empty()) {
        changed_.WaitUntil(mutex_, SteadyNow() + absl::Milliseconds(20));
        if (context->IsCancelled()) break;
        continue;
      }
      const WatchResponse response = responses_.front();
      responses_.pop_front();
      lock.Unlock();
      stream->Write(response);
      lock.Lock();
      if (response.canceled()) break;
    }
    return grpc::Status::OK;
  }

  int port_ = 0;
  Mutex mutex_;
  CondVar changed_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  RangeResponse range_ ABSL_GUARDED_BY(mutex_);
  std::deque<WatchResponse> responses_ ABSL_GUARDED_BY(mutex_);
  int64_t watched_from_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<grpc::Server> server_;
};

WatchResponse Changed(const std::string& value, int64_t revision) {
  WatchResponse response;
  response.mutable_header()->set_cluster_id(1);
  response.mutable_header()->set_revision(revision);
  v1::etcd::Event* const event = response.add_events();
  event->set_type(value.empty() ? v1::etcd::Event::DELETE : v1::etcd::Event::PUT);
  event->mutable_kv()->set_key(kKey);
  event->mutable_kv()->set_value(value);
  event->mutable_kv()->set_mod_revision(revision);
  return response;
}

class EtcdSourceTest : public ::testing::Test, private SourceListener {
 protected:
  EtcdSourceTest() { etcd_.Set(Version("1").SerializeAsString(), 5); }
  ~EtcdSourceTest() override {
    source_.StopPushing();
    etcd_.Stop();
  }
  // Until Read returns something of which this holds.
  absl::StatusOr<SourceContent> WaitUntil(const std::function<bool(const absl::StatusOr<SourceContent>&)>& holds) {
    const absl::Time end = SteadyNow() + kPatience;
    const MutexLock lock(mutex_);
    while (!holds(last_) && changed_.WaitUntil(mutex_, end)) {
    }
    return last_;
  }
  absl::StatusOr<SourceContent> WaitForText(const std::string& text) {
    return WaitUntil([&](const auto& content) { return content.ok() && content->texts.at(0) == text; });
  }
  absl::Status WaitForError(absl::StatusCode code) {
    return WaitUntil([&](const auto& content) { return content.status().code() == code; }).status();
  }
  void Start() {
    last_ = source_.Read();
    source_.StartPushing(this);
  }
  void OnMaybeChanged() override {
    absl::StatusOr<SourceContent> read = source_.Read();
    const MutexLock lock(mutex_);
    last_ = std::move(read);
    if (last_.ok() && !last_->notice.empty()) notices_ += last_->notice;
    changed_.NotifyAll();
  }
  std::string notices() {
    const MutexLock lock(mutex_);
    return notices_;
  }

  FakeEtcd etcd_;
  EtcdSource source_{EtcdSource::Settings{{"fake"}, kKey, "", "", [this] {
                                            return EtcdSource::Connected{etcd_.Endpoints(), nullptr};
                                          }}};

 private:
  Mutex mutex_;
  CondVar changed_;
  absl::StatusOr<SourceContent> last_ ABSL_GUARDED_BY(mutex_) = absl::UnknownError("");
  std::string notices_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(EtcdSourceTest, AWatchBeginsAfterWhatWasRead) {
  Start();
  EXPECT_EQ(etcd_.WaitForWatchFrom(6), 6);
  etcd_.Send(Changed(Version("2").SerializeAsString(), 7));
  const absl::StatusOr<SourceContent> content = WaitForText("2");
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->revision, "cluster 1 revision 7");
}

// The header of such a response has no revision, which must not be taken for that of the store.
TEST_F(EtcdSourceTest, AKeyWhoseHistoryIsNoLongerKeptIsReadAgain) {
  Start();
  etcd_.WaitForWatchFrom(6);
  etcd_.Set(Version("2").SerializeAsString(), 10);
  WatchResponse compacted;
  compacted.set_canceled(true);
  compacted.set_compact_revision(9);
  etcd_.Send(compacted);
  EXPECT_TRUE(WaitForText("2").ok());
  EXPECT_EQ(etcd_.WaitForWatchFrom(11), 11);
  EXPECT_EQ(notices(), "");
}

TEST_F(EtcdSourceTest, ADeletedKeyIsAnErrorUntilItIsThereAgain) {
  Start();
  etcd_.Send(Changed("", 7));
  EXPECT_THAT(WaitForError(absl::StatusCode::kNotFound).message(), HasSubstr("was deleted"));
  etcd_.Send(Changed("no protobuf", 8));
  EXPECT_THAT(WaitForError(absl::StatusCode::kInvalidArgument).message(), HasSubstr("is not one that"));
  etcd_.Send(Changed(Version("2").SerializeAsString(), 9));
  EXPECT_TRUE(WaitForText("2").ok());
}

// Otherwise nobody would see that changes no longer arrive.
TEST_F(EtcdSourceTest, AWatchThatIsDeniedIsAnErrorAtOnce) {
  Start();
  WatchResponse denied;
  denied.set_created(true);
  denied.set_canceled(true);
  denied.set_cancel_reason("etcdserver: permission denied");
  etcd_.Send(denied);
  EXPECT_THAT(WaitForError(absl::StatusCode::kPermissionDenied).message(), HasSubstr("permission denied"));
}

TEST_F(EtcdSourceTest, AnotherStoreAndAnEarlierRevisionAreReported) {
  Start();
  etcd_.WaitForWatchFrom(6);
  WatchResponse ended;
  ended.set_canceled(true);
  ended.set_cancel_reason("it ends");
  etcd_.Set(Version("0").SerializeAsString(), 3);
  etcd_.Send(ended);
  EXPECT_TRUE(WaitForText("0").ok());
  EXPECT_THAT(notices(), HasSubstr("gone back from revision 5 to 3"));
  etcd_.WaitForWatchFrom(4);
  etcd_.Set(Version("2").SerializeAsString(), 30, 2);
  etcd_.Send(ended);
  EXPECT_TRUE(WaitForText("2").ok());
  EXPECT_THAT(notices(), HasSubstr("is another cluster: 2, and it was 1"));
}

TEST_F(EtcdSourceTest, AProxyThatDoesNotNameTheClusterIsNoOtherCluster) {
  Start();
  etcd_.WaitForWatchFrom(6);
  WatchResponse created;
  created.set_created(true);
  created.mutable_header()->set_revision(6);
  etcd_.Send(created);
  etcd_.Send(Changed(Version("2").SerializeAsString(), 6));
  const absl::StatusOr<SourceContent> content = WaitForText("2");
  EXPECT_EQ(content->revision, "cluster 1 revision 6");
  EXPECT_EQ(notices(), "");
}

TEST_F(EtcdSourceTest, AValueOfManySmallFieldsOrOfOtherTypesIsNotParsed) {
  Start();
  v1::PublishedPinSet many = Version("2");
  for (int i = 0; i < 10'000; ++i) many.add_documents();
  for (const std::string& value : {many.SerializeAsString(), Version("2").SerializeAsString() + "\x78\x01"}) {
    etcd_.Send(Changed(value, 6));
    EXPECT_THAT(WaitForError(absl::StatusCode::kInvalidArgument).message(), HasSubstr("is not one that `pinion pub"));
    etcd_.Send(Changed(Version("3").SerializeAsString(), 7));
    EXPECT_TRUE(WaitForText("3").ok());
  }
}

TEST_F(EtcdSourceTest, ItStopsWhileAWatchIsOpen) {
  Start();
  etcd_.WaitForWatchFrom(6);
  source_.StopPushing();
}

TEST_F(EtcdSourceTest, WithoutAnAnswerAndWithoutACopyThereIsNoContent) {
  etcd_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(source_.Read().status()));
  EXPECT_TRUE(absl::IsNotFound(source_.ReadKept().status()));
}

}  // namespace
}  // namespace pinion::etcd
