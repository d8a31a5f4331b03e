#include "pinion/x509/path.h"

#include <openssl/err.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "pinion/x509/key.h"
#include "pinion/x509/openssl.h"

namespace pinion::x509 {
namespace {

// Intermediates between leaf and anchor; far above what any sane CA issues.
constexpr int kMaxIntermediates = 8;
// 112 bits of security: no RSA below 2048 bits, no SHA-1.
constexpr int kSecurityLevel = 2;

PathOutcome Refuse(v1::Reason reason, std::string detail) {
  PathOutcome outcome;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
  return outcome;
}

v1::Reason ReasonOf(int error, int depth) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return v1::CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return v1::CERTIFICATE_NOT_YET_VALID;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA:
      return depth == 0 ? v1::WRONG_PURPOSE : v1::CHAIN_UNTRUSTED;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return v1::KEY_NOT_ALLOWED;
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return v1::SIGNATURE_NOT_ALLOWED;
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY:
    case X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3:
      return v1::MALFORMED_CERTIFICATE;
    default:
      return v1::CHAIN_UNTRUSTED;
  }
}

std::string Position(int depth) {
  return depth == 0 ? "the certificate" : absl::StrCat("issuing certificate ", depth, " on its path");
}

// Our wording for what OpenSSL found, where ours says more.
std::string DetailOf(X509_STORE_CTX* context) {
  const int depth = X509_STORE_CTX_get_error_depth(context);
  const int error = X509_STORE_CTX_get_error(context);
  std::string detail = absl::StrCat(Position(depth), ": ", X509_verify_cert_error_string(error));
  if (error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY) {
    absl::StrAppend(&detail, "; neither the chain that was sent nor the trust roots hold its issuer");
  }
  return detail;
}

// Finds which of our certificates OpenSSL means; it hands out the very objects it was given.
const Certificate* Find(const X509* wanted, const Certificate& leaf, const std::vector<Certificate>& candidates,
                        const TrustRoots& roots) {
  const auto is_wanted = [wanted](const Certificate& one) { return one.handle() == wanted; };
  if (is_wanted(leaf)) return &leaf;
  for (const std::vector<Certificate>* all : {&candidates, &roots.certificates()}) {
    const auto found = std::find_if(all->begin(), all->end(), is_wanted);
    if (found != all->end()) return &*found;
  }
  return nullptr;
}

// The DNS names that the CA excludes by themselves; ".a.test" excludes what is below alone (RFC 5280 §4.2.1.10).
std::vector<HostName> ExcludedNames(const Certificate& ca) {
  std::vector<HostName> excluded;
  const Owned<NAME_CONSTRAINTS> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(ca.handle(), NID_name_constraints, nullptr, nullptr)));
  if (constraints == nullptr) return excluded;
  for (int i = 0; i < sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees); ++i) {
    const GENERAL_NAME* base = sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, i)->base;
    if (base->type != GEN_DNS) continue;
    const absl::StatusOr<HostName> name =
        HostName::Parse({reinterpret_cast<const char*>(ASN1_STRING_get0_data(base->d.dNSName)),
                         static_cast<size_t>(ASN1_STRING_length(base->d.dNSName))});
    if (name.ok()) excluded.push_back(*name);
  }
  return excluded;
}

// Says which of the leaf's wildcards covers a name that a CA excludes; empty when none does. OpenSSL compares "*" like
// any other label, so that *.a.test is not below an excluded b.a.test.
std::string FindExcludedWildcard(const std::vector<Certificate>& path) {
  std::vector<HostPattern> wildcards;
  for (const std::string& name : path.front().names().dns) {
    const absl::StatusOr<HostPattern> pattern = HostPattern::Parse(name);
    if (pattern.ok() && pattern->is_wildcard()) wildcards.push_back(*pattern);
  }
  if (wildcards.empty()) return "";
  for (size_t depth = 1; depth < path.size(); ++depth) {
    for (const HostName& excluded : ExcludedNames(path[depth])) {
      for (const HostPattern& wildcard : wildcards) {
        if (!wildcard.Matches(excluded)) continue;
        return absl::StrCat("the certificate's name ", wildcard.text(), " covers ", excluded.text(),
                            ", which is in an excluded subtree of ", Position(static_cast<int>(depth)));
      }
    }
  }
  return "";
}

// Whether its extended key usage, where it has one, names the purpose: OpenSSL lets servers off with the "step-up" of
// the export era, too.
bool IsFor(const Certificate& certificate, Purpose purpose) {
  const uint32_t wanted = purpose == Purpose::kServerAuth ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
  return (X509_get_extended_key_usage(certificate.handle()) & wanted) != 0;
}

// What OpenSSL lets pass and we don't.
PathOutcome CheckOwnRules(std::vector<Certificate> path, Purpose purpose) {
  if (path.front().is_ca()) return Refuse(v1::WRONG_PURPOSE, "the certificate is a CA's, not a peer's");
  PathOutcome outcome;
  outcome.valid_from = absl::InfinitePast();
  outcome.valid_until = absl::InfiniteFuture();
  for (size_t depth = 0; depth < path.size(); ++depth) {
    const Certificate& certificate = path[depth];
    const std::string position = Position(static_cast<int>(depth));
    if (X509_get_version(certificate.handle()) != X509_VERSION_3) {
      return Refuse(v1::MALFORMED_CERTIFICATE, absl::StrCat(position, " is not X.509 version 3"));
    }
    if (!IsFor(certificate, purpose)) {
      return Refuse(depth == 0 ? v1::WRONG_PURPOSE : v1::CHAIN_UNTRUSTED,
                    absl::StrCat(position, " has an extended key usage that is not this one"));
    }
    const absl::Status key = CheckKeyIsAllowed(X509_get0_pubkey(certificate.handle()));
    if (!key.ok()) return Refuse(v1::KEY_NOT_ALLOWED, absl::StrCat(position, " has ", key.message()));
    // Nobody relies on the anchor's own signature.
    const absl::Status signature = depth + 1 == path.size() ? absl::OkStatus() : CheckSignatureIsAllowed(certificate);
    if (!signature.ok()) {
      return Refuse(v1::SIGNATURE_NOT_ALLOWED, absl::StrCat(position, " has ", signature.message()));
    }
    outcome.valid_from = std::max(outcome.valid_from, certificate.not_before());
    outcome.valid_until = std::min(outcome.valid_until, certificate.not_after());
  }
  if (std::string excluded = FindExcludedWildcard(path); !excluded.empty()) {
    return Refuse(v1::CHAIN_UNTRUSTED, std::move(excluded));
  }
  outcome.reason = v1::ACCEPTED;
  outcome.path = std::move(path);
  return outcome;
}

}  // namespace

PathOutcome BuildPath(const Certificate& leaf, const std::vector<Certificate>& candidates, const TrustRoots& roots,
                      Purpose purpose, absl::Time now) {
  const Owned<STACK_OF(X509)> untrusted(sk_X509_new_null());
  for (const Certificate& candidate : candidates) sk_X509_push(untrusted.get(), candidate.handle());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (X509_STORE_CTX_init(context.get(), roots.store(), leaf.handle(), untrusted.get()) != 1) {
    return Refuse(v1::CHAIN_UNTRUSTED, absl::StrCat("OpenSSL cannot check it: ", TakeError()));
  }
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters,
                              X509_V_FLAG_X509_STRICT | X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(parameters,
                                purpose == Purpose::kServerAuth ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(parameters, kMaxIntermediates);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));

  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!verified) {
    const int error = X509_STORE_CTX_get_error(context.get());
    return Refuse(ReasonOf(error, X509_STORE_CTX_get_error_depth(context.get())), DetailOf(context.get()));
  }
  std::vector<Certificate> path;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const Certificate* certificate = Find(sk_X509_value(chain, i), leaf, candidates, roots);
    if (certificate == nullptr) return Refuse(v1::CHAIN_UNTRUSTED, "OpenSSL used a certificate that it was not given");
    path.push_back(*certificate);
  }
  return CheckOwnRules(std::move(path), purpose);
}

}  // namespace pinion::x509
