// Checks that no impostor is accepted and no sound peer refused: PeerVerifier against a second opinion that shares no
// code with it, over handshakes made of sound and unsound parts, some of them with changed bytes.
#include <algorithm>
#include <memory>
#include <optional>

#include "pinion/handshake/peer_verifier.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/handshake_recipe.h"
#include "tests/fuzz/invariant.h"
#include "tests/fuzz/naive_verdict.h"

namespace pinion {
namespace {

using fuzz::Require;

// Whether Pinion's parser, which is stricter than OpenSSL's, accepts each certificate. Otherwise the reason is
// MALFORMED_CERTIFICATE.
bool AllParse(const PresentedChain& presented) {
  const auto parses = [](const std::string& der) { return x509::Certificate::FromDer(der).ok(); };
  return parses(presented.leaf) && std::all_of(presented.others.begin(), presented.others.end(), parses);
}

void RequireRefusal(const fuzz::Handshake& handshake, const fuzz::NaiveVerdict& naive, const Verdict& verdict,
                    const std::shared_ptr<const VerifiedPath>& path) {
  Require(verdict.reason != v1::REASON_UNSPECIFIED && !verdict.problem.empty() && !verdict.next_step.empty(),
          "a refusal has a reason, a problem and a next step", verdict.ToString());
  Require(path == nullptr && !verdict.matched.has_value(), "a refusal gives neither path nor pin");
  // Here Pinion's rules are stricter than OpenSSL's.
  const bool is_stricter = verdict.reason == v1::KEY_NOT_ALLOWED || verdict.reason == v1::SIGNATURE_NOT_ALLOWED ||
                           !AllParse(handshake.presented);
  Require(is_stricter || !naive.accepts(), "a sound peer is accepted", verdict.ToString());
  Require(verdict.reason != v1::PIN_MISMATCH || (naive.path_holds && naive.name_holds && naive.none_revoked),
          "the pin is checked last", verdict.ToString());
  Require(!naive.leaf_revoked || verdict.reason == v1::PIN_REVOKED || !AllParse(handshake.presented),
          "a revoked key is always reported", verdict.ToString());
}

void RequireAcceptance(const fuzz::Handshake& handshake, const fuzz::NaiveVerdict& naive, const Verdict& verdict,
                       const std::shared_ptr<const VerifiedPath>& known) {
  const std::vector<x509::Certificate>& path = known->certificates();
  Require(naive.leaf_parses && naive.path_holds, "OpenSSL's strict path check holds", verdict.ToString());
  Require(naive.name_holds, "the name holds", verdict.ToString());
  Require(naive.none_revoked, "no key on the path is revoked", verdict.ToString());
  Require(naive.pin_holds || naive.is_report_only, "a pin holds", verdict.ToString());
  Require((verdict.report_only_reason == v1::REASON_UNSPECIFIED) == naive.pin_holds,
          "a report-only reason is set exactly when no pin holds", verdict.ToString());
  Require(path.size() > 1 && path.front().der() == handshake.presented.leaf, "the path begins with the leaf");
  Require(verdict.holds_until > handshake.now, "a verdict holds for a while");
  for (const x509::Certificate& certificate : path) {
    Require(verdict.holds_until <= certificate.not_after() && handshake.now >= certificate.not_before(),
            "a verdict holds no longer than the path");
  }
  const Verdict later = handshake.surroundings->verifier->Verify(handshake.presented, handshake.role, handshake.host,
                                                                 verdict.holds_until - absl::Seconds(1));
  Require(later.accepted() && later.report_only_reason == verdict.report_only_reason,
          "a verdict holds until holds_until", later.ToString());
  const std::optional<Verdict> again =
      handshake.surroundings->verifier->VerifyKnown(known, handshake.role, handshake.host, handshake.now);
  Require(again.has_value() && again->ToString() == verdict.ToString(), "a known path gives the same verdict");
  Require(!handshake.surroundings->verifier->VerifyKnown(known, handshake.role, handshake.host, verdict.holds_until),
          "a known path holds no longer");
}

void Check(fuzz::Choices choices) {
  const fuzz::Handshake handshake = fuzz::MakeHandshake(&choices);
  std::shared_ptr<const VerifiedPath> path;
  const Verdict verdict = handshake.surroundings->verifier->Verify(handshake.presented, handshake.role, handshake.host,
                                                                   handshake.now, &path);
  const fuzz::NaiveVerdict naive = fuzz::JudgeNaively(handshake);
  fuzz::RequirePrintable(verdict.ToString());
  if (verdict.accepted()) {
    RequireAcceptance(handshake, naive, verdict, path);
  } else {
    RequireRefusal(handshake, naive, verdict, path);
  }
  fuzz::CountInput(verdict.accepted());
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(pinion::fuzz::Choices(data, size));
  return 0;
}
