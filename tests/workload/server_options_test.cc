// The required and optional settings of a server's configuration beside those of a client's.
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/workload.h"
#include "pinion/workload/snapshot.h"
#include "tests/workload/options_fixture.h"

namespace pinion {
namespace {

using ::testing::EndsWith;
using testing::kGood;
using testing::OptionsTest;
using testing::OrDie;
using ::testing::StartsWith;

using ServerOptionsTest = OptionsTest;

TEST_F(ServerOptionsTest, OfAServerHaveLimits) {
  const auto with = [](const std::string& limits) {
    return With("\"unlisted_clients\": \"REFUSE\"",
                absl::StrCat("\"unlisted_clients\": \"REFUSE\",\n    \"limits\": ", limits));
  };
  const std::string text = with(R"({"max_connections": 7, "max_connections_per_key": 3, "handshake_timeout": "2s"})");
  const ServerLimits limits = Options(text).server->limits;
  EXPECT_EQ(limits.max_connections, 7);
  EXPECT_EQ(limits.max_connections_per_key, 3);
  EXPECT_EQ(limits.handshake_timeout, absl::Seconds(2));
  EXPECT_EQ(limits.max_handshakes, ServerLimits().max_handshakes);
  EXPECT_THAT(Error(with(R"({"max_connections": -1})")), EndsWith("server.limits: has a negative number"));
  EXPECT_THAT(Error(with(R"({"max_call_threads": 15})")),
              EndsWith("server.limits.max_call_threads: must be at least 16"));
  EXPECT_THAT(Error(with(R"({"handshake_timeout": "50ms"})")),
              EndsWith("server.limits.handshake_timeout: is not a time from 100ms to 24h, such as \"10s\""));
}

// No default: the operator writes one of the two words, and the error explains them.
TEST_F(ServerOptionsTest, OfAServerSayWhetherUnlistedClientsAreAccepted) {
  for (const v1::UnlistedClients choice : {v1::ACCEPT, v1::REFUSE}) {
    const std::string text = With("\"REFUSE\"", absl::StrCat("\"", v1::UnlistedClients_Name(choice), "\""));
    EXPECT_EQ(Options(text).server->unlisted_clients, choice);
    EXPECT_EQ(Error(text), "");
  }
  EXPECT_EQ(
      Error(With(",\n    \"unlisted_clients\": \"REFUSE\"", "")),
      "config.json:12:13: server: unlisted_clients is missing; \"REFUSE\" refuses every client with a certificate "
      "that names no peer of the pin set, \"ACCEPT\" accepts it without a pin when a CA in client_roots_file issued "
      "its certificate");
  for (const char* wrong : {"\"NONE\"", "\"UNLISTED_CLIENTS_UNSPECIFIED\"", "0", "true", "\"refuse\""}) {
    EXPECT_THAT(Error(With("\"REFUSE\"", wrong)),
                StartsWith("config.json:14:25: server.unlisted_clients: expected one of REFUSE, ACCEPT, found "));
  }
}

TEST_F(ServerOptionsTest, OfAServerSayWhatClientsMayCall) {
  Write("policy.json", R"({"name": "p", "allow_rules": [{"name": "all"}]})");
  Write("shadow.json", R"({"name": "s", "allow_rules": [{"name": "all"}]})");
  const auto with = [](const std::string& members) {
    return With("\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\"", members);
  };
  const Snapshot both = OrDie(LoadSnapshot(
      Options(with(R"("authorization_policy_file": "policy.json", "shadow_policy_file": "shadow.json")"))));
  EXPECT_EQ(both.policy->name(), "p");
  EXPECT_EQ(both.shadow_policy->name(), "s");
  EXPECT_EQ(OrDie(LoadSnapshot(Options(kGood))).shadow_policy, nullptr);
  const std::string missing =
      "authorization_policy_file is missing; to let every peer that the handshake accepts call everything, write "
      "\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\"";
  EXPECT_EQ(Error(with(R"("shadow_policy_file": "shadow.json")")), "config.json:12:13: server: " + missing);
  EXPECT_EQ(Error(With("\"authorization\": \"ALLOW_EVERY_AUTHENTICATED_PEER\",\n    ", "")),
            "config.json:12:13: server: " + missing);
  EXPECT_EQ(Error(with(R"("authorization_policy_file": "policy.json", )"
                       R"("authorization": "ALLOW_EVERY_AUTHENTICATED_PEER")")),
            "config.json:13:66: server.authorization: contradicts authorization_policy_file; remove one of them");
  EXPECT_EQ(Error(with(R"("shadow_policy_file": "shadow.json", )"
                       R"("authorization": "ALLOW_EVERY_AUTHENTICATED_PEER")")),
            "config.json:13:27: server.shadow_policy_file: is set without a policy; name an authorization_policy_file "
            "that allows everything");
  EXPECT_EQ(Error(with(R"("authorization_policy_file": "missing.json")")),
            "cannot read missing.json: No such file or directory");
  Write("policy.json", "{}");
  EXPECT_EQ(
      Error(with(R"("authorization_policy_file": "policy.json")")),
      "policy.json:1:1: name: is missing or empty; name the policy, because the audit reports decisions by this name");
}

TEST_F(ServerOptionsTest, AClientNeedsNothingOfAServers) {
  EXPECT_EQ(Error(WithoutServer()), "");
  EXPECT_FALSE(Options(WithoutServer()).server.has_value());
  EXPECT_EQ(
      WithoutFolder(OrDie(Workload::Create(Options(WithoutServer())))->ServerCredentials().status()),
      "config.json: server is missing; it defines which peers may call what, and without it nothing can be served");
}

// Otherwise a process would verify clients without a policy.
TEST_F(ServerOptionsTest, RootsForClientsNeedAServer) {
  const std::string text = std::string(kGood).substr(0, std::string(kGood).find(",\n  \"server\"")) + "\n}";
  EXPECT_THAT(Error(text), StartsWith("config.json:9:26: trust.client_roots_file: is set for a process that does "
                                      "not serve; "));
}

}  // namespace
}  // namespace pinion
