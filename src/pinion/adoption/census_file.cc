#include <algorithm>
#include <utility>

#include "pinion/adoption/census.h"

namespace pinion {
namespace {

google::protobuf::Timestamp TimestampOf(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  return timestamp;
}

absl::Time TimeOf(const google::protobuf::Timestamp& timestamp) { return absl::FromUnixSeconds(timestamp.seconds()); }

}  // namespace

void Census::WriteTo(v1::CensusFile* file) const {
  for (const auto& [key, peer] : peers_) {
    v1::CensusFile::Peer* const to = file->add_peers();
    to->set_side(key.side == Side::kServer ? v1::SERVES : v1::CALLS);
    to->set_name(key.name);
    to->set_listed(key.is_listed);
    to->set_silent(peer.silent);
    to->set_silent_gone(peer.silent_gone);
    if (peer.silent + peer.silent_gone > 0) *to->mutable_silent_seen() = TimestampOf(peer.silent_seen);
    for (const auto& [id, process] : peer.processes) {
      v1::CensusFile::Process* const added = to->add_processes();
      added->set_id(id);
      *added->mutable_first_seen() = TimestampOf(process.first_seen);
      *added->mutable_last_seen() = TimestampOf(process.last_seen);
      added->set_streams(process.streams);
      added->set_pin_set_version(process.pin_set_version);
      added->set_candidate_sha256(process.candidate);
      added->set_reason(process.reason);
      if (process.accepted_until < absl::InfiniteFuture()) {
        *added->mutable_accepted_until() = TimestampOf(process.accepted_until);
      }
      added->set_replaces(process.replaces);
    }
  }
}

void Census::Add(const v1::CensusFile& file, bool is_live) {
  for (const v1::CensusFile::Peer& from : file.peers()) {
    if (from.never_seen()) continue;
    const PeerKey key = {from.side() == v1::SERVES ? Side::kServer : Side::kClient, from.name(), from.listed()};
    Peer& peer = peers_[key];
    peer.silent += is_live ? from.silent() : 0;
    peer.silent_gone += from.silent_gone() + (is_live ? 0 : from.silent());
    if (from.has_silent_seen()) peer.silent_seen = std::max(peer.silent_seen, TimeOf(from.silent_seen()));
    for (const v1::CensusFile::Process& one : from.processes()) {
      Process process;
      process.first_seen = TimeOf(one.first_seen());
      process.last_seen =
          one.streams() > 0 ? std::max(TimeOf(one.last_seen()), TimeOf(file.written())) : TimeOf(one.last_seen());
      process.streams = is_live ? one.streams() : 0;
      process.replaces = one.replaces();
      process.pin_set_version = one.pin_set_version();
      process.candidate = one.candidate_sha256();
      process.reason = one.reason();
      if (one.has_accepted_until()) process.accepted_until = TimeOf(one.accepted_until());
      const auto [known, is_new] = peer.processes.emplace(one.id(), process);
      if (is_new) {
        ++processes_;
        if (!key.is_listed) ++unlisted_processes_;
      } else if (process.last_seen > known->second.last_seen) {
        process.streams += known->second.streams;
        known->second = std::move(process);
      } else {
        known->second.streams += process.streams;
      }
    }
  }
}

}  // namespace pinion
