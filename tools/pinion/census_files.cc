#include "tools/pinion/census_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/adoption/census.h"
#include "pinion/adoption/census_store.h"
#include "pinion/adoption/report.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/json/timestamp.h"

namespace pinion::cli {
namespace {

// A process writes its census at least once a minute. An older one says who was connected, not who is.
constexpr absl::Duration kFresh = absl::Minutes(5);
// Until then, clients that were not connected when the question was asked may connect.
constexpr absl::Duration kAsking = absl::Minutes(1);

absl::Status CheckSameCandidate(const std::string& file, const v1::CensusFile& census, const std::string& first_file,
                                const v1::CensusFile& first) {
  if (census.candidate_sha256().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(Printable(file), " is of a process without a next identity, which asks nobody; see next_identity ",
                     "in its configuration"));
  }
  if (census.candidate_sha256() == first.candidate_sha256()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      Printable(file), " is about the key ", Printable(census.candidate()), ", and ", Printable(first_file), " about ",
      first.candidate() == census.candidate() ? "another certificate for it" : Printable(first.candidate()),
      "; processes that ask about the same next identity count together"));
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
  v1::CensusFile first;
  for (const std::string& file : files) {
    const absl::StatusOr<v1::CensusFile> read = ReadCensus(file);
    if (!read.ok()) return read.status();
    if (first.candidate_sha256().empty()) first = *read;
    if (absl::Status status = CheckSameCandidate(file, *read, files.front(), first); !status.ok()) return status;
    const absl::Time written = json::ToTime(read->written());
    const bool is_fresh = absl::AbsDuration(now - written) < kFresh;
    if (!is_fresh) {
      merged.remarks.push_back(absl::StrCat(Printable(file), " was written at ", FormatRfc3339(written),
                                            "; its process does not run, or cannot write"));
    }
    census.Add(*read, is_fresh);
    merged.adoption.offered_at = std::max(merged.adoption.offered_at, json::ToTime(read->offered()));
    for (const v1::CensusFile::Peer& peer : read->peers()) {
      if (peer.never_seen()) never_seen.insert({Side::kServer, peer.name(), peer.listed()});
    }
  }
  merged.adoption.candidate = first.candidate();
  merged.adoption.peers = census.About(first.candidate_sha256(), now);
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

}  // namespace pinion::cli
