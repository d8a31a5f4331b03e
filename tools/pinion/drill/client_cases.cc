#include "tools/pinion/drill/client_cases.h"

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::drill {
namespace {

using Edit = EditRecipe;
using Recipe = x509::CertificateRecipe;
using Made = absl::StatusOr<Certified>;

Made Rightful(const Pki& pki, const Edit& edit = nullptr) { return Issue(&pki.ca, pki.server, {kServerHost}, edit); }

Made Backup(const Pki& pki) { return Issue(&pki.ca, pki.server_backup, {kServerHost}); }
Made OtherKey(const Pki& pki) { return Issue(&pki.ca, pki.other, {kServerHost}); }
Made Junk(const Pki& pki) { return Append(OtherKey(pki), Rightful(pki)); }
Made WrongHost(const Pki& pki) { return Issue(&pki.ca, pki.server, {"other.drill.test"}); }
Made UntrustedChain(const Pki& pki) { return Issue(&pki.lookalike, pki.server, {kServerHost}); }
Made WrongCa(const Pki& pki) {
  return Append(Issue(&pki.stranger, pki.server, {kServerHost}),
                Certified{pki.stranger.key, {pki.stranger.certificate.der()}});
}
Made SelfSigned(const Pki& pki) { return Issue(nullptr, pki.server, {kServerHost}); }
Made ClientOnly(const Pki& pki) {
  return Rightful(pki, [](Recipe& recipe) { recipe.server_auth = false; });
}
Made NulInName(const Pki& pki) {
  const std::string name = absl::StrCat(kServerHost, std::string(1, '\0'), ".attacker.test");
  return Rightful(pki, [&](Recipe& recipe) { recipe.raw_subject_alt_name = x509::RawDnsName(name); });
}
Made CommonNameOnly(const Pki& pki) {
  return Issue(&pki.ca, pki.server, {}, [](Recipe& recipe) { recipe.common_name = kServerHost; });
}
Made WideWildcard(const Pki& pki) { return Issue(&pki.ca, pki.server, {"*"}); }

std::string PinOf(const x509::PrivateKey& key) { return x509::ToPinText(key.spki_digest()); }

}  // namespace

const std::vector<ClientCase>& ClientCases() {
  const auto rightful = [](const Pki& pki) { return Rightful(pki); };
  static const auto* const cases = new std::vector<ClientCase>{
      {"control", "the rightful server", true, rightful},
      {"backup-key", "the rightful server, with its backup key", true, Backup},
      {"other-key", "another key, certified by the same CA", false, OtherKey},
      {"junk-certificate", "another key; the pinned certificate stands behind its own", false, Junk},
      {"wrong-host", "the pinned key, in a certificate for another host", false, WrongHost},
      {"untrusted-chain", "the pinned key, certified by a CA that only has the right name", false, UntrustedChain},
      {"wrong-ca", "the pinned key, certified by another CA, which is sent along", false, WrongCa},
      {"self-signed", "the pinned key, in a self-signed certificate", false, SelfSigned},
      {"expired", "the pinned key, certificate expired", false, [](const Pki& pki) { return Rightful(pki, Expired); }},
      {"not-yet-valid", "the pinned key, certificate not valid yet", false,
       [](const Pki& pki) { return Rightful(pki, NotYetValid); }},
      {"client-only", "the pinned key, certificate for clients only", false, ClientOnly},
      {"nul-in-name", "the pinned key, for localhost<NUL>.attacker.test", false, NulInName},
      {"common-name-only", "the pinned key, host in the common name alone", false, CommonNameOnly},
      {"wide-wildcard", "the pinned key, in a certificate for *", false, WideWildcard},
      {"revoked-pin", "the rightful server's key of before, which is revoked", false, rightful, PinsGiven::kRevoked},
      {"removed-pin", "the rightful server's key of before, pinned no more", false, rightful, PinsGiven::kRemoved},
      {"resumed-session", "the same, on a later connection: pinned until the first request", false, rightful,
       PinsGiven::kRemovedLater},
      {"plaintext", "no TLS", false, rightful, PinsGiven::kServed, Protocol::kPlaintext},
      {"old-tls", "the rightful certificate, in TLS 1.1", false, rightful, PinsGiven::kServed, Protocol::kOldTls},
      {"no-h2", "the rightful certificate, without ALPN h2", false, rightful, PinsGiven::kServed, Protocol::kNoH2},
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
