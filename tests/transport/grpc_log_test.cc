#include "pinion/grpc_log.h"

#include <gmock/gmock.h>
#include <grpc/support/log.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"

namespace pinion {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Reads the log, and can stop reading. Lives as long as the process, as the log does.
class Reader {
 public:
  void Take(const std::string& line) {
    std::unique_lock<std::mutex> lock(mutex_);
    reads_.wait(lock, [this] { return is_reading_; });
    lines_.push_back(line);
    reads_.notify_all();
  }
  void SetReading(bool reading) {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_reading_ = reading;
    reads_.notify_all();
  }
  // All lines, once one has this text.
  std::vector<std::string> Until(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    reads_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::any_of(lines_.begin(), lines_.end(),
                         [&text](const std::string& line) { return line.find(text) != std::string::npos; });
    });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable reads_;
  bool is_reading_ = true;
  std::vector<std::string> lines_;
};

Reader& NewReader() {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // which gRPC's initialisation sets otherwise
  auto* const reader = new Reader();
  SetGrpcLog([reader](const std::string& line) { reader->Take(line); });
  return *reader;
}

TEST(GrpcLog, APeersBytesMakeNoLineOfTheirOwn) {
  Reader& reader = NewReader();
  gpr_log("/build/src/core/lib/hpack.cc", 12, GPR_LOG_SEVERITY_ERROR, "bad value %s",
          "x\n2026-11-27T00:00:00Z closed the connection from a client\x1b[31m\xff");
  EXPECT_THAT(reader.Until("bad value"),
              Contains("gRPC E hpack.cc:12: bad value x\\n2026-11-27T00:00:00Z closed the connection from a "
                       "client\\x1b[31m\\xff"));
}

TEST(GrpcLog, ALongMessageIsShortened) {
  Reader& reader = NewReader();
  gpr_log("a.cc", 1, GPR_LOG_SEVERITY_ERROR, "long %s", std::string(100'000, '\x01').c_str());
  EXPECT_THAT(reader.Until("long"), Contains(AllOf(SizeIs(4096), StartsWith("gRPC E a.cc:1: long"), EndsWith("..."))));
}

TEST(GrpcLog, ALogThatIsNotReadBlocksNoCallerAndItsLossIsCounted) {
  Reader& reader = NewReader();
  reader.SetReading(false);
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 10'000; ++i) gpr_log("a.cc", 1, GPR_LOG_SEVERITY_ERROR, "unread");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(8)) << "about a second for all of them together";
  reader.SetReading(true);
  const std::string dropped = "lines dropped because this log was not read: ";
  EXPECT_THAT(reader.Until(dropped), Contains(HasSubstr(dropped)));
}

}  // namespace
}  // namespace pinion
