// The authorization policy: defines which peers may call which methods, in the language of gRFC A43.
#ifndef PINION_AUTHORIZATION_POLICY_H_
#define PINION_AUTHORIZATION_POLICY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/authorization/call.h"
#include "pinion/authorization/decision.h"
#include "pinion/authorization/rule_list.h"
#include "pinion/v1/authorization_policy.pb.h"

namespace pinion {

// Immutable and thread-safe.
//
// A call that matches a deny rule is denied; otherwise, a call that matches an allow rule is allowed; all others are
// denied. If several rules match, the decision contains the first in the file. In addition to A43:
//  - a path that is not /SERVICE/METHOD in visible ASCII without '%', '?', '#' and '\' is denied regardless of the
//    rules
//  - if any rule has a header, a call with a header that HTTP/2 forbids (upper-case letters or white space in its name,
//    a NUL or line end in its value) is denied, since handlers and proxies receive it although no rule matches it
//  - the principal "peer:NAME" matches the peer of that name in the pin set, "peer:*" any of its peers; a URI SAN
//    "peer:NAME" does not match
//  - a repeated header, whose values are joined by commas: a deny rule matches any run of its values; an allow rule
//    matches the whole, as in A43, but not by a prefix or suffix that one of the values lacks (header_value.h)
// Thus no call is allowed that A43 denies, except by "peer:".
//
// Every policy object follows these rules; one invalid entry rejects the whole policy:
//  - the policy and each rule have a name, rule names are unique, and there is at least one allow rule
//  - a star is at one end of a value or is the whole value; no principal, path, key or value is empty
//  - a path is one that a method can have
//  - a header's key is in lower case; it is not excluded by A43 (":…", "grpc-…", host, hop-by-hop), not rewritten by
//    gRPC (header_key.cc), and not binary ("…-bin", since its value need not be text); it has
//    values, without white space at their ends
//  - no prefix or suffix of an allow rule's header contains a comma, since a single value cannot contain one
//  - "peer:" is followed by "*" or a name of letters, digits, '.', '_' or '-'
//  - an audit logger is stdout_logger, or file_logger with a path; others must be optional and are ignored
class AuthorizationPolicy {
 public:
  // Parses the text of a JSON file. Returns InvalidArgument "FILE:LINE:COLUMN: PATH: problem; next step" on error. A
  // logger's relative path is relative to the file.
  static absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> FromJson(absl::string_view text,
                                                                             absl::string_view file_name);
  // The same from a message. Returns InvalidArgument "PATH: problem; next step" on error.
  static absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> FromProto(const v1::AuthorizationPolicy& proto);
  // Allows every method to each peer whose verified certificate has a URI or DNS name or a subject. For servers that
  // authorize elsewhere.
  static std::shared_ptr<const AuthorizationPolicy> AllowEveryAuthenticatedPeer();

  const std::string& name() const { return name_; }
  // Whether both policies have the same content, regardless of comments and layout.
  bool SaysTheSameAs(const AuthorizationPolicy& other) const { return content_ == other.content_; }
  // In the file's order, deny rules first.
  const std::vector<Rule>& rules() const { return rules_.rules(); }
  // The names after "peer:", sorted and unique, without "*". Each should be in the pin set.
  const std::vector<std::string>& peers() const { return peers_; }
  // Does not include optional loggers with unknown names. The condition is unspecified if the file has none: see
  // Authorizer.
  const v1::AuditLoggingOptions& audit_logging_options() const { return audit_logging_options_; }

  // Takes no lock, and allocates only to look up headers and peers that a rule needs.
  Decision Evaluate(const CallToAuthorize& call) const;
  // The best decision that a call of this caller can get, whatever its path and headers: whether it is allowed
  // anything. For operators.
  Decision DecideBestCall(const CallToAuthorize& caller) const;
  // Returns whether each rule matches the call, in order, deny rules first, for operators. Evaluate returns the
  // decision.
  std::vector<RuleFinding> Explain(const CallToAuthorize& call) const;

 private:
  friend class PolicyBuilder;
  AuthorizationPolicy() = default;

  std::string name_;
  std::string content_;  // the message it was built from, serialized
  RuleList rules_;
  std::vector<std::string> header_keys_;
  std::vector<std::string> peers_;
  v1::AuditLoggingOptions audit_logging_options_;
};

}  // namespace pinion

#endif  // PINION_AUTHORIZATION_POLICY_H_
