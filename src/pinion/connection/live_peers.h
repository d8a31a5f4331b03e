// The peers that live connections belong to, and what each has proved. Private to connection/.
#ifndef PINION_CONNECTION_LIVE_PEERS_H_
#define PINION_CONNECTION_LIVE_PEERS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/handshake/verified_path.h"
#include "pinion/x509/names.h"

namespace pinion {

// One certificate, for as long as a connection that presented it may live. The verifier that made it guards what can
// change.
struct LivePeer {
  const std::string host;  // the one that was dialled; empty for a client
  const std::string leaf_pem;
  const x509::SubjectAltNames names;
  // The path that was verified last. A CA on it that is REVOKED later counts even when the path holds no more.
  std::shared_ptr<const VerifiedPath> path;
  // The peer whose pin this key matched when it was last accepted. Empty for a peer that is in no pin set, and for one
  // that report-only excuses.
  std::string proven_as;
};

// gRPC's authorization filter shows the names in a caller's certificate, but not its key. This tells whether a call
// that comes under some names can only come from a proven key. Its owner lets one thread in at a time.
class LivePeers {
 public:
  // How long an accepted handshake counts as a live connection before the connection itself is found. A server closes
  // connections that it cannot find after ServerLimits::handshake_timeout.
  static constexpr absl::Duration kUnfound = absl::Seconds(30);

  // Null when no connection with this certificate lives.
  std::shared_ptr<LivePeer> Find(absl::string_view host, absl::string_view leaf_pem) const;
  // As Find; makes it where there is none.
  std::shared_ptr<LivePeer> Add(absl::string_view host, absl::string_view leaf_pem, const x509::SubjectAltNames& names);
  // Of an accepted handshake at `now`, by the steady clock.
  void Keep(std::shared_ptr<LivePeer> peer, absl::Time now);
  // Whether every live connection under these names has proved to be `peer`. False when there is none.
  bool AreProven(const x509::SubjectAltNames& names, absl::string_view peer, absl::Time now);

 private:
  using Some = std::vector<std::weak_ptr<LivePeer>>;

  static constexpr size_t kFirstSweep = 64;

  void ForgetUnfound(absl::Time now);
  void Sweep();

  absl::flat_hash_map<std::string, std::weak_ptr<LivePeer>> by_certificate_;
  absl::flat_hash_map<std::string, Some> by_names_;
  std::deque<std::pair<absl::Time, std::shared_ptr<LivePeer>>> unfound_;  // the oldest first
  size_t sweep_at_ = kFirstSweep;
};

}  // namespace pinion

#endif  // PINION_CONNECTION_LIVE_PEERS_H_
