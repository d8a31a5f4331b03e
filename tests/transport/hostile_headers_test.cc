// A legitimate client that becomes hostile, over real mutual TLS: whatever headers it sends, the server keeps running,
// and a handler runs only if the decider has allowed exactly its path.
#include "tests/transport/hostile_headers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "tests/transport/any_handler.h"
#include "tests/transport/authorized_server.h"
#include "tests/transport/raw_http2_call.h"

namespace pinion::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;

constexpr char kAllowed[] = "/pinion.v1.Echo/Allowed";
constexpr char kDenied[] = "/pinion.v1.Echo/Denied";
constexpr char kRejected[] = "Unauthorized RPC request rejected.";

class HostileHeaders : public ::testing::TestWithParam<HostileCase> {
 protected:
  // Reads all kinds of headers, and decides by the path.
  bool Decide(const CallToAuthorize& call) {
    for (const std::string& key : ReservedKeys()) call.header(key);
    for (const char* key : {"", "x", "x-bin", "same", "Upper-Case"}) call.header(key);
    const std::lock_guard<std::mutex> lock(mutex_);
    asked_.emplace_back(call.path);
    return call.path == kAllowed;
  }
  std::vector<std::string> asked() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  RawAnswer CallWith(RawHeaders headers, const std::string& path) {
    for (auto& header : headers) {
      if (header.second == kThePath) header.second = path;
    }
    return CallRaw(client_, server_.port(), headers);
  }
  void SetUp() override { handler_.Start(); }
  void TearDown() override { Shutdown(); }
  // For use after the last call; no handler runs afterwards.
  void Shutdown() {
    server_.Shutdown();
    handler_.Join();
  }

  const Lab lab_;
  mutable std::mutex mutex_;
  std::vector<std::string> asked_;  // guarded by mutex_
  AnyHandler handler_;
  RawTlsClient client_{TlsVersion::k13, &lab_.client()};
  AuthorizedServer server_{lab_, [this](const CallToAuthorize& call) { return Decide(call); },
                           [this](grpc::ServerBuilder& builder) { handler_.Register(builder); }};
  const std::shared_ptr<grpc::Channel> legitimate_ = server_.ChannelAs(lab_.client());
};

TEST_F(HostileHeaders, SoundOnesAreDecidedByThePath) {
  EXPECT_EQ(CallWith(SoundHeaders(), kAllowed).end, CallEnd::kHeaders);
  const RawAnswer denied = CallWith(SoundHeaders(), kDenied);
  EXPECT_EQ(denied.end, CallEnd::kHeaders);
  EXPECT_THAT(denied.bytes, HasSubstr(kRejected));
  Shutdown();
  EXPECT_THAT(asked(), ElementsAre(kAllowed, kDenied));
  EXPECT_THAT(handler_.reached(), ElementsAre(kAllowed));
}

TEST_P(HostileHeaders, NeitherPassNorHarm) {
  for (const char* path : {kDenied, kAllowed}) {
    EXPECT_NE(CallWith(GetParam().headers, path).end, CallEnd::kSilent);
    EXPECT_THAT(CallPath(legitimate_, kAllowed), IsOk());
  }
  Shutdown();
  // Each call was decided once at most, and a handler ran for the allowed ones alone: under the path that the decider
  // saw, or not at all where gRPC ended the call for its headers.
  const std::vector<std::string> asked = this->asked();
  const auto allowed = std::count(asked.begin(), asked.end(), kAllowed);
  EXPECT_LE(asked.size(), 4U);
  EXPECT_GE(allowed, 2);
  EXPECT_THAT(handler_.reached(), AllOf(Each(kAllowed), SizeIs(AllOf(Ge(2U), Le(static_cast<size_t>(allowed))))));
}

INSTANTIATE_TEST_SUITE_P(Each, HostileHeaders, ::testing::ValuesIn(HostileCases()),
                         [](const ::testing::TestParamInfo<HostileCase>& info) { return info.param.name; });

}  // namespace
}  // namespace pinion::testing
