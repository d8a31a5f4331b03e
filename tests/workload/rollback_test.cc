// An older pin set does not come back: not by a reload, and not by a restart.
#include <filesystem>
#include <fstream>
#include <map>

#include "absl/strings/match.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/testing/matchers.h"
#include "tests/workload/trust_state_fixture.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;
using testing::StatusIs;

class RollbackTest : public TrustStateTest {
 protected:
  RollbackTest() {
    // Its own: a thread that still waits for the lock may write after its test has ended.
    state_dir_ = ::testing::TempDir() + "/" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(state_dir_);
    std::filesystem::create_directory(state_dir_);
    PutBack(1);
  }

  std::string Record() const { return ReadFile(state_dir_ + "/pin_set_floor.json").value_or("(none)"); }
  void PublishRevocation(int version) { Publish(version, "REVOKED"); }
  void PutBack(int version) { Publish(version, "BACKUP"); }
  void Publish(int version, const std::string& state) {
    // Pins makes another spare key each time.
    std::string& text = texts_[{version, state}];
    if (text.empty()) text = Pins(version, "ACTIVE", state);
    pin_set_->contents = {{text}};
  }
  // The folder's permissions would not stop root.
  void LoseFolder() const { std::filesystem::rename(state_dir_, state_dir_ + ".lost"); }
  void RestoreFolder() const { std::filesystem::rename(state_dir_ + ".lost", state_dir_); }

  std::map<std::pair<int, std::string>, std::string> texts_;
};

// A revoked key came back with an old pin file and a restart.
TEST_F(RollbackTest, AProcessDoesNotStartWithAnOlderPinSet) {
  PublishRevocation(2);
  ASSERT_THAT(Create().status(), IsOk());
  PutBack(1);
  EXPECT_THAT(Create().status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("pins.json: version 1 is older")));
  PutBack(2);
  EXPECT_THAT(Create().status(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("other contents")));
  PublishRevocation(2);
  EXPECT_THAT(Create().status(), IsOk());
  PutBack(3);
  EXPECT_THAT(Create().status(), IsOk());
}

// A volume that is empty after each restart would protect nothing.
TEST_F(RollbackTest, AStartWithoutARecordIsReported) {
  ASSERT_THAT(Create().status(), IsOk());
  ASSERT_EQ(sink_->reloads.back().source, "state_dir");
  EXPECT_THAT(sink_->reloads.back().warning, HasSubstr("no record"));
  sink_->reloads.clear();
  ASSERT_THAT(Create().status(), IsOk());
  for (const ReloadEvent& event : sink_->reloads) EXPECT_NE(event.source, "state_dir");
}

TEST_F(RollbackTest, WithoutAFolderARestartForgets) {
  state_dir_ = "";
  PublishRevocation(2);
  ASSERT_THAT(Create().status(), IsOk());
  PutBack(1);
  EXPECT_THAT(Create().status(), IsOk());
}

TEST_F(RollbackTest, ThePinSetIsRecordedBeforeItIsInEffect) {
  const auto trust_state = Started();
  PublishRevocation(2);
  std::string record;
  int64_t in_effect = 0;
  // The policy is read after the pin set, and before anything is in effect.
  policy_->on_read = [&] {
    record = Record();
    in_effect = trust_state->snapshot()->pin_set->version();
  };
  trust_state->Reload();
  EXPECT_EQ(in_effect, 1);
  EXPECT_THAT(record, HasSubstr("\"version\": 2,"));
  EXPECT_EQ(trust_state->snapshot()->pin_set->version(), 2);
}

// A deployment that is taken back must not leave a floor that its predecessor cannot start above.
TEST_F(RollbackTest, AProcessThatDoesNotStartLeavesTheFloorAsItIs) {
  ASSERT_THAT(Create().status(), IsOk());
  PublishRevocation(2);
  policy_->contents = {{"{"}};
  EXPECT_FALSE(Create().ok());
  policy_->contents = {{Policy("first")}};
  identity_->contents = Texts(unlisted_);
  EXPECT_FALSE(Create().ok());
  identity_->contents = Texts(first_);
  EXPECT_THAT(Record(), HasSubstr("\"version\": 1,"));
  PutBack(1);
  EXPECT_THAT(Create().status(), IsOk());
}

// A newer pin set is better than the one in effect, even if it is older than what another process has recorded.
TEST_F(RollbackTest, ARunningProcessAdoptsANewerPinSetThatWouldBeTooOldAtStart) {
  const auto trust_state = Started();
  PutBack(4);
  ASSERT_THAT(Create().status(), IsOk());
  PublishRevocation(3);
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 3);
  EXPECT_THAT(trust_state->Status().pin_set.error, IsOk());
  EXPECT_THAT(trust_state->Status().state_error, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("older")));
  EXPECT_THAT(Record(), HasSubstr("\"version\": 4,"));
  EXPECT_FALSE(Create().ok());
  PutBack(4);
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().state_error, IsOk());
}

TEST_F(RollbackTest, AProcessDoesNotStartWithoutItsFolder) {
  LoseFolder();
  EXPECT_THAT(Create().status(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("state_dir")));
  RestoreFolder();
  EXPECT_THAT(Create().status(), IsOk());
}

TEST_F(RollbackTest, AProcessDoesNotStartWithADamagedRecord) {
  ASSERT_THAT(Create().status(), IsOk());
  std::ofstream(state_dir_ + "/pin_set_floor.json", std::ios::trunc) << "{";
  EXPECT_THAT(Create().status(), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("pin_set_floor.json")));
}

TEST_F(RollbackTest, ARecordThatIsLostIsWrittenAgain) {
  const auto trust_state = Started();
  std::filesystem::remove(state_dir_ + "/pin_set_floor.json");
  trust_state->Reload();
  EXPECT_THAT(Record(), HasSubstr("\"version\": 1,"));
}

// The disk was full when the process had to start again.
TEST_F(RollbackTest, AProcessStartsWithANewerPinSetThatItCannotRecordAndReportsIt) {
  ASSERT_THAT(Create().status(), IsOk());
  PublishRevocation(2);
  const auto held = testing::OrDie(FileLock::Take(state_dir_ + "/lock"));
  const auto trust_state = testing::OrDie(Create());
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().state_error, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("not answered")));
  EXPECT_EQ(sink_->reloads.back().source, "state_dir");
}

// A revocation does not wait for a full disk.
TEST_F(RollbackTest, ARunningProcessAdoptsWhatItCannotRecordAndReportsIt) {
  const auto trust_state = Started();
  LoseFolder();
  PublishRevocation(2);
  trust_state->Reload();
  trust_state->Reload();
  EXPECT_EQ(trust_state->Status().pin_set_version, 2);
  EXPECT_THAT(trust_state->Status().state_error, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("state_dir")));
  ASSERT_THAT(sink_->reloads, SizeIs(2));
  EXPECT_EQ(sink_->reloads[0].source, "state_dir");
  EXPECT_FALSE(sink_->reloads[0].error.empty());
  EXPECT_EQ(sink_->reloads[1].source, "pin_set");
  sink_->reloads.clear();
  RestoreFolder();
  trust_state->Reload();
  EXPECT_THAT(trust_state->Status().state_error, IsOk());
  EXPECT_THAT(Record(), HasSubstr("\"version\": 2,"));
  ASSERT_THAT(sink_->reloads, SizeIs(1));
  EXPECT_EQ(sink_->reloads[0].source, "state_dir");
  EXPECT_THAT(sink_->reloads[0].error, IsEmpty());
}

}  // namespace
}  // namespace pinion
