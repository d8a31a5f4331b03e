// Files change under live servers and channels.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"

namespace pinion::testing {
namespace {

namespace fs = std::filesystem;

// One server and one client, each from files of its own in a folder of its own.
class ReloadTest : public ::testing::Test {
 protected:
  ReloadTest() {
    fs::remove_all(folder_);
    WriteParty("server", lab_.server());
    WriteParty("client", lab_.client());
    WritePins("server", 1, "ACTIVE", "BACKUP");
    WritePins("client", 1, "ACTIVE", "BACKUP");
  }

  // By rename, as careful tools do.
  void Write(const std::string& party, const std::string& name, const std::string& text) {
    std::ofstream(folder_ / party / "next") << text;
    fs::rename(folder_ / party / "next", folder_ / party / name);
  }

  void WriteParty(const std::string& party, const IssuedCertificate& certificate) {
    fs::create_directories(folder_ / party);
    certificate.WriteFiles((folder_ / party).string(), "own");
    lab_.ca().WriteRootFile((folder_ / party).string());
    Write(party, "config.json",
          R"({"identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem",
              "ca_certificate_file": "ca.pem"}, "pin_set_file": "pins.json"})");
  }

  // The server's two keys, in these states; a third is BACKUP.
  void WritePins(const std::string& party, int version, absl::string_view first, absl::string_view second) {
    Write(party, "pins.json",
          absl::StrCat(R"({"version": )", version,
                       R"(, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [)", R"({"spki": ")",
                       lab_.server().SpkiPin(), R"(", "state": ")", first, R"("}, {"spki": ")",
                       lab_.server_backup().SpkiPin(), R"(", "state": ")", second, R"("}, {"spki": ")", spare_,
                       R"(", "state": "BACKUP"}]}]})"));
  }

  template <typename Options>
  Options From(const std::string& party, const std::shared_ptr<EventSink>& events) {
    Options options = OrDie(Options::FromFile((folder_ / party / "config.json").string()));
    options.events = events;
    return options;
  }

  // Calls on the channel until one comes out so; the deadline is generous, the change is quick.
  static bool CallsUntil(const std::shared_ptr<grpc::Channel>& channel, v1::Reason reason) {
    return WaitUntil([&] {
      const grpc::Status status = Echo(channel);
      return reason == v1::ACCEPTED ? status.ok() : RefusalReason(status) == reason;
    });
  }

  Lab lab_;
  const std::string spare_ = lab_.Impostor().SpkiPin();
  const fs::path folder_ =
      fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::shared_ptr<RecordingSink> events_ = std::make_shared<RecordingSink>();
};

TEST_F(ReloadTest, ARevokedPinStopsCallsOnTheLiveChannelWhichHealsWithTheServer) {
  auto server = std::make_unique<EchoServer>(From<ServerOptions>("server", nullptr));
  const int port = server->port();
  const auto channel = lab_.ChannelTo(server->address(), From<ChannelOptions>("client", events_));
  ASSERT_THAT(Echo(channel), IsOk());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  EXPECT_TRUE(CallsUntil(channel, v1::PIN_REVOKED));
  // gRPC offers no way to close the live connection: it ends with the server that holds the revoked key.
  server.reset();
  WriteParty("server", lab_.server_backup());
  server = std::make_unique<EchoServer>(From<ServerOptions>("server", nullptr), port);
  EXPECT_TRUE(CallsUntil(channel, v1::ACCEPTED));
  EXPECT_EQ(events_->handshakes().back().presented_pin, lab_.server_backup().SpkiPin());
}

TEST_F(ReloadTest, TheServersKeyIsReplacedOnTheLivePortAndNoCallFails) {
  const EchoServer server(From<ServerOptions>("server", nullptr));
  const ChannelOptions options = From<ChannelOptions>("client", events_);
  ASSERT_THAT(Echo(lab_.ChannelTo(server.address(), options)), IsOk());
  WriteParty("server", lab_.server_backup());
  // Each round is a handshake of its own.
  EXPECT_TRUE(WaitUntil([&] {
    const grpc::Status status = Echo(lab_.ChannelTo(server.address(), options));
    EXPECT_THAT(status, IsOk());
    return !status.ok() || events_->handshakes().back().matched_state == v1::BACKUP;
  }));
}

TEST_F(ReloadTest, WhatIsWrongOnDiskChangesNothing) {
  const ServerOptions server_options = From<ServerOptions>("server", nullptr);
  const EchoServer server(server_options);
  const ChannelOptions options = From<ChannelOptions>("client", events_);
  const auto channel = lab_.ChannelTo(server.address(), options);
  ASSERT_THAT(Echo(channel), IsOk());
  Write("server", "own.pem", lab_.server_backup().CertificatePem().substr(0, 200));
  Write("client", "pins.json", "{\"version\": 2,");
  EXPECT_TRUE(WaitUntil([&] { return !server_options.reload->Status()->identity.error.ok(); }));
  EXPECT_TRUE(WaitUntil([&] { return !options.reload->Status()->pin_set.error.ok(); }));
  EXPECT_THAT(Echo(channel), IsOk());
  EXPECT_THAT(Echo(lab_.ChannelTo(server.address())), IsOk());  // a new handshake
  EXPECT_EQ(options.reload->Status()->pin_set_version, 1);
}

TEST_F(ReloadTest, ReloadNowIsInForceWhenItReturns) {
  const EchoServer server(From<ServerOptions>("server", nullptr));
  ChannelOptions options = From<ChannelOptions>("client", events_);
  options.reload_from->refresh_interval = absl::Hours(1);
  const auto channel = lab_.ChannelTo(server.address(), options);
  ASSERT_THAT(Echo(channel), IsOk());
  WritePins("client", 2, "REVOKED", "ACTIVE");
  options.reload->ReloadNow();
  EXPECT_THAT(Echo(channel), IsRefusedFor(v1::PIN_REVOKED));
}

}  // namespace
}  // namespace pinion::testing
