#include "pinion/server/call_authorizer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace pinion {
namespace {

x509::SubjectAltNames NamesOf(const CallToAuthorize& call) {
  x509::SubjectAltNames names;
  for (const absl::string_view uri : call.uri_sans) names.uris.emplace_back(uri);
  for (const absl::string_view dns : call.dns_sans) names.dns.emplace_back(dns);
  return names;
}

// The names of the peers are the pin set's, which has to outlive them.
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

CallAuthorizer::CallAuthorizer(std::shared_ptr<TrustState> trust_state,
                               std::shared_ptr<const ConnectionVerifier> connection_verifier,
                               const ServerOptions& options)
    : trust_state_(std::move(trust_state)),
      connection_verifier_(std::move(connection_verifier)),
      authorizer_(trust_state_->policy(), trust_state_->shadow_policy(), options.events, options.clock) {}

bool CallAuthorizer::Allow(CallToAuthorize& call) {
  // Captured as one reference, so that asking costs a call no allocation.
  struct {
    const CallAuthorizer& call_authorizer;
    const CallToAuthorize& call;
    std::shared_ptr<const PinSet> pin_set;  // outlives the names that `peers` gives out
    CallerPeers peers;
  } asked = {*this, call, nullptr, {}};
  call.peers = [&asked] {
    // The same for every question.
    if (asked.pin_set == nullptr) {
      asked.pin_set = asked.call_authorizer.trust_state_->Verifier()->pin_set();
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
  const std::lock_guard<std::mutex> lock(taking_);
  authorizer_.Use(trust_state_->policy(), trust_state_->shadow_policy());
}

}  // namespace pinion
