#include "pinion/handshake/peer_verifier.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "pinion/base/rfc3339.h"
#include "pinion/handshake/next_step.h"
#include "pinion/handshake/refusal_text.h"
#include "pinion/x509/path/path.h"

namespace pinion {
namespace {

// One verification. Each step returns true to continue; otherwise it has filled in the refusal.
class Judgement {
 public:
  Judgement(const PinSet& pin_set, PeerRole role, absl::Time now) : pin_set_(pin_set), role_(role), now_(now) {}

  // Checked first: a revoked key is refused as revoked, regardless of other faults in its certificate.
  bool CheckLeafNotRevoked(const PresentedChain& presented, absl::string_view host) {
    leaf_ = x509::Certificate::FromDer(presented.leaf);
    return !leaf_.ok() || CheckNotRevoked({*leaf_}, host);
  }

  // True if no key on the path is REVOKED. The path need not be valid any more.
  bool CheckNotRevoked(const std::vector<x509::Certificate>& path, absl::string_view host) {
    const PeerPin* revoked = pin_set_.FindRevoked(path);
    if (revoked == nullptr) return true;
    verdict_.leaf = path.front();
    const bool own = verdict_.leaf->spki_digest() == revoked->pin.digest;
    verdict_.problem =
        absl::StrCat(own ? "its key" : "its issuer's key", " is REVOKED in the pin set: ", ToString(revoked->pin));
    if (const Peer* peer = FindClaimedPeer(host); peer != nullptr) {
      verdict_.peer = peer->name;
      verdict_.expected = ExpectedPins(*peer);
    }
    return Refuse(v1::PIN_REVOKED, "the peer must serve its BACKUP key; treat every holder of this key as hostile");
  }

  bool FindServer(absl::string_view host) {
    const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(host);
    if (parsed.ok()) peer_ = pin_set_.FindByHost(*parsed);
    if (peer_ == nullptr) {
      verdict_.problem = absl::StrCat(InQuotes(host), " is not a host of any peer in the pin set, version ",
                                      pin_set_.version(), parsed.ok() ? "" : ", and is not a host name");
      verdict_.expected = ExpectedHosts(pin_set_);
      return Refuse(v1::HOST_NOT_PINNED, "dial a listed host, or add this one to the hosts of the peer it belongs to");
    }
    host_ = *parsed;
    verdict_.peer = peer_->name;
    return true;
  }

  bool Parse(const PresentedChain& presented) {
    if (presented.leaf.empty()) {
      verdict_.problem = "the peer presented no certificate";
      return Refuse(v1::NO_CERTIFICATE, "give the peer a certificate; mutual TLS needs one on both sides");
    }
    if (presented.others.size() > PresentedChain::kMaxOthers) {
      verdict_.problem = absl::StrCat("the peer presented ", presented.others.size(), " issuing certificates");
      return Refuse(v1::MALFORMED_CERTIFICATE, "send the leaf and its few intermediates only");
    }
    if (!leaf_.ok()) {
      verdict_.problem = absl::StrCat("the certificate is malformed: ", leaf_.status().message());
      return Refuse(v1::MALFORMED_CERTIFICATE, NextStepForPath(x509::PathCause::kMalformed, x509::PathPlace::kLeaf));
    }
    verdict_.leaf = *leaf_;
    for (const std::string& der : presented.others) {
      absl::StatusOr<x509::Certificate> other = x509::Certificate::FromDer(der);
      if (!other.ok()) {
        verdict_.problem = absl::StrCat("a certificate sent beside the leaf is malformed: ", other.status().message());
        return Refuse(v1::MALFORMED_CERTIFICATE,
                      NextStepForPath(x509::PathCause::kMalformed, x509::PathPlace::kIntermediate));
      }
      candidates_.push_back(*std::move(other));
    }
    return true;
  }

  bool CheckPath(const x509::TrustRoots& roots) {
    const x509::Purpose purpose = role_ == PeerRole::kServer ? x509::Purpose::kServerAuth : x509::Purpose::kClientAuth;
    x509::PathOutcome outcome = x509::BuildPath(*verdict_.leaf, candidates_, roots, purpose, now_);
    if (outcome.reason != v1::ACCEPTED) {
      verdict_.problem = std::move(outcome.detail);
      return Refuse(outcome.reason, NextStepForPath(outcome.cause, outcome.place));
    }
    verdict_.grpc_finds_no_path = outcome.is_alternative;
    path_ = std::make_shared<const VerifiedPath>(roots, role_, std::move(outcome));
    verdict_.holds_until = path_->valid_until();
    return true;
  }

  // Checks 0 to 3; ends at the first refusal.
  bool Check(const PresentedChain& presented, const x509::TrustRoots& roots, v1::UnlistedClients unlisted_clients,
             absl::string_view host) {
    return CheckLeafNotRevoked(presented, host) && (role_ == PeerRole::kClient || FindServer(host)) &&
           Parse(presented) && CheckPath(roots) && CheckOnPath(unlisted_clients, host);
  }

  // Replaces Parse and CheckPath.
  bool Recall(const std::shared_ptr<const VerifiedPath>& known, const x509::TrustRoots& roots) {
    if (!known->Holds(roots, role_, now_)) return false;
    path_ = known;
    verdict_.leaf = known->certificates().front();
    verdict_.holds_until = known->valid_until();
    return true;
  }

  // Checks everything except the path: revocations, names, pins.
  bool CheckOnPath(v1::UnlistedClients unlisted_clients, absl::string_view host) {
    return CheckNotRevoked(path_->certificates(), host) &&
           (role_ == PeerRole::kServer ? CheckServerNames() : FindClient(unlisted_clients)) && CheckPins();
  }

  bool CheckPinSetHolds() {
    if (now_ < pin_set_.expires()) return true;
    verdict_.report_only_reason = v1::REASON_UNSPECIFIED;
    verdict_.problem = absl::StrCat("the peer would be accepted, but version ", pin_set_.version(),
                                    " of the pin set was valid only until ", FormatRfc3339(pin_set_.expires()));
    verdict_.expected = "";
    return Refuse(v1::PIN_SET_EXPIRED,
                  "publish the next version of the pin set with a later \"expires\", and find out why this process has "
                  "not received it");
  }

  Verdict Finish(std::shared_ptr<const VerifiedPath>* path) {
    const bool accepted = verdict_.reason == v1::REASON_UNSPECIFIED;
    if (accepted) {
      verdict_.reason = v1::ACCEPTED;
      if (path != nullptr) *path = path_;
    } else {
      verdict_.holds_until = absl::InfinitePast();
    }
    const bool has_to_explain = !accepted || verdict_.report_only_reason != v1::REASON_UNSPECIFIED;
    if (has_to_explain && verdict_.leaf.has_value()) {
      verdict_.presented =
          absl::StrCat(x509::ToPinText(verdict_.leaf->spki_digest()), " (", verdict_.leaf->Description(), ")");
    }
    return std::move(verdict_);
  }

 private:
  bool CheckServerNames() {
    const x509::SubjectAltNames& names = verdict_.leaf->names();
    if (!names.Covers(*host_)) {
      verdict_.problem = absl::StrCat("the certificate is not for ", InQuotes(host_->text()));
      verdict_.expected = absl::StrCat("a subjectAltName for it; it has ", names.ToString());
      return Refuse(v1::HOST_MISMATCH, "dial a name the certificate has, or issue one with this name");
    }
    if (peer_->identities.empty() || CarriesIdentity(names, *peer_)) return true;
    verdict_.problem = absl::StrCat("the certificate carries no identity of peer ", InQuotes(peer_->name));
    verdict_.expected = absl::StrCat(ExpectedIdentities(*peer_), "; it has ", names.ToString());
    return Refuse(v1::IDENTITY_MISMATCH, "issue the peer a certificate with its identity, or correct the pin set");
  }

  bool FindClient(v1::UnlistedClients unlisted_clients) {
    const x509::SubjectAltNames& names = verdict_.leaf->names();
    const std::vector<const Peer*> named = pin_set_.FindByNames(names);
    if (named.size() > 1) {
      verdict_.problem = absl::StrCat("the certificate carries names of more than one peer: ", QuotedNames(named));
      return Refuse(v1::IDENTITY_MISMATCH, "issue one certificate for each peer, or make them one peer in the pin set");
    }
    if (named.size() == 1) {
      peer_ = named.front();
      verdict_.peer = peer_->name;
      return true;
    }
    if (names.uris.empty() && names.dns.empty()) {
      verdict_.problem = "the certificate has no URI or DNS subjectAltName, so it identifies no client";
      return Refuse(v1::IDENTITY_MISMATCH, "issue the client a certificate with its identity");
    }
    if (unlisted_clients == v1::ACCEPT) return true;
    verdict_.problem = "the certificate names no peer of the pin set, and unlisted clients are refused";
    verdict_.expected = absl::StrCat("an identity of a listed peer; it has ", names.ToString());
    return Refuse(v1::IDENTITY_NOT_PINNED, "add the client as a peer with its identities and pins");
  }

  // The peer that was dialled or that the certificate names; null unless there is exactly one.
  const Peer* FindClaimedPeer(absl::string_view host) const {
    if (role_ == PeerRole::kServer) {
      const absl::StatusOr<x509::HostName> parsed = x509::HostName::Parse(host);
      return parsed.ok() ? pin_set_.FindByHost(*parsed) : nullptr;
    }
    const std::vector<const Peer*> named = pin_set_.FindByNames(verdict_.leaf->names());
    return named.size() == 1 ? named.front() : nullptr;
  }

  // Last, since report-only exempts only this check.
  bool CheckPins() {
    if (peer_ == nullptr) return true;
    const v1::Reason reason = MatchPins();
    if (reason == v1::ACCEPTED) return true;
    verdict_.expected = ExpectedPins(*peer_);
    verdict_.next_step = reason == v1::PIN_MISMATCH
                             ? absl::StrCat("if the key is truly that peer's, add it to peer ", InQuotes(peer_->name),
                                            " in the pin set; if not, treat the peer as an impostor")
                             : "correct the pin's times in the pin set, or have the peer serve another of its keys";
    if (now_ < peer_->report_only_until) {
      verdict_.report_only_reason = reason;
      verdict_.holds_until = std::min(verdict_.holds_until, peer_->report_only_until);
      return true;
    }
    verdict_.reason = reason;
    return false;
  }

  bool Refuse(v1::Reason reason, std::string next_step) {
    verdict_.reason = reason;
    verdict_.next_step = std::move(next_step);
    return false;
  }

  // Fills in verdict_.matched or verdict_.problem. Prefers an ACTIVE pin to other pins that match.
  v1::Reason MatchPins() {
    const PeerPin* best = nullptr;
    const PeerPin* early = nullptr;
    const PeerPin* late = nullptr;
    for (const PeerPin& pin : peer_->pins) {
      const bool is_accepted = pin.state == v1::ACTIVE || pin.state == v1::BACKUP || pin.state == v1::RETIRING;
      if (!is_accepted || !Matches(pin.pin, path_->certificates())) continue;
      if (now_ < pin.not_before) {
        early = &pin;
        verdict_.holds_until = std::min(verdict_.holds_until, absl::Time(pin.not_before));
      } else if (now_ >= pin.not_after) {
        late = &pin;
      } else if (best == nullptr || pin.state < best->state) {
        best = &pin;
      }
    }
    if (best != nullptr) {
      verdict_.matched = *best;
      verdict_.holds_until = std::min(verdict_.holds_until, absl::Time(best->not_after));
      return v1::ACCEPTED;
    }
    const std::string of_peer = absl::StrCat(" of peer ", InQuotes(peer_->name));
    if (early != nullptr) {
      verdict_.problem = absl::StrCat("its pin", of_peer, " is accepted only from ", FormatRfc3339(early->not_before));
      return v1::PIN_NOT_YET_VALID;
    }
    if (late != nullptr) {
      verdict_.problem = absl::StrCat("its pin", of_peer, " was accepted only until ", FormatRfc3339(late->not_after));
      return v1::PIN_EXPIRED;
    }
    verdict_.problem = absl::StrCat(host_.has_value() ? InQuotes(host_->text()) : "the client",
                                    " holds a key that is not a pin", of_peer);
    return v1::PIN_MISMATCH;
  }

  const PinSet& pin_set_;
  const PeerRole role_;
  const absl::Time now_;
  std::optional<x509::HostName> host_;
  const Peer* peer_ = nullptr;
  absl::StatusOr<x509::Certificate> leaf_ = absl::InternalError("not parsed yet");
  std::vector<x509::Certificate> candidates_;
  std::shared_ptr<const VerifiedPath> path_;
  Verdict verdict_;
};

}  // namespace

Verdict PeerVerifier::Verify(const PresentedChain& presented, PeerRole role, absl::string_view host, absl::Time now,
                             std::shared_ptr<const VerifiedPath>* path) const {
  Judgement judgement(*pin_set_, role, now);
  static_cast<void>(judgement.Check(presented, roots_, unlisted_clients_, host) && judgement.CheckPinSetHolds());
  return judgement.Finish(path);
}

Verdict PeerVerifier::VerifyLive(const PresentedChain& presented, PeerRole role, absl::string_view host, absl::Time now,
                                 std::shared_ptr<const VerifiedPath>* path) const {
  Judgement judgement(*pin_set_, role, now);
  static_cast<void>(judgement.Check(presented, roots_, unlisted_clients_, host));
  return judgement.Finish(path);
}

std::optional<Verdict> PeerVerifier::VerifyKnown(const std::shared_ptr<const VerifiedPath>& known, PeerRole role,
                                                 absl::string_view host, absl::Time now) const {
  Judgement judgement(*pin_set_, role, now);
  const bool accepted = (role == PeerRole::kClient || judgement.FindServer(host)) && judgement.Recall(known, roots_) &&
                        judgement.CheckOnPath(unlisted_clients_, host);
  return accepted ? std::make_optional(judgement.Finish(/*path=*/nullptr)) : std::nullopt;
}

std::optional<Verdict> PeerVerifier::FindRevocation(const VerifiedPath& known, PeerRole role, absl::string_view host,
                                                    absl::Time now) const {
  Judgement judgement(*pin_set_, role, now);
  if (judgement.CheckNotRevoked(known.certificates(), host)) return std::nullopt;
  return judgement.Finish(/*path=*/nullptr);
}

bool PeerVerifier::IsLeafRevoked(const VerifiedPath& known) const {
  return pin_set_->FindRevoked({known.certificates().front()}) != nullptr;
}

}  // namespace pinion
