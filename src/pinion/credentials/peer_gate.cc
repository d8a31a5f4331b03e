#include "pinion/credentials/peer_gate.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinion/credentials/status_text.h"

namespace pinion {
namespace {

// Far above what a process meets; when full, starting over costs a verification each, not a wrong answer.
constexpr size_t kMaxStandings = 1024;

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

Verdict PeerGate::Judge(const PeerVerifier& verifier, absl::string_view leaf_pem, absl::string_view chain_pem,
                        absl::string_view host, absl::Time now) {
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
  } else {
    const std::lock_guard<std::mutex> lock(mutex_);
    presented.others.assign(intermediates_.begin(), intermediates_.end());
  }
  std::vector<x509::Certificate> path;
  Verdict verdict = verifier.Verify(presented, settings_.role, host, now, &path);
  Remember(path);
  return verdict;
}

void PeerGate::Remember(const std::vector<x509::Certificate>& path) {
  const std::lock_guard<std::mutex> lock(mutex_);
  bool known = true;
  for (size_t i = 1; i + 1 < path.size(); ++i) known = known && intermediates_.contains(path[i].der());
  if (known) return;
  // The verifier takes no more. Full handshakes bring back those that are still in use.
  if (intermediates_.size() + path.size() - 2 > PresentedChain::kMaxOthers) intermediates_.clear();
  for (size_t i = 1; i + 1 < path.size(); ++i) intermediates_.insert(path[i].der());
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
  Verdict verdict = Judge(*verifier, leaf_pem, chain_pem, host, now);
  // Servers have no calls re-checked.
  if (settings_.role == PeerRole::kServer) Note(KeyOf(host, leaf_pem), verdict, verifier, now);
  Report(verdict, host, now);
  return verdict;
}

absl::Status PeerGate::RecheckCall(absl::string_view leaf_pem, absl::string_view chain_pem, absl::string_view host) {
  const absl::Time now = settings_.clock();
  const std::shared_ptr<const PeerVerifier> verifier = verifier_();
  const std::string key = KeyOf(host, leaf_pem);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = standings_.find(key);
    if (found != standings_.end() && found->second.verifier.lock() == verifier && now >= found->second.from &&
        now < found->second.until) {
      return absl::OkStatus();
    }
  }
  const Verdict verdict = Judge(*verifier, leaf_pem, chain_pem, host, now);
  if (Note(key, verdict, verifier, now)) Report(verdict, host, now);
  if (verdict.accepted()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(kRefusedByPinion, verdict.ToString()));
}

bool PeerGate::Note(const std::string& key, const Verdict& verdict, const std::shared_ptr<const PeerVerifier>& verifier,
                    absl::Time now) {
  Standing standing{verifier, now, verdict.holds_until, verdict.reason, verdict.excused};
  if (verdict.matched.has_value()) standing.matched_state = verdict.matched->state;
  // Of several calls that meet a change, one alone finds that it is one.
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = standings_.find(key);
  if (found == standings_.end()) {
    if (standings_.size() >= kMaxStandings) standings_.clear();
    standings_.emplace(key, standing);
    return !verdict.accepted();
  }
  const Standing before = std::exchange(found->second, standing);
  return before.reason != standing.reason || before.excused != standing.excused ||
         before.matched_state != standing.matched_state;
}

}  // namespace pinion
