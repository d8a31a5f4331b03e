#include "pinion/connection/last_refusals.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

Refusal Because(v1::Reason reason) { return {absl::UnixEpoch(), reason, v1::Reason_Name(reason)}; }

TEST(LastRefusalsTest, FindsAHostInWhateverSpelling) {
  LastRefusals refusals;
  refusals.Set("a.test", Because(v1::PIN_MISMATCH));
  refusals.Set("127.0.0.1", Because(v1::PIN_REVOKED));
  refusals.Set("::1", Because(v1::PIN_EXPIRED));
  for (const char* target : {"a.test", "A.Test", "a.test.", "a.test:8443", "dns:a.test:8443", "dns:///a.test:8443",
                             "dns:///a.test", "dns://8.8.8.8/a.test:8443"}) {
    ASSERT_TRUE(refusals.For(target).has_value()) << target;
    EXPECT_EQ(refusals.For(target)->reason, v1::PIN_MISMATCH);
    EXPECT_EQ(refusals.For(target)->text, "PIN_MISMATCH");
    EXPECT_EQ(refusals.For(target)->time, absl::UnixEpoch());
  }
  for (const char* target : {"127.0.0.1", "127.0.0.1:8443", "ipv4:127.0.0.1:8443", "dns:///127.0.0.1:8443"}) {
    ASSERT_TRUE(refusals.For(target).has_value()) << target;
    EXPECT_EQ(refusals.For(target)->reason, v1::PIN_REVOKED);
  }
  for (const char* target : {"::1", "[::1]", "[::1]:8443", "ipv6:[::1]:8443", "dns:///[0:0::1]:8443"}) {
    ASSERT_TRUE(refusals.For(target).has_value()) << target;
    EXPECT_EQ(refusals.For(target)->reason, v1::PIN_EXPIRED);
  }
  for (const char* target : {"", "b.test", "b.a.test", "test", "a.test.evil"}) {
    EXPECT_EQ(refusals.For(target), std::nullopt) << target;
  }
}

TEST(LastRefusalsTest, KeepsTheNewestUntilItIsCleared) {
  LastRefusals refusals;
  refusals.Set("a.test", Because(v1::PIN_MISMATCH));
  refusals.Set("A.TEST", Because(v1::PIN_REVOKED));
  EXPECT_EQ(refusals.For("a.test")->reason, v1::PIN_REVOKED);
  refusals.Clear("b.test");
  EXPECT_NE(refusals.For("a.test"), std::nullopt);
  refusals.Clear("A.test.");
  EXPECT_EQ(refusals.For("a.test"), std::nullopt);
}

TEST(LastRefusalsTest, KeepsWhatIsNoHostByItsText) {
  LastRefusals refusals;
  refusals.Set("unix:/run/x.sock", Because(v1::HOST_NOT_PINNED));
  EXPECT_EQ(refusals.For("unix:/run/x.sock")->reason, v1::HOST_NOT_PINNED);
}

TEST(LastRefusalsTest, RemembersSoManyHostsAndNoMore) {
  LastRefusals refusals;
  for (int i = 0; i < 3000; ++i) {
    const std::string host = absl::StrCat("host", i, ".test");
    refusals.Set(host, Because(v1::PIN_MISMATCH));
    ASSERT_TRUE(refusals.For(host).has_value()) << "the newest is always there";
  }
  int remembered = 0;
  for (int i = 0; i < 3000; ++i) remembered += refusals.For(absl::StrCat("host", i, ".test")).has_value() ? 1 : 0;
  EXPECT_EQ(remembered, 1024);
}

TEST(LastRefusalsTest, MayBeUsedFromManyThreads) {
  LastRefusals refusals;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&refusals, i] {
      const std::string host = absl::StrCat("host", i, ".test");
      for (int round = 0; round < 500; ++round) {
        refusals.Set(host, Because(v1::PIN_MISMATCH));
        EXPECT_TRUE(refusals.For(host).has_value());
        refusals.Clear(host);
        EXPECT_FALSE(refusals.For(host).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace pinion
