// What a client refuses, over real mutual TLS on loopback: one fault in each test.
#include <gtest/gtest.h>

#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"

namespace pinion::testing {
namespace {

using ::testing::HasSubstr;

TEST(ClientSide, CallsTheRightfulServer) {
  Lab lab;
  EXPECT_THAT(lab.CallServerWith(lab.server()), IsOk());
  EXPECT_EQ(lab.client_events().handshakes().at(0).matched_state, v1::ACTIVE);
}

TEST(ClientSide, AcceptsTheBackupKeyAndSaysSo) {
  Lab lab;
  EXPECT_THAT(lab.CallServerWith(lab.server_backup()), IsOk());
  EXPECT_EQ(lab.client_events().handshakes().at(0).matched_state, v1::BACKUP);
}

TEST(ClientSide, RefusesAnImpostorFromTheSameCa) {
  Lab lab;
  const IssuedCertificate impostor = lab.Impostor();
  const grpc::Status status = lab.CallServerWith(impostor);
  EXPECT_THAT(status, IsRefusedFor(v1::PIN_MISMATCH));
  EXPECT_THAT(status.error_message(), HasSubstr(impostor.SpkiPin()));
  std::cerr << status.error_message() << "\n";
}

}  // namespace
}  // namespace pinion::testing
