#include "pinion/x509/path.h"

#include <openssl/err.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "pinion/x509/openssl.h"
#include "pinion/x509/path_rules.h"

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

// The path as an outcome, with the times between which it holds.
PathOutcome Accept(std::vector<Certificate> path) {
  PathOutcome outcome;
  outcome.reason = v1::ACCEPTED;
  outcome.valid_from = absl::InfinitePast();
  outcome.valid_until = absl::InfiniteFuture();
  for (const Certificate& certificate : path) {
    outcome.valid_from = std::max(outcome.valid_from, certificate.not_before());
    outcome.valid_until = std::min(outcome.valid_until, certificate.not_after());
  }
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
  if (std::optional<BrokenRule> broken = FindBrokenRule(path, purpose); broken.has_value()) {
    return Refuse(broken->reason, std::move(broken->detail));
  }
  return Accept(std::move(path));
}

}  // namespace pinion::x509
