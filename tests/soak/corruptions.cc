// Bad files of the server and of the clients arrive in turns, and are replaced by good ones, while calls go on.
//
// What counts, evaluated at the end:
//  - a failed call: a unary call or a short stream that does not succeed, or a long stream that ends at all
//  - an adopted file: a generation that has grown
//  - an event too many or too few: each reader of the file must report once that it is bad, and once that it is good
//    again
#include "absl/strings/str_cat.h"
#include "pinion/testing/wait_until.h"
#include "tests/soak/bad_texts.h"
#include "tests/soak/load.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

using testing::WaitUntil;

constexpr int kChannels = 8;
// One party, whose files are corrupted.
class Victim {
 public:
  Victim(Party* party, const testing::IssuedCertificate& own) : party_(party), bad_(party->folder, own) {}

  void CorruptAndRestore() {
    BadText bad = bad_.Next();
    const std::string good = party_->folder.Text(bad.name);
    for (const bool restore : {false, true}) {
      party_->folder.Change({{bad.name, restore ? good : bad.text}}, Manner::kRename);
      ++changes_;
      if (!AllReported()) {
        late_.push_back(absl::StrCat(bad.name, ", ", bad.fault, restore ? ", restored" : "", ": not reported"));
      }
    }
    corrupted_.push_back(std::move(bad));
  }
  // Nothing has changed, so no reader may report anything.
  void LookAgain() const {
    for (const auto& workload : party_->workloads) workload->Reload();
  }
  // The wrong reports of each reader.
  std::vector<std::string> Faults() const {
    std::vector<std::string> faults = late_;
    for (const auto& journal : party_->journals) AddFaultsOf(journal->reloads(), &faults);
    return faults;
  }
  int64_t Adopted() const {
    int64_t adopted = 0;
    for (const auto& workload : party_->workloads) {
      const WorkloadStatus status = workload->Status();
      adopted += status.pin_set.generation - 1 + status.identity.generation - 1;
      for (const auto& roots : {status.server_roots, status.client_roots}) {
        if (roots.has_value()) adopted += roots->generation - 1;
      }
    }
    return adopted;
  }

 private:
  bool AllReported() const {
    for (const auto& journal : party_->journals) {
      if (!WaitUntil([&] { return journal->reload_count() >= first_events_ + changes_; }, kPatience)) return false;
    }
    return true;
  }
  void AddFaultsOf(const std::vector<Entry<ReloadEvent>>& reported, std::vector<std::string>* faults) const {
    if (reported.size() != first_events_ + changes_) {
      faults->push_back(absl::StrCat(reported.size(), " events instead of ", first_events_ + changes_));
    }
    for (size_t i = first_events_; i < reported.size() && i < first_events_ + changes_; ++i) {
      const BadText& bad = corrupted_[(i - first_events_) / 2];
      const ReloadEvent& event = reported[i].event;
      const bool must_fail = (i - first_events_) % 2 == 0;
      const char* source = bad.name == kPins ? "pin_set" : bad.name == kRoots ? roots_ : "identity";
      if (event.source == source && event.error.empty() != must_fail && event.generation == 1) continue;
      faults->push_back(absl::StrCat(bad.name, ", ", bad.fault, must_fail ? "" : ", restored", ": reported ",
                                     event.source, ", generation ", event.generation, ": ", event.error));
    }
  }

  Party* const party_;
  BadTexts bad_;
  const char* const roots_ = party_->policy > 0 ? "client_roots" : "server_roots";
  // The events of one reader at its start: configuration, identity, roots and pin set, and a server's policy.
  const size_t first_events_ = party_->policy > 0 ? 5 : 4;
  size_t changes_ = 0;
  std::vector<BadText> corrupted_;
  std::vector<std::string> late_;
};

}  // namespace

void RunCorruptions(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Site site(folder, kChannels);
  Load load(site.channels());
  Victim server(&site.server, site.first_server);
  Victim client(&site.client, site.first_client);
  for (int i = 0; i < extent.corruptions; ++i) (i % 2 == 0 ? server : client).CorruptAndRestore();
  load.Stop();
  std::vector<std::string> failed;
  for (const Ended& call : load.failed()) failed.push_back(ToString(call));
  for (const Ended& stream : load.long_streams_ended()) failed.push_back(ToString(stream));
  Table::Complain("failed call", failed);
  std::vector<std::string> faults;
  for (Victim* victim : {&server, &client}) {
    victim->LookAgain();
    for (const std::string& fault : victim->Faults()) faults.push_back(fault);
  }
  Table::Complain("wrong event", faults);
  table->AtLeast("bad files, under calls on 8 channels", extent.corruptions, extent.corruptions);
  table->Note("  unary calls", absl::StrCat(load.unary_calls()));
  table->AtMost("  failed calls", static_cast<int64_t>(failed.size()), 0);
  table->AtMost("  bad files adopted", server.Adopted() + client.Adopted(), 0);
  table->AtMost("  events too many, too few or wrong", static_cast<int64_t>(faults.size()), 0);
}

}  // namespace pinion::soak
