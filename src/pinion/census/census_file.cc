#include <algorithm>
#include <utility>

#include "pinion/census/census.h"
#include "pinion/census/report.h"
#include "pinion/json/timestamp.h"

namespace pinion {
namespace {

absl::Time ToMinute(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Minutes(1));
}

}  // namespace

PeerKey KeyOf(const v1::CensusFile::Peer& peer) {
  return {peer.side() == v1::SERVES ? Side::kServer : Side::kClient, peer.name(), peer.listed(), peer.attests()};
}

void SetKey(const PeerKey& key, v1::CensusFile::Peer* peer) {
  peer->set_side(ToProto(key.side));
  peer->set_name(key.name);
  peer->set_listed(key.is_listed);
  peer->set_attests(key.attests);
}

void Census::WriteTo(const std::string& candidate, v1::CensusFile* file) const {
  const absl::Time now = absl::InfinitePast();  // an answer that has an end is written with it
  for (const auto& [key, peer] : peers_) {
    v1::CensusFile::Peer* const to = file->add_peers();
    SetKey(key, to);
    const int64_t attested = CountAttested(key, peer, candidate, now);
    to->set_attested(static_cast<int>(attested));
    to->set_silent(static_cast<int>(peer.silent - (attested - peer.attested)));
    to->set_silent_gone(static_cast<int>(peer.silent_gone));
    // In minutes, so that a connection that stays does not change the file each time.
    if (peer.silent + peer.silent_gone > 0) *to->mutable_silent_seen() = json::ToTimestamp(ToMinute(peer.silent_seen));
    for (const auto& [id, arrival] : peer.arrivals) {
      v1::CensusFile::Arrival* const added = to->add_arrivals();
      added->set_process(id);
      *added->mutable_at() = json::ToTimestamp(arrival.at);
      if (arrival.stayed_until < absl::InfiniteFuture()) {
        *added->mutable_stayed_until() = json::ToTimestamp(arrival.stayed_until);
      }
    }
    for (const auto& [id, process] : peer.processes) {
      v1::CensusFile::Process* const added = to->add_processes();
      added->set_id(id);
      *added->mutable_first_seen() = json::ToTimestamp(process.first_seen);
      *added->mutable_last_seen() = json::ToTimestamp(process.last_seen);
      added->set_streams(static_cast<int>(process.streams.size()));
      added->set_pin_set_version(process.pin_set_version);
      v1::Reason reason = v1::REASON_UNSPECIFIED;
      const Says said = WhatIsSaid(process, candidate, now, &reason);
      if (said == Says::kNothing) continue;
      added->set_candidate_sha256(candidate);
      added->set_reason(said == Says::kAccepts ? v1::ACCEPTED : reason);
      absl::Time until = process.streams.empty() ? process.last.until : absl::InfiniteFuture();
      for (const auto& [number, answer] : process.streams) until = std::min(until, answer.until);
      if (said == Says::kAccepts && until < absl::InfiniteFuture())
        *added->mutable_accepted_until() = json::ToTimestamp(until);
    }
  }
}

void Census::Add(const v1::CensusFile& file, bool is_live) {
  has_changed_ = true;
  for (const v1::CensusFile::Peer& from : file.peers()) {
    if (from.never_seen()) continue;
    const PeerKey key = KeyOf(from);
    Peer& peer = peers_[key];
    peer.silent += is_live ? from.silent() : 0;
    peer.attested += is_live ? from.attested() : 0;
    // A file that is not live may be read again.
    // Those that are attested are spoken for again, or silent, when they come back.
    peer.silent_gone = is_live ? peer.silent_gone + from.silent_gone()
                               : std::max<int64_t>(peer.silent_gone, int64_t{from.silent_gone()} + from.silent());
    if (from.has_silent_seen()) peer.silent_seen = std::max(peer.silent_seen, json::ToTime(from.silent_seen()));
    for (const v1::CensusFile::Process& one : from.processes()) AddProcess(file, one, is_live, key, &peer);
    for (const v1::CensusFile::Arrival& one : from.arrivals()) {
      // One that had not left has since, or will join.
      const absl::Time stayed_until = json::ToTime(one.has_stayed_until() ? one.stayed_until() : file.written());
      peer.arrivals.emplace(one.process(), Arrival{json::ToTime(one.at()), stayed_until});
    }
  }
}

void Census::AddProcess(const v1::CensusFile& file, const v1::CensusFile::Process& one, bool is_live,
                        const PeerKey& key, Peer* peer) {
  const bool was_open = one.streams() > 0;
  const absl::Time last_seen =
      was_open ? std::max(json::ToTime(one.last_seen()), json::ToTime(file.written())) : json::ToTime(one.last_seen());
  Answer answer = {one.candidate_sha256(), one.reason(),
                   one.has_accepted_until() ? json::ToTime(one.accepted_until()) : absl::InfiniteFuture()};
  const auto [known, is_new] = peer->processes.emplace(one.id(), Process());
  Process& process = known->second;
  if (is_new) {
    process.was_cut_off = was_open;
    process.away_since = absl::InfiniteFuture();
    ++processes_;
    if (!key.is_listed) ++unlisted_processes_;
    process.first_seen = json::ToTime(one.first_seen());
    process.last_seen = absl::InfinitePast();
  }
  if (is_live && was_open) process.streams.emplace(--file_streams_, answer);
  if (last_seen > process.last_seen) {
    process.pin_set_version = one.pin_set_version();
    process.last_seen = last_seen;
    process.last = std::move(answer);
  }
}

}  // namespace pinion
