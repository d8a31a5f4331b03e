// A folder of recorded handshakes.
#ifndef PINION_TESTS_RECORDING_FOLDER_FIXTURE_H_
#define PINION_TESTS_RECORDING_FOLDER_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/recording/recorded_handshakes.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"

namespace pinion {

class FolderTest : public ::testing::Test {
 protected:
  FolderTest() {
    if (mkdtemp(&folder_[0]) == nullptr) std::abort();
  }
  ~FolderTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::set<std::string> Files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.insert(entry.path().filename());
    return names;
  }
  // The peers of the recorded handshakes.
  std::multiset<std::string> Peers() const {
    std::multiset<std::string> peers;
    for (const v1::RecordedHandshake& one : testing::OrDie(ReadRecording(folder_)).handshakes) peers.insert(one.peer());
    return peers;
  }

  std::string folder_ = absl::StrCat(::testing::TempDir(), "/recording-XXXXXX");
  const testing::TestCa ca_{"CA"};
};

}  // namespace pinion

#endif  // PINION_TESTS_RECORDING_FOLDER_FIXTURE_H_
