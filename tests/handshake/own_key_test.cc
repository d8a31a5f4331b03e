#include "pinion/handshake/own_key.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::IssuedCertificate;
using testing::OrDie;
using testing::StatusIs;
using testing::TestCa;
using x509::Purpose;

class OwnKeyTest : public ::testing::Test {
 protected:
  // A peer with these hosts and the key of `active` as its ACTIVE key.
  v1::Peer& AddPeer(const std::string& name, const std::string& host, const IssuedCertificate& active) {
    v1::Peer* peer = proto_.add_peers();
    peer->set_name(name);
    peer->add_hosts(host);
    AddPin(peer, v1::ACTIVE, active.SpkiPin());
    AddPin(peer, v1::BACKUP, ca_.Issue({"spare.test"}).SpkiPin());
    return *peer;
  }

  static void AddPin(v1::Peer* peer, v1::PinState state, const std::string& spki) {
    v1::Pin* pin = peer->add_pins();
    pin->set_state(state);
    pin->set_spki(spki);
  }

  absl::Status Check(const IssuedCertificate& own, Purpose purpose) {
    proto_.set_version(1);
    warning_.clear();
    const std::vector<x509::Certificate> path = {OrDie(x509::Certificate::FromDer(own.chain.front())),
                                                 ca_.certificate()};
    return CheckOwnKey(*OrDie(PinSet::FromProto(proto_)), path, purpose, ca_.now(), &warning_);
  }

  static auto IsRefusedWith(const std::string& text) {
    return StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(text));
  }

  const TestCa ca_;
  const IssuedCertificate other_ = ca_.Issue({"other.test"});
  v1::PinSet proto_;
  std::string warning_;
};

TEST_F(OwnKeyTest, ANameThatIsNotListedMayHaveAnyKey) {
  AddPeer("pay", "pay.test", other_);
  EXPECT_THAT(Check(ca_.Issue({"elsewhere.test"}), Purpose::kServerAuth), IsOk());
}

TEST_F(OwnKeyTest, AListedNameMustHaveAListedKey) {
  const IssuedCertificate own = ca_.Issue({"pay.test"});
  v1::Peer& peer = AddPeer("pay", "pay.test", other_);
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsRefusedWith("PIN_MISMATCH: our own key " + own.SpkiPin()));
  AddPin(&peer, v1::BACKUP, own.SpkiPin());
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsOk());
  EXPECT_EQ(warning_, "");
}

TEST_F(OwnKeyTest, ARetiringKeyIsWarnedOf) {
  const IssuedCertificate own = ca_.Issue({"pay.test"});
  AddPin(&AddPeer("pay", "pay.test", other_), v1::RETIRING, own.SpkiPin());
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsOk());
  EXPECT_THAT(warning_, HasSubstr("is RETIRING"));
}

TEST_F(OwnKeyTest, ARevokedKeyIsRefusedUnderAnyName) {
  const IssuedCertificate own = ca_.Issue({"elsewhere.test"});
  AddPin(&AddPeer("pay", "pay.test", other_), v1::REVOKED, own.SpkiPin());
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsRefusedWith("PIN_REVOKED: our own key"));
}

TEST_F(OwnKeyTest, AServerIsListedByItsAddress) {
  AddPeer("pay", "192.0.2.1", other_);
  EXPECT_THAT(Check(ca_.Issue({"192.0.2.1"}), Purpose::kServerAuth), IsRefusedWith("PIN_MISMATCH"));
}

TEST_F(OwnKeyTest, AServerIsListedByAHostUnderItsWildcard) {
  AddPeer("pay", "a.pay.test", other_);
  EXPECT_THAT(Check(ca_.Issue({"*.pay.test"}), Purpose::kServerAuth), IsRefusedWith("PIN_MISMATCH"));
}

TEST_F(OwnKeyTest, AServerMayStandForTwoPeersByTheKeyOfOne) {
  const IssuedCertificate own = ca_.Issue({"pay.test", "book.test"});
  AddPeer("pay", "pay.test", own);
  AddPeer("book", "book.test", other_);
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsOk());
}

TEST_F(OwnKeyTest, AClientWithTheNamesOfTwoPeersIsRefused) {
  const IssuedCertificate own = ca_.Issue({"pay.test", "book.test"});
  AddPeer("pay", "pay.test", own);
  AddPeer("book", "book.test", other_);
  EXPECT_THAT(Check(own, Purpose::kClientAuth), IsRefusedWith("IDENTITY_MISMATCH: our own key"));
}

TEST_F(OwnKeyTest, ReportOnlyExcusesUntilItEnds) {
  v1::Peer& peer = AddPeer("pay", "pay.test", other_);
  const IssuedCertificate own = ca_.Issue({"pay.test"});
  peer.mutable_report_only_until()->set_seconds(absl::ToUnixSeconds(ca_.now()) + 1);
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsOk());
  EXPECT_THAT(warning_, HasSubstr("report-only still accepts"));
  peer.mutable_report_only_until()->set_seconds(absl::ToUnixSeconds(ca_.now()));
  EXPECT_THAT(Check(own, Purpose::kServerAuth), IsRefusedWith("PIN_MISMATCH"));
}

}  // namespace
}  // namespace pinion
