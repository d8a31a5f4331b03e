#include "pinion/connection/connection_verifier.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/connection/presented.h"
#include "pinion/handshake/status_text.h"

namespace pinion {
namespace {

std::string KeyOf(absl::string_view host, absl::string_view leaf_pem) {
  return absl::StrCat(host, absl::string_view("\0", 1), leaf_pem);
}

// The peer that has the pin which the key matched.
std::string ProvenAs(const Verdict& verdict) {
  return verdict.accepted() && verdict.matched.has_value() ? verdict.peer : "";
}

}  // namespace

Verdict ConnectionVerifier::Judge(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                                  absl::string_view chain_pem, absl::string_view host, absl::Time now, Use use,
                                  const std::shared_ptr<const VerifiedPath>& remembered) {
  std::shared_ptr<const VerifiedPath> known = settings_.seen->Find(leaf_pem, chain_pem);
  if (known == nullptr) known = remembered;
  std::optional<Verdict> decided;
  const bool has_expired = use == Use::kNew && now >= verifier->pin_set()->expires();
  if (known != nullptr && !has_expired) decided = verifier->VerifyKnown(known, settings_.role, host, now);
  // Another path cannot help a leaf with a revoked key, so its certificate is not parsed again on each of thousands of
  // connections.
  if (!decided.has_value() && known != nullptr && verifier->IsLeafRevoked(*known)) {
    decided = verifier->FindRevocation(*known, settings_.role, host, now);
  }
  Verdict verdict =
      decided.has_value() ? *std::move(decided) : JudgeAnew(verifier, leaf_pem, chain_pem, host, now, use);
  if (known != nullptr && !verdict.accepted()) {
    // A refusal for another reason must not hide that a CA on the path is revoked.
    std::optional<Verdict> revoked = verifier->FindRevocation(*known, settings_.role, host, now);
    if (revoked.has_value()) verdict = *std::move(revoked);
  }
  if (verdict.leaf.has_value()) {
    const MutexLock lock(mutex_);
    pins_.Note(verdict.leaf->names(), x509::ToPinText(verdict.leaf->spki_digest()), verifier, verdict.accepted());
  }
  return verdict;
}

Verdict ConnectionVerifier::JudgeAnew(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                                      absl::string_view chain_pem, absl::string_view host, absl::Time now, Use use) {
  const absl::StatusOr<PresentedChain> presented = DecodePresented(leaf_pem, chain_pem, *settings_.seen);
  if (!presented.ok()) {
    Verdict verdict;
    verdict.reason = v1::MALFORMED_CERTIFICATE;
    verdict.problem = std::string(presented.status().message());
    return verdict;
  }
  std::shared_ptr<const VerifiedPath> path;
  Verdict verdict = use == Use::kNew ? verifier->Verify(*presented, settings_.role, host, now, &path)
                                     : verifier->VerifyLive(*presented, settings_.role, host, now, &path);
  if (path != nullptr) settings_.seen->Remember(leaf_pem, chain_pem, std::move(path), now);
  return verdict;
}

void ConnectionVerifier::Report(const Verdict& verdict, Use use, const ShadowJudge::Outcome& shadow,
                                absl::string_view host, absl::Time now, const std::string& address) {
  if (settings_.last_refusals != nullptr) {
    if (verdict.accepted()) {
      settings_.last_refusals->Clear(host);
    } else {
      settings_.last_refusals->Set(host, {now, verdict.reason, verdict.ToString()});
    }
  }
  if (settings_.events == nullptr) return;
  HandshakeEvent event;
  event.time = now;
  event.address = address;
  event.side = settings_.role == PeerRole::kServer ? Side::kClient : Side::kServer;
  event.host = std::string(host);
  event.is_recheck = use == Use::kLive;
  event.reason = verdict.reason;
  event.report_only_reason = verdict.report_only_reason;
  if (!verdict.accepted() || verdict.report_only_reason != v1::REASON_UNSPECIFIED) event.text = verdict.ToString();
  event.peer = verdict.peer;
  if (verdict.leaf.has_value()) {
    event.presented_pin = x509::ToPinText(verdict.leaf->spki_digest());
    event.presented_subject = verdict.leaf->subject();
  }
  if (verdict.matched.has_value()) event.matched_state = verdict.matched->state;
  if (shadow.reason != v1::REASON_UNSPECIFIED && (shadow.reason == v1::ACCEPTED) != verdict.accepted()) {
    event.shadow_reason = shadow.reason;
    event.shadow_text = shadow.text;
  }
  settings_.events->OnHandshake(event);
}

Verdict ConnectionVerifier::JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem,
                                           absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  Verdict verdict = Judge(verifier, leaf_pem, chain_pem, host, now, Use::kNew);
  Note(KeyOf(host, leaf_pem), CachedVerdictOf(verdict, verifier, now));
  if (verdict.accepted()) NoteAccepted(verdict, leaf_pem, host);
  const std::string address = settings_.judged ? settings_.judged(host, leaf_pem, verdict.accepted()) : "";
  Report(verdict, Use::kNew, shadow_.Judge(leaf_pem, chain_pem, host, now, *settings_.seen), host, now, address);
  if (settings_.recorder != nullptr) {
    settings_.recorder->Record({settings_.role, std::string(host), std::string(leaf_pem), std::string(chain_pem),
                                verifier, verdict.reason, verdict.peer});
  }
  return verdict;
}

absl::Status ConnectionVerifier::RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem,
                                             absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::string key = KeyOf(host, leaf_pem);
  {
    const MutexLock lock(mutex_);
    if (FindCachedVerdict(key, verifier, now) != nullptr) return absl::OkStatus();
  }
  const Verdict verdict = Judge(verifier, leaf_pem, chain_pem, host, now, Use::kLive);
  if (Note(key, CachedVerdictOf(verdict, verifier, now)))
    Report(verdict, Use::kLive, /*shadow=*/{}, host, now, /*address=*/"");
  if (verdict.accepted()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(kRefusedByPinion, verdict.ToString()));
}

void ConnectionVerifier::NoteAccepted(const Verdict& verdict, absl::string_view leaf_pem, absl::string_view host) {
  const MutexLock lock(mutex_);
  const std::shared_ptr<LivePeer> peer = live_peers_.Add(host, leaf_pem, verdict.leaf->names());
  peer->path = settings_.seen->Find(leaf_pem, /*chain_pem=*/"");
  peer->proven_as = ProvenAs(verdict);
  live_peers_.Keep(peer, SteadyNow());
}

std::shared_ptr<LivePeer> ConnectionVerifier::Recall(absl::string_view leaf_pem, absl::string_view host) {
  {
    const MutexLock lock(mutex_);
    if (std::shared_ptr<LivePeer> found = live_peers_.Find(host, leaf_pem); found != nullptr) return found;
  }
  const absl::StatusOr<std::vector<x509::Certificate>> leaf = x509::ParsePem(leaf_pem);
  if (!leaf.ok()) return nullptr;
  const MutexLock lock(mutex_);
  return live_peers_.Add(host, leaf_pem, leaf->front().names());
}

ConnectionVerifier::LiveVerdict ConnectionVerifier::JudgeLive(LivePeer* peer) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::string key = KeyOf(peer->host, peer->leaf_pem);
  std::shared_ptr<const VerifiedPath> path;
  {
    const MutexLock lock(mutex_);
    if (const CachedVerdict* found = FindCachedVerdict(key, verifier, now); found != nullptr) {
      peer->proven_as = found->proven_as;
      return found->verdict;
    }
    path = peer->path;
  }
  const Verdict verdict = Judge(verifier, peer->leaf_pem, /*chain_pem=*/"", peer->host, now, Use::kLive, path);
  CachedVerdict standing = CachedVerdictOf(verdict, verifier, now);
  if (verdict.accepted()) path = settings_.seen->Find(peer->leaf_pem, /*chain_pem=*/"");
  {
    const MutexLock lock(mutex_);
    peer->path = path;
    if (verdict.accepted()) peer->proven_as = standing.proven_as;
    standing.verdict.impostor = !verdict.accepted() && IsImpostor(*peer, *verifier->pin_set());
  }
  Note(key, standing);
  return standing.verdict;
}

bool ConnectionVerifier::IsImpostor(const LivePeer& peer, const PinSet& pin_set) const {
  const auto is_another = [&peer](const Peer* listed) { return listed->name != peer.proven_as; };
  if (settings_.role == PeerRole::kServer) {
    const absl::StatusOr<x509::HostName> host = x509::HostName::Parse(peer.host);
    const Peer* const dialled = host.ok() ? pin_set.FindByHost(*host) : nullptr;
    return dialled != nullptr && is_another(dialled);
  }
  const std::vector<const Peer*> named = pin_set.FindByNames(peer.names);
  return std::any_of(named.begin(), named.end(), is_another);
}

bool ConnectionVerifier::AreProven(const x509::SubjectAltNames& names, absl::string_view peer) const {
  const MutexLock lock(mutex_);
  return live_peers_.AreProven(names, peer, SteadyNow());
}

std::string ConnectionVerifier::PinsOf(const x509::SubjectAltNames& names) const {
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const MutexLock lock(mutex_);
  return pins_.Of(names, verifier);
}

ConnectionVerifier::CachedVerdict ConnectionVerifier::CachedVerdictOf(
    const Verdict& verdict, const std::shared_ptr<const PeerVerifier>& verifier, absl::Time now) {
  CachedVerdict standing;
  standing.verifier = verifier;
  standing.from = now;
  standing.verdict.reason = verdict.reason;
  if (!verdict.accepted()) standing.verdict.text = verdict.ToString();
  standing.verdict.peer = verdict.peer;
  if (verdict.leaf.has_value()) standing.verdict.pin = x509::ToPinText(verdict.leaf->spki_digest());
  standing.verdict.holds_until = verdict.holds_until;
  standing.proven_as = ProvenAs(verdict);
  standing.report_only_reason = verdict.report_only_reason;
  if (verdict.matched.has_value()) standing.verdict.pin_state = verdict.matched->state;
  return standing;
}

const ConnectionVerifier::CachedVerdict* ConnectionVerifier::FindCachedVerdict(
    const std::string& key, const std::shared_ptr<const PeerVerifier>& verifier, absl::Time now) {
  const CachedVerdict* const standing = cached_verdicts_.Find(key);
  if (standing == nullptr) return nullptr;
  const bool holds = standing->verdict.accepted() && now >= standing->from && now < standing->verdict.holds_until &&
                     standing->verifier.lock() == verifier;
  return holds ? standing : nullptr;
}

bool ConnectionVerifier::Note(const std::string& key, CachedVerdict standing) {
  // If several calls observe the same change, only one of them reports it.
  const MutexLock lock(mutex_);
  CachedVerdict* const found = cached_verdicts_.Find(key);
  if (found == nullptr) {
    const bool accepted = standing.verdict.accepted();
    const absl::Time now = standing.from;
    cached_verdicts_.Put(key, std::move(standing), [now](const CachedVerdict& other) {
      const bool is_over = other.verdict.accepted() && now >= other.verdict.holds_until;
      return !is_over && !other.verifier.expired();  // else it has expired or its verifier is gone
    });
    return !accepted;
  }
  const CachedVerdict before = std::exchange(*found, std::move(standing));
  const CachedVerdict& after = *found;
  return before.verdict.reason != after.verdict.reason || before.report_only_reason != after.report_only_reason ||
         before.verdict.pin_state != after.verdict.pin_state;
}

}  // namespace pinion
