// The peers of live connections, and the identity that each has proven. Private to connection/.
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

// A certificate that a live connection presented. It exists while such a connection may be live. The verifier that
// created it guards the mutable members.
struct LivePeer {
  const std::string host;  // the host that was dialled; empty for a client
  const std::string leaf_pem;
  const x509::SubjectAltNames names;
  // The last verified path. A CA on it that is REVOKED later revokes the peer even if the path is no longer valid.
  std::shared_ptr<const VerifiedPath> path;
  // The peer that has the pin which this key matched when it was last accepted. Empty for a peer that the pin set does
  // not list, and for one that only report-only accepts.
  std::string proven_as;
};

// gRPC's authorization filter provides the names in a caller's certificate, but not its key. This class determines
// whether a call under some names can only come from a proven key. Not thread-safe; the owner serializes access.
class LivePeers {
 public:
  // How long an accepted handshake counts as a live connection before the connection itself is found. A server closes
  // connections that it cannot find after ServerLimits::handshake_timeout.
  static constexpr absl::Duration kUnfound = absl::Seconds(30);

  // Null if there is no live connection with this certificate.
  std::shared_ptr<LivePeer> Find(absl::string_view host, absl::string_view leaf_pem) const;
  // Like Find, but creates the entry if there is none.
  std::shared_ptr<LivePeer> Add(absl::string_view host, absl::string_view leaf_pem, const x509::SubjectAltNames& names);
  // Keeps the peer of a handshake that was accepted at `now`, by the steady clock.
  void Keep(std::shared_ptr<LivePeer> peer, absl::Time now);
  // Whether every live connection under these names has proven to be `peer`. False if there is no such connection.
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
