#include "tools/pinion/drill/server_cases.h"

namespace pinion::drill {
namespace {

using Made = absl::StatusOr<Certified>;

// Issued by the CA that the server trusts.
Made Trusted(const Callers& callers, const x509::PrivateKey& key, const std::vector<std::string>& names,
             const EditRecipe& edit = nullptr) {
  if (!callers.ca.has_value()) return absl::FailedPreconditionError("needs the key of a CA that the server trusts");
  return Issue(&*callers.ca, key, names, edit);
}

Made Legitimate(const Callers& callers) { return callers.legitimate; }
Made OtherCa(const Callers& callers) {
  return Issue(&callers.stranger, callers.legitimate.key, callers.legitimate_names);
}
Made SelfSigned(const Callers& callers) { return Issue(nullptr, callers.legitimate.key, callers.legitimate_names); }
Made ExpiredOne(const Callers& callers) {
  return Trusted(callers, callers.legitimate.key, callers.legitimate_names, Expired);
}
Made EarlyOne(const Callers& callers) {
  return Trusted(callers, callers.legitimate.key, callers.legitimate_names, NotYetValid);
}
Made ServerOnly(const Callers& callers) {
  return Trusted(callers, callers.legitimate.key, callers.legitimate_names,
                 [](x509::CertificateRecipe& recipe) { recipe.client_auth = false; });
}
Made Unlisted(const Callers& callers) { return Trusted(callers, callers.other, {"spiffe://drill.test/stranger"}); }
Made OtherKey(const Callers& callers) { return Trusted(callers, callers.other, callers.legitimate_names); }
Made Junk(const Callers& callers) { return Append(OtherKey(callers), callers.legitimate); }
Made Revoked(const Callers& callers) {
  if (!callers.revoked.has_value()) return absl::FailedPreconditionError("needs a server that was given {pins}");
  return Trusted(callers, *callers.revoked, {kFormerClientIdentity});
}

}  // namespace

const std::vector<ServerCase>& ServerCases() {
  static const auto* const cases = new std::vector<ServerCase>{
      {"control", "the legitimate client", true, Legitimate},
      {"no-certificate", "no certificate", false, nullptr},
      {"other-ca", "the pinned key and identity, certified by another CA", false, OtherCa},
      {"self-signed", "the pinned key and identity, self-signed", false, SelfSigned},
      {"expired", "the pinned key and identity, certificate expired", false, ExpiredOne},
      {"not-yet-valid", "the pinned key and identity, certificate not valid yet", false, EarlyOne},
      {"server-only", "the pinned key and identity, certificate for servers only", false, ServerOnly},
      {"unlisted-identity", "an identity that is not listed, certified by the same CA", false, Unlisted},
      {"other-key", "the pinned identity with another key, certified by the same CA", false, OtherKey},
      {"junk-certificate", "another key; the pinned certificate follows its own", false, Junk},
      {"revoked-pin", "a key that is revoked", false, Revoked},
      {"plaintext", "no TLS", false, Legitimate, Protocol::kPlaintext},
      {"old-tls", "the legitimate certificate, in TLS 1.1", false, Legitimate, Protocol::kOldTls},
      {"slow-handshake", "one byte per second: the server must close the connection", false, nullptr, Protocol::kTls,
       Play::kSlowHandshake},
      {"half-open-flood", "the legitimate client, beside 200 half-open connections", true, Legitimate, Protocol::kTls,
       Play::kHalfOpenFlood},
  };
  return *cases;
}

}  // namespace pinion::drill
