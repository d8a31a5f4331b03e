#include "pinion/grpc_log.h"

#include <gmock/gmock.h>
#include <grpcpp/version_info.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#if GRPC_CPP_VERSION_MINOR < 65
#include <grpc/support/log.h>
#else
#include "absl/log/log.h"
#endif

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

// Logs an error as this version of gRPC does.
void LogAsGrpc(const char* file, int line, const std::string& message) {
#if GRPC_CPP_VERSION_MINOR < 65
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);  // which gRPC's initialisation sets otherwise
  gpr_log(file, line, GPR_LOG_SEVERITY_ERROR, "%s", message.c_str());
#else
  LOG(ERROR).AtLocation(file, line) << message;
#endif
}

Reader& NewReader() {
  auto* const reader = new Reader();
  SetGrpcLog([reader](const std::string& line) { reader->Take(line); });
  return *reader;
}

TEST(GrpcLog, APeersBytesMakeNoLineOfTheirOwn) {
  Reader& reader = NewReader();
  LogAsGrpc("/build/src/core/lib/hpack.cc", 12,
            "bad value x\n2026-11-27T00:00:00Z closed the connection from a client\x1b[31m\xff");
  EXPECT_THAT(reader.Until("bad value"),
              Contains("gRPC E hpack.cc:12: bad value x\\n2026-11-27T00:00:00Z closed the connection from a "
                       "client\\x1b[31m\\xff"));
}

TEST(GrpcLog, ALongMessageIsShortened) {
  Reader& reader = NewReader();
  LogAsGrpc("a.cc", 1, "long " + std::string(100'000, '\x01'));
  EXPECT_THAT(reader.Until("long"), Contains(AllOf(SizeIs(4096), StartsWith("gRPC E a.cc:1: long"), EndsWith("..."))));
}

TEST(GrpcLog, ALogThatIsNotReadBlocksNoCallerAndItsLossIsCounted) {
  Reader& reader = NewReader();
  reader.SetReading(false);
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 10'000; ++i) LogAsGrpc("a.cc", 1, "unread");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(8)) << "about a second for all of them together";
  reader.SetReading(true);
  const std::string dropped = "lines dropped because this log was not read: ";
  EXPECT_THAT(reader.Until(dropped), Contains(HasSubstr(dropped)));
}

}  // namespace
}  // namespace pinion
