// A gate, and what it sees, at a time that the test sets.
#ifndef PINION_TESTS_ADOPTION_GATE_FIXTURE_H_
#define PINION_TESTS_ADOPTION_GATE_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/adoption/adoption_watch.h"
#include "pinion/adoption/gate.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/pki/issue.h"

namespace pinion {
inline constexpr absl::Duration kDrainWindow = absl::Seconds(30);
inline const PeerKey kOrders = {Side::kServer, "orders", true};
inline const std::string kFirst(32, 'a');
inline const std::string kSecond(32, 'b');

inline std::shared_ptr<const Identity> IdentityOf(const testing::IssuedCertificate& certificate) {
  return testing::OrDie(Identity::FromPem({certificate.CertificatePem(), certificate.PrivateKeyPem()}));
}

// A process with two keys, of which it presents the first.
class GateTest : public ::testing::Test {
 protected:
  GateTest() {
    options_.drain_window = kDrainWindow;
    options_.adoption.census_file = "census.json";
    snapshot_.identity = IdentityOf(old_);
    snapshot_.next_identity = IdentityOf(next_);
    snapshot_.pin_set = Pins("ACTIVE");
    snapshot_.client_verifier = std::make_shared<const PeerVerifier>(
        *testing::OrDie(PeerRootsFromPem(kClientRoots, ca_.RootPem(), "ca.pem")), snapshot_.pin_set, v1::ACCEPT);
  }

  std::shared_ptr<const PinSet> Pins(absl::string_view state_of_old) {
    const std::string text =
        absl::StrCat(R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")",
                     old_.SpkiPin(), R"(", "state": ")", state_of_old, R"("}, {"spki": ")", next_.SpkiPin(),
                     R"(", "state": ")", state_of_old == "ACTIVE" ? "BACKUP" : "ACTIVE", R"("}, {"spki": ")",
                     ca_.Issue({"pay.test"}).SpkiPin(), R"(", "state": "BACKUP"}]}]})");
    return testing::OrDie(PinSet::FromJson(text, "pins.json", {}));
  }

  // A certificate that is valid from and to these times after now.
  testing::IssuedCertificate Valid(absl::Duration from, absl::Duration to) const {
    return ca_.Issue({"pay.test"}, [&](x509::CertificateRecipe& recipe) {
      recipe.not_before = now_ + from;
      recipe.not_after = now_ + to;
    });
  }

  Gate::Seen Seen() {
    position_ = PositionOf(std::make_shared<const Snapshot>(snapshot_), "p");
    return {position_.get(), &census_, now_, steady_};
  }
  void Join(const std::string& process, int64_t stream) {
    ASSERT_TRUE(census_.Joined({kOrders, process, stream}, now_));
  }
  void Answer(const std::string& process, v1::Reason reason, int64_t stream) {
    Seen();
    v1::Statement statement;
    v1::Answer* const answer = statement.add_answers();
    answer->set_candidate_sha256(DigestOf(position_->statement.candidates(0)));
    answer->set_reason(reason);
    census_.Heard({kOrders, process, stream}, statement, now_);
  }
  // What the gate says after `time`, and `status_`.
  Gate::Action After(absl::Duration time) {
    now_ += time;
    steady_ += time;
    const Gate::Seen seen = Seen();
    status_ = watch_.Look({position_.get(), {}, now_}, &census_);
    return gate_->Look(seen, &status_, &news_);
  }
  // As the process does when the gate opens.
  void SwitchNow() {
    gate_->Switch(Seen(), status_, ++streams_);
    snapshot_.identity = snapshot_.next_identity;
  }
  bool IsReported(absl::string_view part) const { return !news_.empty() && absl::StrContains(news_.back().text, part); }
  void Use(const WorkloadOptions& options) { gate_.emplace(options); }
  // One process accepts, and the gate opens.
  void Open() {
    Use(options_);
    Join(kFirst, ++streams_);
    Answer(kFirst, v1::ACCEPTED, streams_);
    After(absl::Seconds(10));
    After(absl::Seconds(10));
    ASSERT_EQ(After(2 * kDrainWindow), Gate::Action::kSwitch);
  }

  absl::Time now_ = absl::Now();
  testing::TestCa ca_;
  testing::IssuedCertificate old_ = ca_.Issue({"pay.test"});
  testing::IssuedCertificate next_ = ca_.Issue({"pay.test"});
  WorkloadOptions options_;
  Snapshot snapshot_;
  std::shared_ptr<const Position> position_;
  absl::Time steady_ = absl::FromUnixSeconds(1'000);
  Census census_{absl::Hours(24)};
  AdoptionWatch watch_{{}};
  std::optional<Gate> gate_;
  AdoptionStatus status_;
  std::vector<AdoptionEvent> news_;
  int64_t streams_ = 0;
};

}  // namespace pinion

#endif  // PINION_TESTS_ADOPTION_GATE_FIXTURE_H_
