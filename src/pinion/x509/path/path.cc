#include "pinion/x509/path/path.h"

#include <openssl/err.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/path/path_refusal.h"
#include "pinion/x509/path/path_rules.h"
#include "pinion/x509/path/path_search.h"

namespace pinion::x509 {
namespace {

// 112 bits of security: no RSA below 2048 bits, no SHA-1.
constexpr int kSecurityLevel = 2;

// The inputs of a search for a path.
struct Task {
  const Certificate& leaf;
  const std::vector<Certificate>& candidates;
  const TrustRoots& roots;
  Purpose purpose;
  absl::Time now;
};

PathOutcome Refuse(v1::Reason reason, std::string detail, PathCause cause, PathPlace place = PathPlace::kLeaf) {
  PathOutcome outcome;
  outcome.reason = reason;
  outcome.detail = std::move(detail);
  outcome.cause = cause;
  outcome.place = place;
  return outcome;
}

PathOutcome RefuseFailure() {
  return Refuse(v1::CHAIN_UNTRUSTED, absl::StrCat("OpenSSL cannot check it: ", TakeError()), PathCause::kOurSide);
}

PathPlace PlaceOf(const X509* certificate, int depth, const TrustRoots& roots) {
  if (depth == 0) return PathPlace::kLeaf;
  const bool is_root =
      std::any_of(roots.certificates().begin(), roots.certificates().end(), [certificate](const Certificate& root) {
        return certificate != nullptr && X509_cmp(root.handle(), certificate) == 0;
      });
  return is_root ? PathPlace::kRoot : PathPlace::kIntermediate;
}

// Finds the certificate for an OpenSSL object; OpenSSL returns the same objects that it was given.
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

// Whether a fault found by OpenSSL's strict check cannot give any peer access: RFC 5280 requires it of CAs only for
// good form, and common private CAs omit it. All other faults cause a refusal. docs/certificate-requirements.md has the
// reason for each.
bool IsTolerated(int error) {
  switch (error) {
    case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
    case X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
    case X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL:
    case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
    case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
    case X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA:
    case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
    case X509_V_ERR_SUBJECT_NAME_EMPTY:
    case X509_V_ERR_ISSUER_NAME_EMPTY:
    case X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL:
      return true;
    default:
      return false;
  }
}

// The accepted path as an outcome, with its validity period.
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

bool SetRules(X509_STORE_CTX* context, Purpose purpose, absl::Time now) {
  constexpr unsigned long kFlags =
      X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN;
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_auth_level(parameters, kSecurityLevel);
  X509_VERIFY_PARAM_set_depth(parameters, kMaxIntermediates);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(now));
  X509_STORE_CTX_set_verify_cb(
      context, [](int ok, X509_STORE_CTX* at) { return ok == 1 || IsTolerated(X509_STORE_CTX_get_error(at)) ? 1 : 0; });
  const int needed = purpose == Purpose::kServerAuth ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT;
  // Every policy is acceptable. Without an initial policy, OpenSSL would refuse paths that RFC 5280 section 6.1
  // accepts.
  return X509_VERIFY_PARAM_set_flags(parameters, kFlags) == 1 &&
         X509_VERIFY_PARAM_set_purpose(parameters, needed) == 1 &&
         X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy)) == 1;
}

PathOutcome OutcomeOf(X509_STORE_CTX* context, const Task& task) {
  return RefusalOf(
      context, PlaceOf(X509_STORE_CTX_get_current_cert(context), X509_STORE_CTX_get_error_depth(context), task.roots));
}

// Verifies the path that OpenSSL finds to `store`; with `only`, verifies exactly that path.
PathOutcome Check(const Task& task, X509_STORE* store, const std::vector<Certificate>* only) {
  const Owned<STACK_OF(X509)> untrusted(sk_X509_new_null());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  bool is_set = store != nullptr && untrusted != nullptr && context != nullptr;
  for (const Certificate& candidate : task.candidates) {
    is_set = is_set && sk_X509_push(untrusted.get(), candidate.handle()) > 0;
  }
  if (!is_set || X509_STORE_CTX_init(context.get(), store, task.leaf.handle(), untrusted.get()) != 1 ||
      X509_STORE_CTX_set_app_data(context.get(), const_cast<std::vector<Certificate>*>(only)) != 1 ||
      !SetRules(context.get(), task.purpose, task.now)) {
    return RefuseFailure();
  }
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!verified) return OutcomeOf(context.get(), task);
  std::vector<Certificate> path;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const Certificate* certificate = Find(sk_X509_value(chain, i), task.leaf, task.candidates, task.roots);
    if (certificate == nullptr) {
      return Refuse(v1::CHAIN_UNTRUSTED, "OpenSSL used a certificate that it was not given", PathCause::kOurSide);
    }
    path.push_back(*certificate);
  }
  if (std::optional<BrokenRule> broken = FindBrokenRule(path, task.purpose); broken.has_value()) {
    return Refuse(broken->reason, std::move(broken->detail), broken->cause,
                  PlaceOf(path[broken->depth].handle(), static_cast<int>(broken->depth), task.roots));
  }
  return Accept(std::move(path));
}

// Replaces OpenSSL's rule for issuers, which PathSearch has already applied.
int IsNextOnPath(X509_STORE_CTX* context, X509* subject, X509* issuer) {
  const auto& path = *static_cast<const std::vector<Certificate>*>(X509_STORE_CTX_get_app_data(context));
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    if (path[i].handle() == subject) return path[i + 1].handle() == issuer ? 1 : 0;
  }
  return 0;
}

PathOutcome CheckAlong(const Task& task, const std::vector<Certificate>& path) {
  const Owned<X509_STORE> store(X509_STORE_new());
  if (store == nullptr || X509_STORE_add_cert(store.get(), path.back().handle()) != 1) return RefuseFailure();
  X509_STORE_set_check_issued(store.get(), IsNextOnPath);
  return Check(task, store.get(), &path);
}

// Whether no other path can succeed because the fault is in the leaf itself.
bool IsFinal(const PathOutcome& outcome) {
  switch (outcome.cause) {
    case PathCause::kExpired:
    case PathCause::kNotYetValid:
    case PathCause::kSelfSigned:
    case PathCause::kWrongUsage:
    case PathCause::kMalformed:
    case PathCause::kKey:
      return outcome.place == PathPlace::kLeaf;
    default:
      return outcome.cause == PathCause::kOurSide;
  }
}

}  // namespace

PathOutcome BuildPath(const Certificate& leaf, const std::vector<Certificate>& candidates, const TrustRoots& roots,
                      Purpose purpose, absl::Time now) {
  const ErrorsCleared at_the_end;
  const Task task{leaf, candidates, roots, purpose, now};
  PathOutcome first = Check(task, roots.store(), /*only=*/nullptr);
  if (first.reason == v1::ACCEPTED || IsFinal(first)) return first;
  // OpenSSL uses the first matching issuer and does not backtrack.
  PathSearch search(candidates, roots, purpose, now);
  PathOutcome found;
  const bool is_found = search.Run(leaf, [&](const std::vector<Certificate>& path) {
    found = CheckAlong(task, path);
    return found.reason == v1::ACCEPTED;
  });
  PathOutcome& outcome = is_found ? found : first;
  outcome.is_alternative = is_found;
  outcome.signature_checks = search.signature_checks();
  if (!is_found && search.gave_up()) {
    absl::StrAppend(&outcome.detail, "; after ", search.signature_checks(),
                    " signature checks the search for other paths stopped: send fewer CA certificates of one name");
  }
  return std::move(outcome);
}

}  // namespace pinion::x509
