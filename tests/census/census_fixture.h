// A census of one peer's processes, at a time that the test sets.
#ifndef PINION_TESTS_CENSUS_CENSUS_FIXTURE_H_
#define PINION_TESTS_CENSUS_CENSUS_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/census/census.h"
#include "pinion/census/report.h"

namespace pinion {

inline const PeerKey kOrders = {Side::kServer, "orders", true};
inline const std::string kFirst(32, 'a');
inline const std::string kSecond(32, 'b');

class CensusTest : public ::testing::Test {
 protected:
  static StreamKey Stream(const std::string& process, int64_t number = 0) { return {kOrders, process, number}; }
  void Answer(const std::string& process, v1::Reason reason, int64_t pin_set = 7, const std::string& about = kFirst,
              int64_t stream = 0) {
    v1::Statement statement;
    statement.set_process(process);
    statement.mutable_pin_set()->set_version(pin_set);
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(about);
    answer->set_reason(reason);
    census_.Heard(Stream(process, stream), statement, now_);
  }
  void Join(const std::string& process, int64_t stream = 0) {
    EXPECT_TRUE(census_.Joined(Stream(process, stream), now_));
  }
  void Leave(const std::string& process, int64_t stream = 0) { census_.Left(Stream(process, stream), now_); }
  // These connections are live; an exchange uses those that begin with "x".
  void Count(const std::vector<std::string>& addresses) {
    std::vector<CountedConnection> connections;
    for (const std::string& address : addresses) connections.push_back({kOrders, address, address[0] == 'x'});
    census_.Counted(connections, absl::BytesToHexString(kFirst), now_);
  }
  // The same for long enough to be silent.
  void CountLong(const std::vector<std::string>& addresses) {
    Count(addresses);
    Pass(Census::kGrace);
    Count(addresses);
  }
  // Time passes, and a process that has left is not about to come back.
  void Settle() {
    Pass(Census::kSettling);
    census_.Counted({}, absl::BytesToHexString(kFirst), now_);
  }
  void Pass(absl::Duration time) { now_ += time; }
  static StreamKey Unlisted(int i) {
    return {{Side::kServer, absl::StrCat("spiffe://elsewhere/", i), false}, absl::StrCat(i), 0};
  }

  // The number of processes in this state.
  int64_t Number(AdoptionState state, const std::string& about = kFirst) { return NumberIn(census_, state, about); }
  int64_t NumberIn(const Census& census, AdoptionState state, const std::string& about = kFirst) {
    int64_t count = 0;
    for (const PeerAdoption& one : census.About(absl::BytesToHexString(about), now_)) {
      EXPECT_EQ(one.peer, "orders");
      count += one.state == state ? one.count : 0;
    }
    return count;
  }
  int64_t Blocking() {
    int64_t count = 0;
    for (const PeerAdoption& one : census_.About(absl::BytesToHexString(kFirst), now_)) {
      count += Blocks(one) ? one.count : 0;
    }
    return count;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Census census_{absl::Hours(24)};
};

}  // namespace pinion

#endif  // PINION_TESTS_CENSUS_CENSUS_FIXTURE_H_
