// Everything is rotated while calls go on, in the order that operators must follow.
//
// One round makes a new CA, and a new key for each party, certified by it:
//   1. the new keys' pins are added as BACKUP, and the new CA to the roots, on both sides (2 pin files, 2 root files)
//   2. when that is in effect everywhere, both parties get their new keys and certificates (2 identities)
//   3. when that is in effect everywhere, the old pins and the old CA are removed, on both sides (2 pin files, 2 root
//      files)
//   4. the server gets another policy, and each channel's next call is tried by it (1 policy)
// Each file set that was changed and took effect on one side is a rotation, so a round is eleven of them. Rounds change
// files by rename and by link swap in turns.
//
// What counts, evaluated at the end:
//  - a failed call: a unary call, a short stream or a new channel that does not succeed; a long stream that ends
//    otherwise than by UNAVAILABLE, the drain window after an old pin was removed
//  - a wrong decision: a handshake that DecisionModel faults, a call by or to an impostor that succeeds, a live
//    connection that is closed for a revoked key, because no key is revoked
#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "pinion/testing/wait_until.h"
#include "tests/soak/decision_model.h"
#include "tests/soak/doors.h"
#include "tests/soak/load.h"
#include "tests/soak/newcomers.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

using testing::IssuedCertificate;
using testing::TestCa;
using testing::WaitUntil;

constexpr int kChannels = 8;
constexpr int kRotationsPerRound = 11;
constexpr absl::Duration kDrainWindow = absl::Seconds(2);  // as in the parties' configuration

class Rotations {
 public:
  explicit Rotations(const std::filesystem::path& folder)
      : site_(folder, kChannels),
        load_(site_.channels()),
        newcomers_(site_.client.folder.config(), site_.address(), newcomers_journal_) {
    for (const IssuedCertificate* first : {&server_, &client_}) {
      model_.Listed(first->SpkiPin(), absl::InfinitePast(), absl::InfinitePast());
    }
  }

  // False when a change did not take effect; the soak then stops.
  bool Round(Manner manner);
  int rotations() const { return rotations_; }
  void Judge(Table* table);

 private:
  bool AddNext(Manner manner);
  bool SwapIdentities(Manner manner);
  bool RemoveOld(Manner manner);
  bool ReplacePolicy(Manner manner);

  void ChangeBoth(const Pins& server, const Pins& client, const std::string& roots, Manner manner);
  // Waits until it is in effect everywhere: on the server, the channels, and two newcomers that started after the
  // change.
  bool AwaitInEffect();
  void SetImpostors();
  void JudgeCalls(Table* table);
  void JudgeDecisions(Table* table);
  bool EndedByDrain(const Ended& stream) const;

  Site site_;
  TestCa ca_ = site_.ca;
  IssuedCertificate server_ = site_.first_server;
  IssuedCertificate client_ = site_.first_client;
  TestCa next_ca_ = ca_;
  IssuedCertificate next_server_ = server_;
  IssuedCertificate next_client_ = client_;
  int rotations_ = 0;
  int tried_doors_ = 0;
  int wrong_doors_ = 0;
  DecisionModel model_;
  std::vector<absl::Time> removals_;
  const std::shared_ptr<Journal> newcomers_journal_ = std::make_shared<Journal>();
  Load load_;
  Newcomers newcomers_;
};

void Rotations::ChangeBoth(const Pins& server, const Pins& client, const std::string& roots, Manner manner) {
  for (Party* party : {&site_.server, &site_.client}) {
    party->ChangePins(server, client, manner);
    party->ChangeRoots(roots, manner);
    rotations_ += 2;
  }
}

bool Rotations::AwaitInEffect() {
  if (!site_.server.AwaitInEffect() || !site_.client.AwaitInEffect()) return false;
  const int64_t before = newcomers_.welcomed();
  return WaitUntil([&] { return newcomers_.welcomed() >= before + 2; }, kPatience);
}

bool Rotations::AddNext(Manner manner) {
  next_ca_ = TestCa("Soak CA");
  next_server_ = IssueServer(next_ca_);
  next_client_ = IssueClient(next_ca_);
  const absl::Time began = absl::Now();
  ChangeBoth({{server_.SpkiPin(), "ACTIVE"}, {next_server_.SpkiPin(), "BACKUP"}},
             {{client_.SpkiPin(), "ACTIVE"}, {next_client_.SpkiPin(), "BACKUP"}},
             absl::StrCat(ca_.RootPem(), next_ca_.RootPem()), manner);
  if (!AwaitInEffect()) return false;
  SetImpostors();
  // gRPC's own check gets the new roots up to a second later. Until then OpenSSL rightly refuses the new client.
  const bool in_effect = WaitUntil(
      [&] {
        return ProbeAs(site_.address(), next_client_, site_.client.folder.Text(kRoots), site_.client.folder.Text(kPins))
            .ok;
      },
      kPatience);
  model_.Listed(next_server_.SpkiPin(), began, absl::Now());
  model_.Listed(next_client_.SpkiPin(), began, absl::Now());
  return in_effect;
}

bool Rotations::SwapIdentities(Manner manner) {
  site_.server.ChangeIdentity(IdentityTexts(next_server_), manner);
  site_.client.ChangeIdentity(IdentityTexts(next_client_), manner);
  rotations_ += 2;
  return AwaitInEffect() &&
         WaitUntil(
             [&] {
               const PartyFolder& files = site_.client.folder;
               return ProbeAs(site_.address(), next_client_, files.Text(kRoots), files.Text(kPins)).presented_pin ==
                      next_server_.SpkiPin();
             },
             kPatience);
}

bool Rotations::RemoveOld(Manner manner) {
  const absl::Time began = absl::Now();
  removals_.push_back(began);
  ChangeBoth({{next_server_.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}},
             {{next_client_.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}}, next_ca_.RootPem(), manner);
  if (!AwaitInEffect()) return false;
  model_.Removed(server_.SpkiPin(), began, absl::Now());
  model_.Removed(client_.SpkiPin(), began, absl::Now());
  ca_ = next_ca_;
  server_ = next_server_;
  client_ = next_client_;
  return true;
}

bool Rotations::ReplacePolicy(Manner manner) {
  site_.server.ChangePolicy(manner);
  ++rotations_;
  if (!AwaitInEffect()) return false;
  const int64_t number = site_.server.policy;
  for (const auto& channel : site_.channels()) {
    tried_doors_ += 2;
    wrong_doors_ += TryDoor(channel, ShutDoor(number)) == grpc::StatusCode::PERMISSION_DENIED ? 0 : 1;
    wrong_doors_ += TryDoor(channel, ShutDoor(number + 1)) == grpc::StatusCode::UNIMPLEMENTED ? 0 : 1;
  }
  return true;
}

bool Rotations::Round(Manner manner) {
  return AddNext(manner) && SwapIdentities(manner) && RemoveOld(manner) && ReplacePolicy(manner);
}

void Rotations::SetImpostors() {
  const std::string roots = site_.client.folder.Text(kRoots);
  const auto options_of = [](const IssuedCertificate& own, const std::string& pin_file) {
    WorkloadOptions options;
    options.certificate = DataSource::Text(own.CertificatePem());
    options.private_key = DataSource::Text(own.PrivateKeyPem());
    options.pin_set = DataSource::Text(pin_file);
    return options;
  };
  // They pin every other peer's right keys, so that they themselves never refuse.
  const IssuedCertificate as_client = IssueClient(ca_);
  const IssuedCertificate as_server = IssueServer(ca_);
  WorkloadOptions client =
      options_of(as_client, PinFile(1, {{server_.SpkiPin(), "ACTIVE"}, {next_server_.SpkiPin(), "BACKUP"}},
                                    {{as_client.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}}));
  client.server_roots = DataSource::Text(roots);
  WorkloadOptions server =
      options_of(as_server, PinFile(1, {{as_server.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}},
                                    {{client_.SpkiPin(), "ACTIVE"}, {next_client_.SpkiPin(), "BACKUP"}}));
  server.client_roots = DataSource::Text(roots);
  server.server.emplace();
  server.server->unlisted_clients = v1::ACCEPT;
  server.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  newcomers_.SetImpostors(client, server);
}

bool Rotations::EndedByDrain(const Ended& stream) const {
  return stream.code == grpc::StatusCode::UNAVAILABLE &&
         std::any_of(removals_.begin(), removals_.end(), [&stream](absl::Time removed) {
           return stream.begun - kDrainWindow < removed && removed + kDrainWindow * 0.95 < stream.ended;
         });
}

void Rotations::JudgeCalls(Table* table) {
  std::vector<std::string> failed = newcomers_.failed();
  for (const Ended& call : load_.failed()) failed.push_back(ToString(call));
  const std::vector<Ended> long_ended = load_.long_streams_ended();
  for (const Ended& stream : long_ended) {
    if (!EndedByDrain(stream)) failed.push_back(ToString(stream));
  }
  Table::Complain("failed call", failed);
  table->Note("  unary calls", absl::StrCat(load_.unary_calls()));
  table->Note("  short streams", absl::StrCat(load_.short_streams()));
  table->Note("  new channels, each with a call", absl::StrCat(newcomers_.welcomed()));
  table->Note("  long streams ended by a drain, and opened again", absl::StrCat(long_ended.size()));
  table->AtMost("  failed calls", static_cast<int64_t>(failed.size()), 0);
}

void Rotations::JudgeDecisions(Table* table) {
  std::vector<std::shared_ptr<Journal>> journals = site_.client.journals;
  journals.push_back(site_.server.journals.front());
  journals.push_back(newcomers_journal_);
  std::vector<std::string> wrong = newcomers_.fooled();
  int64_t decisions = 0;
  int64_t refused = 0;
  for (const std::shared_ptr<Journal>& journal : journals) {
    for (const Entry<HandshakeEvent>& entry : journal->handshakes()) {
      ++decisions;
      refused += entry.event.reason == v1::PIN_MISMATCH ? 1 : 0;
      if (std::string fault = model_.Fault(entry.event); !fault.empty()) wrong.push_back(std::move(fault));
    }
    for (const Entry<ConnectionEvent>& entry : journal->connections()) {
      if (entry.event.closed_immediately) wrong.push_back(absl::StrCat("closed for a revoked key: ", entry.event.text));
    }
  }
  Table::Complain("wrong decision", wrong);
  table->Note("  handshakes judged", absl::StrCat(decisions));
  table->AtLeast("  of them refused by pin (impostors)", refused, newcomers_.impostor_tries() / 2);
  table->Note("  calls decided by a policy just replaced", absl::StrCat(tried_doors_));
  table->AtMost("  wrong decisions", static_cast<int64_t>(wrong.size()) + wrong_doors_, 0);
}

void Rotations::Judge(Table* table) {
  newcomers_.Stop();
  load_.Stop();
  JudgeCalls(table);
  JudgeDecisions(table);
}

}  // namespace

void RunRotations(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Rotations rotations(folder);
  bool in_effect = true;
  for (int round = 0; in_effect && round * kRotationsPerRound < extent.rotations; ++round) {
    in_effect = rotations.Round(round % 2 == 0 ? Manner::kLinkSwap : Manner::kRename);
  }
  table->AtLeast("rotations in effect, under calls on 8 channels", in_effect ? rotations.rotations() : 0,
                 extent.rotations);
  rotations.Judge(table);
}

}  // namespace pinion::soak
