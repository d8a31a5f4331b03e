#include "tests/faults/scene.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/refusal_reason.h"
#include "pinion/testing/wait_until.h"
#include "pinion/x509/pki/issue.h"
#include "tests/soak/doors.h"
#include "tests/soak/site.h"

namespace pinion::faults {
namespace {

using testing::Echo;
using testing::Lab;
using testing::OrDie;

testing::IssuedCertificate IssueUntil(const testing::TestCa& ca, const Party& party) {
  return ca.Issue(party.names, party.own.key, [&](auto& recipe) { recipe.not_after = party.expires; });
}

std::string WithMember(std::string policy, const std::string& member) {
  if (member.empty()) return policy;
  policy.pop_back();  // its closing brace
  return absl::StrCat(policy, ", ", member, "}");
}

}  // namespace

Scene::Scene(const std::filesystem::path& folder, const SceneSettings& settings)
    : settings_(settings),
      false_client_(ca_.Issue({Lab::kClientIdentity})),
      false_server_(ca_.Issue({Lab::kServerHost, Lab::kServerIdentity})),
      spares_({soak::SparePin(), soak::SparePin()}),
      server_(MakeParty(folder / "server", {Lab::kServerHost, Lab::kServerIdentity}, /*serves=*/true)),
      client_(MakeParty(folder / "client", {Lab::kClientIdentity}, /*serves=*/false)),
      victim_(&client_) {
  for (Party* party : {&server_, &client_}) party->files.Change(TextsOf(party), soak::Manner::kRename);
  StartServer();
  for (int i = 0; i < kChannels; ++i) channels_.push_back(ChannelFromFiles(address_));
  WorkloadOptions impostor;
  impostor.certificate = DataSource::Text(false_server_.CertificatePem());
  impostor.private_key = DataSource::Text(false_server_.PrivateKeyPem());
  impostor.client_roots = DataSource::Text(ca_.RootPem());
  impostor.pin_set = DataSource::Text(soak::PinFile(1, {{false_server_.SpkiPin(), "ACTIVE"}, {spares_[0], "BACKUP"}},
                                                    {{client_.own.SpkiPin(), "ACTIVE"}, {spares_[1], "BACKUP"}}));
  impostor.server.emplace();
  impostor.server->unlisted_clients = v1::ACCEPT;
  impostor.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  impostor_ = std::make_unique<testing::EchoServer>(impostor);
  to_impostor_ = ChannelFromFiles(impostor_->address());
  if (!ServesLiveChannels()) std::abort();
  load_ = std::make_unique<soak::Load>(channels_);
}

Scene::~Scene() { load_->Stop(); }

Party Scene::MakeParty(const std::filesystem::path& path, const std::vector<std::string>& names, bool serves) const {
  return {path, ca_.Issue(names), names, soak::PartyFolder(path, {}, serves), 0, {}, {}};
}

std::shared_ptr<grpc::ChannelInterface> Scene::ChannelFromFiles(const std::string& address) {
  WorkloadOptions options = OrDie(WorkloadOptions::FromFile(client_.files.config()));
  if (settings_.edit_client) settings_.edit_client(&options);
  client_.workloads.push_back(OrDie(Workload::Create(options)));
  return soak::OpenChannel(address, *client_.workloads.back());
}

void Scene::StopServer() {
  echo_.reset();
  process_.reset();
  server_.workloads.clear();
}

void Scene::StartServer() {
  const int port = address_.empty() ? 0 : std::stoi(address_.substr(address_.rfind(':') + 1));
  if (settings_.serves_from_process) {
    process_ = std::make_unique<ServingProcess>(server_.files.config(), port, /*keeps_log=*/true);
    address_ = absl::StrCat("127.0.0.1:", process_->port());
    return;
  }
  WorkloadOptions options = OrDie(WorkloadOptions::FromFile(server_.files.config()));
  if (settings_.edit_server) settings_.edit_server(&options);
  echo_ = std::make_unique<testing::EchoServer>(options, port);
  server_.workloads = {echo_->workload()};
  address_ = echo_->address();
}

void Scene::TakeTurn() {
  victim_ = victim_ == &client_ || settings_.serves_from_process ? &server_ : &client_;
  good_number_ = victim_->number;
  good_expires_ = victim_->expires;
}

soak::Texts Scene::TextsOf(Party* party) {
  ++party->number;
  party->expires = ca_.now() + absl::Hours(24 * 60) + absl::Minutes(party->number);
  party->expires = absl::FromUnixSeconds(absl::ToUnixSeconds(party->expires));
  soak::Texts texts = soak::IdentityTexts(IssueUntil(ca_, *party));
  texts[soak::kRoots] = ca_.RootPem();
  texts[soak::kPins] = soak::PinFile(party->number, {{server_.own.SpkiPin(), "ACTIVE"}, {spares_[0], "BACKUP"}},
                                     {{client_.own.SpkiPin(), "ACTIVE"}, {spares_[1], "BACKUP"}});
  if (party == &server_) {
    texts[soak::kPolicy] = WithMember(soak::PolicyFile(party->number), settings_.policy_member);
  }
  return texts;
}

soak::Texts Scene::Next() { return TextsOf(victim_); }

soak::Texts Scene::Current() const {
  soak::Texts texts;
  for (const char* name : {soak::kCertificate, soak::kKey, soak::kRoots, soak::kPins, soak::kPolicy}) {
    if (name != soak::kPolicy || victim_ == &server_) texts[name] = victim_->files.Text(name);
  }
  return texts;
}

bool Scene::IsInEffect() {
  if (victim_->workloads.empty()) {
    return soak::TryDoor(channels_[0], soak::ShutDoor(victim_->number)) == grpc::StatusCode::PERMISSION_DENIED &&
           soak::TryDoor(channels_[0], soak::ShutDoor(victim_->number + 1)) == grpc::StatusCode::UNIMPLEMENTED;
  }
  return std::all_of(victim_->workloads.begin(), victim_->workloads.end(), [this](const auto& workload) {
    const WorkloadStatus status = workload->Status();
    return status.pin_set_version == victim_->number && status.pin_set.error.ok() &&
           status.certificate_expires == victim_->expires && status.identity.error.ok() &&
           (!status.policy.has_value() || status.policy->error.ok());
  });
}

bool Scene::Complains() const {
  return std::all_of(victim_->workloads.begin(), victim_->workloads.end(), [](const auto& workload) {
    const WorkloadStatus status = workload->Status();
    return !status.pin_set.error.ok() || !status.identity.error.ok() ||
           (status.policy.has_value() && !status.policy->error.ok());
  });
}

bool Scene::HasLastGood() const {
  return std::all_of(victim_->workloads.begin(), victim_->workloads.end(), [this](const auto& workload) {
    const WorkloadStatus status = workload->Status();
    return status.pin_set_version == good_number_ && status.certificate_expires == good_expires_;
  });
}

bool Scene::ServesLiveChannels() {
  return std::all_of(channels_.begin(), channels_.end(), [](const auto& channel) { return Echo(channel).ok(); });
}

bool Scene::ServesNewConnection() {
  return soak::ProbeAs(address_, client_.own, ca_.RootPem(), client_.files.Text(soak::kPins)).ok;
}

bool Scene::RefusesImpostors() {
  const std::string pins = soak::PinFile(1, {{server_.own.SpkiPin(), "ACTIVE"}, {spares_[0], "BACKUP"}},
                                         {{false_client_.SpkiPin(), "ACTIVE"}, {spares_[1], "BACKUP"}});
  const bool client_passed = soak::ProbeAs(address_, false_client_, ca_.RootPem(), pins).ok;
  return !client_passed && testing::RefusalReason(Echo(to_impostor_)) == v1::PIN_MISMATCH;
}

bool Scene::AreDenied(int calls) {
  for (int i = 0; i < calls; ++i) {
    const std::string door = soak::ShutDoor(server_.number);
    if (soak::TryDoor(channels_[0], door) != grpc::StatusCode::PERMISSION_DENIED) return false;
  }
  return true;
}

}  // namespace pinion::faults
