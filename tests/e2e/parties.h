// A server and a client with separate files, which tests change while they run.
#ifndef PINION_TESTS_E2E_PARTIES_H_
#define PINION_TESTS_E2E_PARTIES_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/workload.h"

namespace pinion::testing {

class PartiesTest : public ::testing::Test {
 protected:
  PartiesTest() {
    std::filesystem::remove_all(folder_);
    WriteParty("server", lab_.server());
    WriteParty("client", lab_.client());
    WritePins("server", 1, "ACTIVE", "BACKUP");
    WritePins("client", 1, "ACTIVE", "BACKUP");
  }

  // Replaces the file by a rename, as careful tools do.
  void Write(const std::string& party, const std::string& name, const std::string& text) {
    std::ofstream(folder_ / party / "next") << text;
    std::filesystem::rename(folder_ / party / "next", folder_ / party / name);
  }

  void WriteParty(const std::string& party, const IssuedCertificate& certificate) {
    std::filesystem::create_directories(folder_ / party);
    certificate.WriteFiles((folder_ / party).string(), "own");
    lab_.ca().WriteRootFile((folder_ / party).string());
    if (party == "server") {
      Write(party, "policy.json", kAllowAll);
      WriteConfig(party, R"("trust": {"client_roots_file": "ca.pem"},
          "server": {"authorization_policy_file": "policy.json", "unlisted_clients": "ACCEPT"})");
    } else {
      WriteConfig(party, R"("trust": {"server_roots_file": "ca.pem"})");
    }
  }

  // Writes a configuration with these members beside the identity and the pin set.
  void WriteConfig(const std::string& party, const std::string& members) {
    Write(party, "config.json",
          absl::StrCat(R"({"identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem"},
              "pin_set": {"file": "pins.json"}, )",
                       members, "}"));
  }

  static constexpr char kAllowAll[] = R"({"name": "all", "allow_rules": [{"name": "everybody"}]})";

  // Writes a party's pin set: the server's two keys in these states (empty: not listed), a third key that is BACKUP,
  // and the client's key, ACTIVE or as given.
  void WritePins(const std::string& party, int version, absl::string_view first, absl::string_view second,
                 absl::string_view client = "ACTIVE") {
    Write(party, "pins.json",
          absl::StrCat(
              R"({"version": )", version, R"(, "peers": [{"name": "server", "hosts": ["server.test"], "pins": [)",
              Pin(lab_.server().SpkiPin(), first), Pin(lab_.server_backup().SpkiPin(), second),
              LastPin(spare_, "BACKUP"), R"(]}, {"name": "client", "identities": [")", Lab::kClientIdentity,
              R"("], "pins": [)", Pin(lab_.client().SpkiPin(), client),
              Pin(other_client_, client == "ACTIVE" ? "" : "ACTIVE"), LastPin(spare_client_, "BACKUP"), "]}]}"));
  }

  WorkloadOptions From(const std::string& party, const std::shared_ptr<EventSink>& events = nullptr) {
    WorkloadOptions options = OrDie(WorkloadOptions::FromFile((folder_ / party / "config.json").string()));
    options.events = events;
    return options;
  }

  // Calls on the channel until a call ends with this reason. The deadline is generous; the change is quick.
  static bool CallsUntil(const std::shared_ptr<grpc::ChannelInterface>& channel, v1::Reason reason) {
    return WaitUntil([&] {
      const grpc::Status status = Echo(channel);
      return reason == v1::ACCEPTED ? status.ok() : RefusalReason(status) == reason;
    });
  }

  static std::string LastPin(const std::string& pin, absl::string_view state) {
    return absl::StrCat(R"({"spki": ")", pin, R"(", "state": ")", state, R"("})");
  }
  static std::string Pin(const std::string& pin, absl::string_view state) {
    return state.empty() ? "" : absl::StrCat(LastPin(pin, state), ", ");
  }

  Lab lab_;
  const std::string spare_ = lab_.Impostor().SpkiPin();
  const std::string spare_client_ = lab_.Impostor().SpkiPin();
  const std::string other_client_ = lab_.Impostor().SpkiPin();
  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
  const std::shared_ptr<RecordingSink> events_ = std::make_shared<RecordingSink>();
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_PARTIES_H_
