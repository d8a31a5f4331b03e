#include "pinion/credentials/call_guard.h"

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
CallerPeers PeersOf(const CallToAuthorize& call, const PinSet& pin_set, const PeerGate& gate) {
  CallerPeers peers;
  const x509::SubjectAltNames names = NamesOf(call);
  for (const Peer* peer : pin_set.FindByNames(names)) peers.names.emplace_back(peer->name);
  peers.are_proven = !peers.names.empty() && std::all_of(peers.names.begin(), peers.names.end(),
                                                         [&](const auto& name) { return gate.AreProven(names, name); });
  return peers;
}

}  // namespace

CallGuard::CallGuard(std::shared_ptr<Material> material, std::shared_ptr<const PeerGate> gate,
                     const ServerOptions& options)
    : material_(std::move(material)),
      gate_(std::move(gate)),
      authorizer_(material_->policy(), material_->shadow_policy(), options.events, options.clock) {}

bool CallGuard::Allow(CallToAuthorize& call) {
  // Captured as one reference, so that asking costs a call no allocation.
  struct {
    const CallGuard& guard;
    const CallToAuthorize& call;
    std::shared_ptr<const PinSet> pin_set;  // outlives the names that `peers` gives out
    CallerPeers peers;
  } asked = {*this, call, nullptr, {}};
  call.peers = [&asked] {
    // The same for every question.
    if (asked.pin_set == nullptr) {
      asked.pin_set = asked.guard.material_->Verifier()->pin_set();
      asked.peers = PeersOf(asked.call, *asked.pin_set, *asked.guard.gate_);
    }
    return asked.peers;
  };
  call.pin = [&asked] { return asked.guard.gate_->PinsOf(NamesOf(asked.call)); };
  const bool allowed = authorizer_.Allow(call);
  call.peers = nullptr;
  call.pin = nullptr;
  return allowed;
}

void CallGuard::TakePolicies() {
  const std::lock_guard<std::mutex> lock(taking_);
  authorizer_.Use(material_->policy(), material_->shadow_policy());
}

}  // namespace pinion
