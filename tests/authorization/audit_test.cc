// The audit's outputs: a sink or logger that is slow or hangs delays no call.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "pinion/authorization/audit/audit_logger.h"
#include "pinion/authorization/audit/audit_queue.h"
#include "pinion/authorization/authorizer.h"
#include "pinion/base/thread_without_signals.h"
#include "tests/authorization/audited_calls.h"

namespace pinion {
namespace {

using ::pinion::testing::AuditSink;
using ::pinion::testing::CallFrom;
using ::pinion::testing::CallTo;
using ::pinion::testing::LinesOf;
using ::pinion::testing::PathFor;
using ::pinion::testing::WaitUntil;
using ::pinion::testing::YesAndNo;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Audit options that write denied calls to the file `path`.
std::string IntoFile(const std::string& path) {
  return absl::StrCat(
      R"({"audit_condition": "ON_DENY", "audit_loggers": [{"name": "file_logger", "config": {"path": ")", path,
      R"("}}]})");
}

AuditItem ItemFor(const std::string& method) {
  AuditItem item;
  item.event.rpc_method = method;
  item.event.decision.authorized = true;
  return item;
}

TEST(AuditQueueTest, DropsAndCountsWhatComesWhileItIsFull) {
  const auto sink = std::make_shared<AuditSink>();
  sink->Hold();
  AuditQueue queue(sink);
  queue.Push(ItemFor("/s/First"));
  ASSERT_TRUE(sink->WaitUntilACallHangs());
  constexpr int kMore = 7;
  for (size_t i = 0; i < AuditQueue::kMaxWaiting + kMore; ++i) queue.Push(ItemFor("/s/More"));
  EXPECT_EQ(queue.dropped(), kMore);
  sink->Release();
  const size_t kept = AuditQueue::kMaxWaiting + 1;
  ASSERT_TRUE(WaitUntil([&] { return sink->events().size() == kept; }));
  EXPECT_EQ(sink->events()[0].dropped, 0);
  EXPECT_EQ(sink->events()[1].dropped, kMore);
  EXPECT_EQ(sink->events()[2].dropped, 0);
  EXPECT_EQ(queue.dropped(), kMore);
}

TEST(AuditQueueTest, WritesWhatWaitsBeforeItEnds) {
  const auto sink = std::make_shared<AuditSink>();
  {
    AuditQueue queue(sink);
    for (int i = 0; i < 1000; ++i) queue.Push(ItemFor(absl::StrCat("/s/", i)));
  }
  const std::vector<AuditEvent> events = sink->events();
  ASSERT_THAT(events, SizeIs(1000));
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(events[i].rpc_method, absl::StrCat("/s/", i));
}

TEST(AuditQueueTest, EndsInTimeThoughAWriteHangsAndThenWritesNoMore) {
  const auto sink = std::make_shared<AuditSink>();
  sink->Hold();
  const absl::Time begin = absl::Now();
  {
    AuditQueue queue(sink, /*flush_within=*/absl::Milliseconds(50));
    queue.Push(ItemFor("/s/Hangs"));
    queue.Push(ItemFor("/s/Abandoned"));
    ASSERT_TRUE(sink->WaitUntilACallHangs());
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
  sink->Release();
  // The thread releases the sink when it ends.
  ASSERT_TRUE(WaitUntil([&] { return sink.use_count() == 1; }));
  ASSERT_THAT(sink->events(), SizeIs(1));
  EXPECT_EQ(sink->events()[0].rpc_method, "/s/Hangs");
}

TEST(AuditTest, ASinkThatHangsDelaysNoCall) {
  const auto sink = std::make_shared<AuditSink>();
  sink->Hold();
  Authorizer authorizer(YesAndNo("p", R"({"audit_condition": "ON_DENY_AND_ALLOW"})"), nullptr, sink);
  for (int i = 0; i < 10000; ++i) {
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
    EXPECT_TRUE(authorizer.Allow(CallTo("/s/Yes")));
  }
  EXPECT_GE(authorizer.dropped(), 10000 - static_cast<int64_t>(AuditQueue::kMaxWaiting) - 2);
  sink->Release();
}

TEST(AuditTest, OneCallersFloodHidesNoDenialOfAnothers) {
  const auto sink = std::make_shared<AuditSink>();
  sink->Hold();
  {
    Authorizer authorizer(YesAndNo("p", R"({"audit_condition": "ON_DENY_AND_ALLOW"})"), nullptr, sink);
    const auto flood = [&authorizer] {
      for (size_t i = 0; i < 3 * AuditQueue::kMaxWaiting; ++i) {
        authorizer.Allow(CallFrom("spiffe://prod/hostile", "/s/Yes"));
        authorizer.Allow(CallFrom("spiffe://prod/hostile", "/s/No"));
      }
    };
    flood();
    EXPECT_FALSE(authorizer.Allow(CallFrom("spiffe://prod/intruder", "/s/No")));
    flood();
    sink->Release();
    // The intruder's event follows the event that hung and one event of the flood, not the whole flood.
    ASSERT_TRUE(WaitUntil([&] { return sink->events().size() >= 4; }));
  }
  const std::vector<AuditEvent> events = sink->events();
  size_t place = 0;
  while (place < events.size() && events[place].principal != "spiffe://prod/intruder") ++place;
  EXPECT_LE(place, 3U);
}

TEST(AuditTest, ManyDeniedCallsWithHostilePathsBecomeFewShortLines) {
  const std::string path = PathFor("hostile.log");
  const std::string method = absl::StrCat("/", std::string(4000, '\xff'), "/m");
  {
    Authorizer authorizer(YesAndNo("p", IntoFile(path)));
    for (int i = 0; i < 10000; ++i) EXPECT_FALSE(authorizer.Allow(CallTo(absl::StrCat(method, i))));
  }
  struct stat about = {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  // The audit writes one line per second and the rest at the end; 10,000 calls take far less than 10 seconds.
  EXPECT_LT(about.st_size, 12 * 600);
  EXPECT_THAT(LinesOf(path).back(), HasSubstr("\"count\":"));
}

TEST(AuditTest, WritesTheExactLine) {
  const std::string path = PathFor("exact.log");
  {
    Authorizer authorizer(YesAndNo("p", IntoFile(path)), nullptr, nullptr,
                          [] { return absl::FromUnixMicros(1780272000000007); });
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/\"\n\xff")));
  }
  const std::string rest = R"(,"authorized":false,"subject":"CN=a"}})";
  EXPECT_THAT(
      LinesOf(path),
      ElementsAre(absl::StrCat(R"({"grpc_audit_log":{"timestamp":"2026-06-01T00:00:00.000007Z","rpc_method":"/s/No",)",
                               R"("principal":"spiffe://prod/a","policy_name":"p","matched_rule":"no")", rest),
                  absl::StrCat(R"({"grpc_audit_log":{"timestamp":"2026-06-01T00:00:00.000007Z",)",
                               R"("rpc_method":"/s/\"\u000a\u00ff","principal":"spiffe://prod/a","policy_name":"p",)",
                               R"("matched_rule":"")", rest)));
}

TEST(AuditTest, TheStandardOutputIsALogger) {
  const std::string path = PathFor("stdout.log");
  std::fflush(stdout);
  const int before = dup(STDOUT_FILENO);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  dup2(file, STDOUT_FILENO);
  {
    Authorizer authorizer(
        YesAndNo("p", R"({"audit_condition": "ON_ALLOW", "audit_loggers": [{"name": "stdout_logger"}]})"));
    EXPECT_TRUE(authorizer.Allow(CallTo("/s/Yes")));
  }
  dup2(before, STDOUT_FILENO);
  close(before);
  close(file);
  EXPECT_THAT(LinesOf(path), ElementsAre(HasSubstr("\"matched_rule\":\"yes\",\"authorized\":true")));
}

TEST(AuditTest, AfterARotationANewFileIsWritten) {
  const std::string path = PathFor("rotated.log");
  Authorizer authorizer(YesAndNo("p", IntoFile(path)));
  int callers = 0;
  const auto call_and_wait = [&](const std::string& file, size_t lines) {
    authorizer.Allow(CallFrom(absl::StrCat("spiffe://prod/", ++callers), "/s/No"));
    return WaitUntil([&] { return LinesOf(file).size() == lines; });
  };
  ASSERT_TRUE(call_and_wait(path, 1));
  ASSERT_TRUE(call_and_wait(path, 2));
  ASSERT_EQ(std::rename(path.c_str(), (path + ".1").c_str()), 0);
  ASSERT_TRUE(call_and_wait(path, 1));
  EXPECT_THAT(LinesOf(path + ".1"), SizeIs(2));
  ASSERT_EQ(std::remove(path.c_str()), 0);
  ASSERT_TRUE(call_and_wait(path, 1));
}

TEST(AuditTest, AWriteErrorAndItsRecoveryAreReportedOnceEach) {
  const std::string folder = PathFor("later");
  const std::string path = folder + "/audit.log";
  const auto sink = std::make_shared<AuditSink>();
  Authorizer authorizer(YesAndNo("p", IntoFile(path)), nullptr, sink);
  const auto call_and_wait = [&](size_t events) {
    EXPECT_FALSE(authorizer.Allow(CallFrom(absl::StrCat("spiffe://prod/", events), "/s/No")));
    EXPECT_TRUE(authorizer.Allow(CallTo("/s/Yes")));
    return WaitUntil([&] { return sink->events().size() == events; });
  };
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(call_and_wait(i));
  // The sink receives the fourth event after the logger has tried to write the third.
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  ASSERT_TRUE(call_and_wait(4));
  ASSERT_TRUE(call_and_wait(5));
  const std::vector<AuditLoggerEvent> reported = sink->logger_events();
  ASSERT_THAT(reported, SizeIs(2));
  EXPECT_EQ(reported[0].logger, absl::StrCat("file_logger ", path));
  EXPECT_EQ(reported[0].error, "cannot open: No such file or directory");
  EXPECT_EQ(reported[0].lines_lost, 1);
  EXPECT_EQ(reported[1].logger, reported[0].logger);
  EXPECT_EQ(reported[1].error, "");
  ASSERT_TRUE(WaitUntil([&] { return LinesOf(path).size() >= 2; }));
  EXPECT_THAT(LinesOf(path)[0], HasSubstr(absl::StrCat("\"dropped\":", reported[1].lines_lost, "}")));
  EXPECT_THAT(LinesOf(path)[1], Not(HasSubstr("dropped")));
}

TEST(AuditTest, AFullDiskIsReportedWithItsReason) {
  const auto sink = std::make_shared<AuditSink>();
  {
    Authorizer authorizer(YesAndNo("p", IntoFile("/dev/full")), nullptr, sink);
    for (int i = 0; i < 100; ++i) EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
  }
  ASSERT_THAT(sink->logger_events(), SizeIs(1));
  EXPECT_EQ(sink->logger_events()[0].error, "cannot write: No space left on device");
}

TEST(AuditTest, AnotherPolicyWithTheSameLoggersKeepsThem) {
  const auto sink = std::make_shared<AuditSink>();
  {
    Authorizer authorizer(YesAndNo("p", IntoFile("/dev/full")), nullptr, sink);
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
    authorizer.Use(YesAndNo("q", IntoFile("/dev/full")), nullptr);
    EXPECT_FALSE(authorizer.Allow(CallTo("/s/No")));
  }
  EXPECT_THAT(sink->events(), SizeIs(2));
  EXPECT_THAT(sink->logger_events(), SizeIs(1));
}

// The result of a write on a thread without signals, as the audit writes.
absl::Status WriteLike(AuditLogger* logger, absl::string_view line) {
  absl::Status status;
  StartThreadWithoutSignals([&] { status = logger->Write(line); }).join();
  return status;
}

TEST(AuditLoggerTest, APipeWithoutAReaderNeitherEndsTheProcessNorBlocksIt) {
  const std::string path = PathFor("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto logger = MakeFileLogger(path);
  EXPECT_EQ(WriteLike(logger.get(), "a\n").message(), "cannot open: No such device or address");
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  EXPECT_TRUE(WriteLike(logger.get(), "b\n").ok());
  EXPECT_EQ(WriteLike(logger.get(), std::string(1 << 20, 'c') + "\n").message(),
            "cannot write: Resource temporarily unavailable");
  close(reader);
  EXPECT_EQ(WriteLike(logger.get(), "d\n").message(), "cannot write: Broken pipe");
}

TEST(AuditLoggerTest, ATruncatedLineDoesNotSpoilTheNext) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  const auto logger = MakeDescriptorLogger(ends[1]);
  EXPECT_FALSE(WriteLike(logger.get(), std::string(1 << 20, 'c') + "\n").ok());
  std::string got(1 << 20, '\0');
  got.resize(read(ends[0], got.data(), got.size()));
  EXPECT_THAT(got, Not(IsEmpty()));
  EXPECT_TRUE(WriteLike(logger.get(), "next\n").ok());
  EXPECT_TRUE(WriteLike(logger.get(), "last\n").ok());
  got.resize(1 << 20);
  got.resize(read(ends[0], got.data(), got.size()));
  EXPECT_EQ(got, "\nnext\nlast\n");
  close(ends[0]);
  close(ends[1]);
}

TEST(AuditLoggerTest, AppendsAndIsNotReadableByOthers) {
  const std::string path = PathFor("appended.log");
  EXPECT_TRUE(WriteLike(MakeFileLogger(path).get(), "one\n").ok());
  EXPECT_TRUE(WriteLike(MakeFileLogger(path).get(), "two\n").ok());
  EXPECT_THAT(LinesOf(path), ElementsAre("one", "two"));
  struct stat about = {};
  ASSERT_EQ(stat(path.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07, 0U);
}

}  // namespace
}  // namespace pinion
