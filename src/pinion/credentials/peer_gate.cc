#include "pinion/credentials/peer_gate.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinion/credentials/status_text.h"

namespace pinion {
namespace {

Verdict Malformed(absl::string_view what, const absl::Status& status) {
  Verdict verdict;
  verdict.reason = v1::MALFORMED_CERTIFICATE;
  verdict.problem = absl::StrCat(what, ": ", status.message());
  return verdict;
}

std::string KeyOf(absl::string_view host, absl::string_view leaf_pem) {
  return absl::StrCat(host, absl::string_view("\0", 1), leaf_pem);
}

}  // namespace

Verdict PeerGate::Judge(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                        absl::string_view chain_pem, absl::string_view host, absl::Time now) {
  const std::shared_ptr<const VerifiedPath> known = settings_.seen->Find(leaf_pem, chain_pem);
  std::optional<Verdict> recalled;
  if (known != nullptr) recalled = verifier->VerifyKnown(known, settings_.role, host, now);
  Verdict verdict = recalled.has_value() ? *std::move(recalled) : JudgeAnew(verifier, leaf_pem, chain_pem, host, now);
  if (verdict.leaf.has_value()) {
    const std::lock_guard<std::mutex> lock(mutex_);
    pins_.Note(verdict.leaf->names(), x509::ToPinText(verdict.leaf->spki_digest()), verifier, verdict.accepted());
  }
  return verdict;
}

Verdict PeerGate::JudgeAnew(const std::shared_ptr<const PeerVerifier>& verifier, absl::string_view leaf_pem,
                            absl::string_view chain_pem, absl::string_view host, absl::Time now) {
  PresentedChain presented;
  if (!leaf_pem.empty()) {
    absl::StatusOr<std::vector<std::string>> leaf = x509::DecodePem(leaf_pem);
    if (!leaf.ok()) return Malformed("the certificate", leaf.status());
    presented.leaf = std::move(leaf->front());
  }
  if (!chain_pem.empty()) {
    absl::StatusOr<std::vector<std::string>> chain = x509::DecodePem(chain_pem);
    if (!chain.ok()) return Malformed("the certificate chain", chain.status());
    presented.others = *std::move(chain);
    // gRPC's clients get it again, its servers don't: it is no issuer, and doesn't count as one.
    if (presented.others.front() == presented.leaf) presented.others.erase(presented.others.begin());
  } else {
    presented.others = settings_.seen->IntermediatesFor(presented.leaf);
  }
  std::shared_ptr<const VerifiedPath> path;
  Verdict verdict = verifier->Verify(presented, settings_.role, host, now, &path);
  if (path != nullptr) settings_.seen->Remember(leaf_pem, chain_pem, std::move(path), now);
  return verdict;
}

void PeerGate::Report(const Verdict& verdict, absl::string_view host, absl::Time now) {
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
  event.side = settings_.role == PeerRole::kServer ? Side::kClient : Side::kServer;
  event.host = std::string(host);
  event.reason = verdict.reason;
  event.excused = verdict.excused;
  if (!verdict.accepted() || verdict.excused != v1::REASON_UNSPECIFIED) event.text = verdict.ToString();
  event.peer = verdict.peer;
  if (verdict.leaf.has_value()) {
    event.presented_pin = x509::ToPinText(verdict.leaf->spki_digest());
    event.presented_subject = verdict.leaf->subject();
  }
  if (verdict.matched.has_value()) event.matched_state = verdict.matched->state;
  settings_.events->OnHandshake(event);
}

Verdict PeerGate::JudgeHandshake(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  Verdict verdict = Judge(verifier, leaf_pem, chain_pem, host, now);
  Note(KeyOf(host, leaf_pem), StandingOf(verdict, verifier, now));
  Report(verdict, host, now);
  if (settings_.judged) settings_.judged(host, verdict.accepted());
  return verdict;
}

absl::Status PeerGate::RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::string key = KeyOf(host, leaf_pem);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (FindStanding(key, verifier, now) != nullptr) return absl::OkStatus();
  }
  const Verdict verdict = Judge(verifier, leaf_pem, chain_pem, host, now);
  if (Note(key, StandingOf(verdict, verifier, now))) Report(verdict, host, now);
  if (verdict.accepted()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(kRefusedByPinion, verdict.ToString()));
}

PeerGate::LiveVerdict PeerGate::JudgeLive(absl::string_view leaf_pem, absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::string key = KeyOf(host, leaf_pem);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const LiveVerdict* found = FindStanding(key, verifier, now); found != nullptr) return *found;
  }
  const Standing standing = StandingOf(Judge(verifier, leaf_pem, /*chain_pem=*/"", host, now), verifier, now);
  Note(key, standing);
  return standing.verdict;
}

std::string PeerGate::PinsOf(const x509::SubjectAltNames& names) const {
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::lock_guard<std::mutex> lock(mutex_);
  return pins_.Of(names, verifier);
}

PeerGate::Standing PeerGate::StandingOf(const Verdict& verdict, const std::shared_ptr<const PeerVerifier>& verifier,
                                        absl::Time now) {
  Standing standing;
  standing.verifier = verifier;
  standing.from = now;
  standing.verdict.reason = verdict.reason;
  if (!verdict.accepted()) standing.verdict.text = verdict.ToString();
  standing.verdict.peer = verdict.peer;
  if (verdict.leaf.has_value()) standing.verdict.pin = x509::ToPinText(verdict.leaf->spki_digest());
  standing.verdict.holds_until = verdict.holds_until;
  standing.excused = verdict.excused;
  if (verdict.matched.has_value()) standing.matched_state = verdict.matched->state;
  return standing;
}

const PeerGate::LiveVerdict* PeerGate::FindStanding(const std::string& key,
                                                    const std::shared_ptr<const PeerVerifier>& verifier,
                                                    absl::Time now) {
  const Standing* const standing = standings_.Find(key);
  if (standing == nullptr) return nullptr;
  const bool holds = standing->verdict.accepted() && now >= standing->from && now < standing->verdict.holds_until &&
                     standing->verifier.lock() == verifier;
  return holds ? &standing->verdict : nullptr;
}

bool PeerGate::Note(const std::string& key, Standing standing) {
  // Of several calls that meet a change, one alone finds that it is one.
  const std::lock_guard<std::mutex> lock(mutex_);
  Standing* const found = standings_.Find(key);
  if (found == nullptr) {
    const bool accepted = standing.verdict.accepted();
    const absl::Time now = standing.from;
    standings_.Put(key, std::move(standing), [now](const Standing& other) {
      const bool is_over = other.verdict.accepted() && now >= other.verdict.holds_until;
      return !is_over && !other.verifier.expired();  // time or a change has overtaken it
    });
    return !accepted;
  }
  const Standing before = std::exchange(*found, std::move(standing));
  const Standing& after = *found;
  return before.verdict.reason != after.verdict.reason || before.excused != after.excused ||
         before.matched_state != after.matched_state;
}

}  // namespace pinion
