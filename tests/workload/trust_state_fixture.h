// A server's trust state, from sources that the test fills; its events are recorded.
#ifndef PINION_TESTS_WORKLOAD_TRUST_STATE_FIXTURE_H_
#define PINION_TESTS_WORKLOAD_TRUST_STATE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/workload/trust_state.h"
#include "tests/workload/fake_source.h"

namespace pinion {

class KeepingSink final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent&) override {}
  void OnReload(const ReloadEvent& event) override { reloads.push_back(event); }
  void OnExpiry(const ExpiryEvent& event) override { expiries.push_back(event); }
  std::vector<ReloadEvent> reloads;
  std::vector<ExpiryEvent> expiries;
};

// A server "pay.test" with two keys that the pin set lists and one that it doesn't.
class TrustStateTest : public ::testing::Test {
 protected:
  TrustStateTest() {
    identity_->contents = Texts(first_);
    client_roots_->contents = {{ca_.RootPem()}};
    pin_set_->contents = {{Pins(1, "ACTIVE", "BACKUP")}};
    policy_->contents = {{Policy("first")}};
  }

  std::vector<std::string> Texts(const testing::IssuedCertificate& certificate) const {
    return {certificate.CertificatePem(), certificate.PrivateKeyPem()};
  }

  std::string Pins(int version, absl::string_view first, absl::string_view second) const {
    const std::string spare = ca_.Issue({"pay.test"}).SpkiPin();
    return absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [)",
                        R"({"spki": ")", first_.SpkiPin(), R"(", "state": ")", first, R"("}, {"spki": ")",
                        second_.SpkiPin(), R"(", "state": ")", second, R"("}, {"spki": ")", spare, R"(", "state": ")",
                        first == "ACTIVE" || second == "ACTIVE" ? "BACKUP" : "ACTIVE", R"("}]}]})");
  }

  // Pins(1, …) whose peer is report-only until `end`.
  std::string ReportingUntil(absl::Time end) const {
    return absl::StrReplaceAll(Pins(1, "ACTIVE", "BACKUP"),
                               {{R"("pins")", absl::FormatTime(R"("report_only_until": "%Y-%m-%dT%H:%M:%SZ", "pins")",
                                                               end, absl::UTCTimeZone())}});
  }

  static std::string Policy(const std::string& name) {
    return absl::StrCat(R"({"name": ")", name, R"(", "allow_rules": [{"name": "all"}]})");
  }

  absl::StatusOr<std::shared_ptr<TrustState>> Create() { return CreateFor(sink_); }
  absl::StatusOr<std::shared_ptr<TrustState>> CreateFor(const std::shared_ptr<EventSink>& sink) {
    WorkloadOptions options;
    options.certificate = DataSource::File("cert.pem");
    options.private_key = DataSource::File("key.pem");
    options.client_roots = DataSource::File("clients-ca.pem");
    options.pin_set = DataSource::File("pins.json");
    options.server.emplace();
    options.server->unlisted_clients = v1::ACCEPT;
    options.server->authorization_policy = DataSource::File("policy.json");
    options.events = sink;
    options.clock = [this] { return now_; };
    options.state_dir = state_dir_;
    if (shadow_pin_set_ != nullptr) options.shadow_pin_set = DataSource::File("next.json");
    if (is_signed_) {
      options.pin_set_signatures = DataSource::File("pins.json.sig");
      options.fleet_trust = DataSource::File("trust.json");
      options.fleet_trust_signatures = DataSource::File("trust.json.sig");
    }
    if (has_revocations_) {
      options.revocations = DataSource::File("revocations.json");
      options.revocations_signatures = DataSource::File("revocations.json.sig");
    }
    Sources sources;
    sources.identity = identity_;
    sources.client_roots = client_roots_;
    sources.pin_set = pin_set_;
    sources.policy = policy_;
    sources.shadow_pin_set = shadow_pin_set_;
    return TrustState::Create(options, sources);
  }

  std::shared_ptr<TrustState> Started() {
    std::shared_ptr<TrustState> trust_state = testing::OrDie(Create());
    sink_->reloads.clear();
    return trust_state;
  }

  testing::TestCa ca_;
  testing::IssuedCertificate first_ = ca_.Issue({"pay.test"});
  testing::IssuedCertificate second_ = ca_.Issue({"pay.test"});
  testing::IssuedCertificate unlisted_ = ca_.Issue({"pay.test"});
  absl::Time now_ = ca_.now();
  std::string state_dir_;
  bool is_signed_ = false;
  bool has_revocations_ = false;
  const std::shared_ptr<FakeSource> identity_ = std::make_shared<FakeSource>();
  const std::shared_ptr<FakeSource> client_roots_ = std::make_shared<FakeSource>();
  const std::shared_ptr<FakeSource> pin_set_ = std::make_shared<FakeSource>();
  const std::shared_ptr<FakeSource> policy_ = std::make_shared<FakeSource>();
  std::shared_ptr<FakeSource> shadow_pin_set_;  // null: there is none
  const std::shared_ptr<KeepingSink> sink_ = std::make_shared<KeepingSink>();
};

}  // namespace pinion

#endif  // PINION_TESTS_WORKLOAD_TRUST_STATE_FIXTURE_H_
