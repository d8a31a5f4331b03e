// Each certificate has the defect that is requested, and no other.
#include "pinion/testing/defect.h"

#include <gtest/gtest.h>

#include "pinion/echo/echo_service.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/lab_fixture.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"

namespace pinion::testing {
namespace {

using ::testing::Not;

class DefectTest : public LabTest<EchoService> {
 protected:
  // Pinion's verdict on a peer with this certificate, whose key is pinned.
  Verdict Judge(const IssuedCertificate& certificate, PeerRole role) {
    v1::PinSet pins;
    pins.set_version(1);
    v1::Peer* peer = pins.add_peers();
    peer->set_name("peer");
    if (role == PeerRole::kServer) peer->add_hosts(Lab::kServerHost);
    peer->add_identities(role == PeerRole::kServer ? Lab::kServerIdentity : Lab::kClientIdentity);
    AddPin(certificate.SpkiPin(), v1::ACTIVE, peer);
    AddPin(lab().server_backup().SpkiPin(), v1::BACKUP, peer);
    const PeerVerifier verifier(OrDie(x509::TrustRoots::FromPem(lab().ca().RootPem())), OrDie(PinSet::FromProto(pins)),
                                v1::REFUSE);
    PresentedChain chain;
    chain.leaf = certificate.chain.front();
    chain.others.assign(certificate.chain.begin() + 1, certificate.chain.end());
    return verifier.Verify(chain, role, Lab::kServerHost, absl::Now());
  }
  static void AddPin(const std::string& spki, v1::PinState state, v1::Peer* peer) {
    v1::Pin* pin = peer->add_pins();
    pin->set_spki(spki);
    pin->set_state(state);
  }
  IssuedCertificate ServerWith(Defect defect) {
    return IssueWith(defect, lab().ca(), {Lab::kServerHost, Lab::kServerIdentity}, lab().server().key);
  }
};

TEST_F(DefectTest, ASoundCertificateIsAccepted) {
  EXPECT_THAT(Judge(lab().server(), PeerRole::kServer), IsAccepted());
  EXPECT_THAT(Judge(lab().client(), PeerRole::kClient), IsAccepted());
}

TEST_F(DefectTest, EachIsRefusedForWhatItIsAsAServers) {
  for (const Defect defect : AllDefects()) {
    EXPECT_THAT(Judge(ServerWith(defect), PeerRole::kServer), IsRefusedFor(RefusalOfServer(defect))) << NameOf(defect);
  }
}

TEST_F(DefectTest, EachIsRefusedForWhatItIsAsAClients) {
  for (const Defect defect : AllDefects()) {
    const IssuedCertificate client = IssueWith(defect, lab().ca(), {Lab::kClientIdentity}, lab().client().key);
    EXPECT_THAT(Judge(client, PeerRole::kClient), IsRefusedFor(RefusalOfClient(defect))) << NameOf(defect);
  }
}

TEST_F(DefectTest, AKeyThatIsGivenIsKept) {
  for (const Defect defect : AllDefects()) {
    EXPECT_EQ(ServerWith(defect).SpkiPin() == lab().server().SpkiPin(), defect != Defect::kWeakKey) << NameOf(defect);
  }
}

TEST_F(DefectTest, NoServerWithADefectIsCalled) {
  for (const Defect defect : AllDefects()) {
    // gRPC's own TLS does not start with weak keys and signatures if OpenSSL's security level refuses them.
    if (defect == Defect::kWeakKey || defect == Defect::kWeakSignature) continue;
    const grpc::Status status = Echo(ChannelToHolderOf(ServerWith(defect)));
    if (RefusalOfServer(defect) == v1::ACCEPTED) {
      EXPECT_THAT(status, IsOk()) << NameOf(defect);
    } else {
      EXPECT_THAT(status, Not(IsOk())) << NameOf(defect);
    }
  }
}

}  // namespace
}  // namespace pinion::testing
