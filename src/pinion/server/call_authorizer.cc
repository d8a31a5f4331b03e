#include "pinion/server/call_authorizer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pinion/base/mutex.h"

namespace pinion {
namespace {

x509::SubjectAltNames NamesOf(const CallToAuthorize& call) {
  x509::SubjectAltNames names;
  for (const absl::string_view uri : call.uri_sans) names.uris.emplace_back(uri);
  for (const absl::string_view dns : call.dns_sans) names.dns.emplace_back(dns);
  return names;
}

// The names of the peers point into the pin set, which must outlive them.
CallerPeers PeersOf(const CallToAuthorize& call, const PinSet& pin_set, const ConnectionVerifier& connection_verifier) {
  CallerPeers peers;
  const x509::SubjectAltNames names = NamesOf(call);
  for (const Peer* peer : pin_set.FindByNames(names)) peers.names.emplace_back(peer->name);
  peers.are_proven = !peers.names.empty() && std::all_of(peers.names.begin(), peers.names.end(), [&](const auto& name) {
    return connection_verifier.AreProven(names, name);
  });
  return peers;
}

}  // namespace

CallAuthorizer::CallAuthorizer(const WorkloadParts& parts,
                               std::shared_ptr<const ConnectionVerifier> connection_verifier)
    : trust_state_(parts.trust_state),
      offers_exchanges_(parts.exchange != nullptr),
      connection_verifier_(std::move(connection_verifier)),
      authorizer_(trust_state_->snapshot()->policy, trust_state_->snapshot()->shadow_policy, parts.queue,
                  parts.options.clock, std::shared_ptr<CallCounters>(parts.counters, &parts.counters->calls())) {}

bool CallAuthorizer::Allow(CallToAuthorize& call) {
  // For every authenticated peer: it asks about this process's own certificate, and answers about the peer's alone.
  if (offers_exchanges_ && call.path == Exchange::kMethod) {
    return (call.is_compressed == nullptr || !call.is_compressed()) && exchanges_.Admit(NamesOf(call));
  }
  // Captured as one reference, so that no call allocates memory for it.
  struct {
    const CallAuthorizer& call_authorizer;
    const CallToAuthorize& call;
    std::shared_ptr<const PinSet> pin_set;  // outlives the names that `peers` returns
    CallerPeers peers;
  } asked = {*this, call, nullptr, {}};
  call.peers = [&asked] {
    // The same pin set for all look-ups of a call.
    if (asked.pin_set == nullptr) {
      asked.pin_set = asked.call_authorizer.trust_state_->snapshot()->pin_set;
      asked.peers = PeersOf(asked.call, *asked.pin_set, *asked.call_authorizer.connection_verifier_);
    }
    return asked.peers;
  };
  call.pin = [&asked] { return asked.call_authorizer.connection_verifier_->PinsOf(NamesOf(asked.call)); };
  const bool allowed = authorizer_.Allow(call);
  call.peers = nullptr;
  call.pin = nullptr;
  return allowed;
}

void CallAuthorizer::TakePolicies() {
  const MutexLock lock(taking_);
  const std::shared_ptr<const Snapshot> snapshot = trust_state_->snapshot();
  authorizer_.Use(snapshot->policy, snapshot->shadow_policy);
}

}  // namespace pinion
