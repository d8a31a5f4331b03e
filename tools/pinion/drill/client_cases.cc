#include "tools/pinion/drill/client_cases.h"

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::drill {
namespace {

using Edit = EditRecipe;
using Recipe = x509::CertificateRecipe;
using Made = absl::StatusOr<Certified>;

Made Legitimate(const Pki& pki, const Edit& edit = nullptr) { return Issue(&pki.ca, pki.server, {kServerHost}, edit); }

Made Backup(const Pki& pki) { return Issue(&pki.ca, pki.server_backup, {kServerHost}); }
Made OtherKey(const Pki& pki) { return Issue(&pki.ca, pki.other, {kServerHost}); }
Made Junk(const Pki& pki) { return Append(OtherKey(pki), Legitimate(pki)); }
Made WrongHost(const Pki& pki) { return Issue(&pki.ca, pki.server, {"other.drill.test"}); }
Made UntrustedChain(const Pki& pki) { return Issue(&pki.lookalike, pki.server, {kServerHost}); }
Made WrongCa(const Pki& pki) {
  return Append(Issue(&pki.stranger, pki.server, {kServerHost}),
                Certified{pki.stranger.key, {pki.stranger.certificate.der()}});
}
Made SelfSigned(const Pki& pki) { return Issue(nullptr, pki.server, {kServerHost}); }
Made ClientOnly(const Pki& pki) {
  return Legitimate(pki, [](Recipe& recipe) { recipe.server_auth = false; });
}
Made NulInName(const Pki& pki) {
  const std::string name = absl::StrCat(kServerHost, std::string(1, '\0'), ".attacker.test");
  return Legitimate(pki, [&](Recipe& recipe) { recipe.raw_subject_alt_name = x509::RawDnsName(name); });
}
Made CommonNameOnly(const Pki& pki) {
  return Issue(&pki.ca, pki.server, {}, [](Recipe& recipe) { recipe.common_name = kServerHost; });
}
Made WideWildcard(const Pki& pki) { return Issue(&pki.ca, pki.server, {"*"}); }

std::string PinOf(const x509::PrivateKey& key) { return x509::ToPinText(key.spki_digest()); }

}  // namespace

const std::vector<ClientCase>& ClientCases() {
  const auto legitimate = [](const Pki& pki) { return Legitimate(pki); };
  static const auto* const cases = new std::vector<ClientCase>{
      {"control", "the legitimate server", true, legitimate},
      {"backup-key", "the legitimate server, with its backup key", true, Backup},
      {"other-key", "another key, certified by the same CA", false, OtherKey},
      {"junk-certificate", "another key; the pinned certificate follows its own", false, Junk},
      {"wrong-host", "the pinned key, in a certificate for another host", false, WrongHost},
      {"untrusted-chain", "the pinned key, certified by a CA that has only the right name", false, UntrustedChain},
      {"wrong-ca", "the pinned key, certified by another CA, whose certificate is sent too", false, WrongCa},
      {"self-signed", "the pinned key, in a self-signed certificate", false, SelfSigned},
      {"expired", "the pinned key, certificate expired", false,
       [](const Pki& pki) { return Legitimate(pki, Expired); }},
      {"not-yet-valid", "the pinned key, certificate not valid yet", false,
       [](const Pki& pki) { return Legitimate(pki, NotYetValid); }},
      {"client-only", "the pinned key, certificate for clients only", false, ClientOnly},
      {"nul-in-name", "the pinned key, for localhost<NUL>.attacker.test", false, NulInName},
      {"common-name-only", "the pinned key, host in the common name alone", false, CommonNameOnly},
      {"wide-wildcard", "the pinned key, in a certificate for *", false, WideWildcard},
      {"revoked-pin", "the legitimate server's former key, now revoked", false, legitimate, PinsGiven::kRevoked},
      {"removed-pin", "the legitimate server's former key, no longer pinned", false, legitimate, PinsGiven::kRemoved},
      {"resumed-session", "the same, on a later connection: pinned until the first request", false, legitimate,
       PinsGiven::kRemovedLater},
      {"plaintext", "no TLS", false, legitimate, PinsGiven::kServed, Protocol::kPlaintext},
      {"old-tls", "the legitimate certificate, in TLS 1.1", false, legitimate, PinsGiven::kServed, Protocol::kOldTls},
      {"no-h2", "the legitimate certificate, without ALPN h2", false, legitimate, PinsGiven::kServed, Protocol::kNoH2},
  };
  return *cases;
}

KnownPins PinsFor(PinsGiven pins, const Pki& pki) {
  const std::string served = PinOf(pki.server);
  const std::string backup = PinOf(pki.server_backup);
  const std::string other = PinOf(pki.other);
  if (pins == PinsGiven::kRevoked) return {other, backup, served};
  if (pins == PinsGiven::kRemoved) return {other, backup, ""};
  return {served, backup, ""};
}

}  // namespace pinion::drill
