#include "pinion/census/merged_census.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/census/census.h"
#include "pinion/census/census_store.h"
#include "pinion/census/report.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

// A process writes its census at least once a minute. An older one says who was connected, not who is.
constexpr absl::Duration kFresh = absl::Minutes(5);
// Until then, clients that were not connected when the question was asked may connect.
constexpr absl::Duration kAsking = absl::Minutes(1);

absl::Status AboutNone(const std::string& file) {
  return absl::FailedPreconditionError(
      absl::StrCat(Printable(file),
                   " is of a process without a next identity, and there is nothing to ask about; see next_identity ",
                   "in its configuration"));
}

bool Asks(const v1::CensusFile& census) { return !census.candidate_sha256().empty(); }

// The key that the process asks about, or the one that it presents.
const std::string& KeyOf(const v1::CensusFile& census) {
  return Asks(census) ? census.candidate() : census.presented();
}

// Both processes ask about the same next identity, or present its key.
absl::Status CheckSameKey(const std::string& file, const v1::CensusFile& census, const std::string& first_file,
                          const v1::CensusFile& first) {
  const bool is_same = !Asks(census) || !Asks(first) || census.candidate_sha256() == first.candidate_sha256();
  if (KeyOf(census) == KeyOf(first) && is_same) return absl::OkStatus();
  if (!Asks(census)) return AboutNone(file);
  return absl::FailedPreconditionError(
      absl::StrCat(Printable(file), " is about the key ", Printable(KeyOf(census)), ", and ", Printable(first_file),
                   " about ", KeyOf(census) == KeyOf(first) ? "another certificate for it" : Printable(KeyOf(first)),
                   "; processes that ask about the same next identity count together"));
}

bool IsFresh(const v1::CensusFile& census, absl::Time now) {
  return absl::AbsDuration(now - json::ToTime(census.written())) < kFresh;
}

std::string NotFresh(const std::string& file, const v1::CensusFile& census) {
  return absl::StrCat(Printable(file), " was written at ", FormatRfc3339(json::ToTime(census.written())),
                      "; its process does not run, or cannot write");
}

void Exclude(const std::set<std::string>& peers, AdoptionStatus* adoption) {
  for (PeerAdoption& peer : adoption->peers) peer.is_excluded = peers.count(peer.peer) > 0;
}

// Completes what the peers say.
void SumUp(std::set<PeerKey> never_seen, absl::Time now, MergedCensus* merged) {
  AdoptionStatus& adoption = merged->adoption;
  adoption.blocking = CountBlocking(adoption.peers);
  for (const PeerAdoption& peer : adoption.peers) never_seen.erase({peer.side, peer.peer, peer.is_listed});
  if (adoption.peers.empty()) {
    merged->remarks.emplace_back("no process was ever connected to those that wrote these files, so nobody was asked");
  }
  if (now - adoption.offered_at < kAsking) {
    merged->remarks.push_back(absl::StrCat("the question was first asked at ", FormatRfc3339(adoption.offered_at),
                                           "; wait until a minute has passed"));
  }
  for (const PeerKey& key : never_seen) adoption.peers.push_back(NeverSeen(key.name));
}

}  // namespace

absl::StatusOr<MergedCensus> MergeCensuses(const std::vector<std::string>& files, absl::Time now) {
  MergedCensus merged;
  Census census(absl::InfiniteDuration());  // each process has applied its own window
  std::set<PeerKey> never_seen;
  std::set<std::string> excluded;
  std::optional<v1::CensusFile> first;  // that asks, if one does
  AdoptionStatus& adoption = merged.adoption;
  for (const std::string& file : files) {
    const absl::StatusOr<v1::CensusFile> read = ReadCensus(file);
    if (!read.ok()) return read.status();
    if (!first.has_value()) first = *read;
    if (absl::Status status = CheckSameKey(file, *read, files.front(), *first); !status.ok()) return status;
    const bool is_fresh = IsFresh(*read, now);
    if (!is_fresh) merged.remarks.push_back(NotFresh(file, *read));
    if (!Asks(*read)) {
      const bool is_switched = read->has_switched() && read->switched().key() == read->presented();
      if (is_switched) adoption.switched_at = json::ToTime(read->switched().at());
      continue;
    }
    if (!Asks(*first)) first = *read;
    census.Add(*read, is_fresh);
    adoption.offered_at = std::max(adoption.offered_at, json::ToTime(read->offered()));
    for (const v1::CensusFile::Exclusion& exclusion : read->exclusions()) {
      if (now < json::ToTime(exclusion.until())) excluded.insert(exclusion.peer());
    }
    for (const v1::CensusFile::Peer& peer : read->peers()) {
      if (peer.never_seen()) never_seen.insert({Side::kServer, peer.name(), peer.listed()});
    }
  }
  adoption.candidate = KeyOf(*first);
  if (!Asks(*first)) {
    if (adoption.switched_at == absl::InfiniteFuture()) return AboutNone(files.front());
    adoption.gate = AdoptionGate::kSwitched;
    return merged;
  }
  adoption.switched_at = absl::InfiniteFuture();
  adoption.peers = census.About(first->candidate_sha256(), now);
  Exclude(excluded, &adoption);
  SumUp(std::move(never_seen), now, &merged);
  return merged;
}

absl::Status CheckAdoption(const std::vector<std::string>& files, const std::string& pin, absl::Time now) {
  const absl::StatusOr<MergedCensus> merged = MergeCensuses(files, now);
  if (!merged.ok()) return merged.status();
  if (merged->adoption.candidate != pin) {
    return absl::FailedPreconditionError(
        absl::StrCat("the census is about the key ", Printable(merged->adoption.candidate), ", not about ", pin,
                     "; name that key's certificate as next_identity of the processes that will use it"));
  }
  if (merged->adoption.blocking > 0) return absl::FailedPreconditionError(ToString(merged->adoption));
  if (!merged->remarks.empty()) return absl::FailedPreconditionError(merged->remarks.front());
  return absl::OkStatus();
}

absl::Status CheckNotPresented(const std::vector<std::string>& files, const std::string& pin, absl::Time now) {
  for (const std::string& file : files) {
    const absl::StatusOr<v1::CensusFile> read = ReadCensus(file);
    if (!read.ok()) return read.status();
    if (!IsFresh(*read, now)) return absl::FailedPreconditionError(NotFresh(file, *read));
    if (read->presented() != pin) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("the process that writes ", Printable(file), " still presents the key ", pin,
                     ", and peers with the next pin file would refuse it; give it another identity first"));
  }
  return absl::OkStatus();
}

}  // namespace pinion
