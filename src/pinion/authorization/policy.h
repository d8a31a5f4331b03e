// The authorization policy: which peers may call which methods, in the language of gRFC A43.
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

// Immutable; safe to use from any thread.
//
// A call that matches a deny rule is denied; otherwise, a call that matches an allow rule is allowed; all others are
// denied. Of several matching rules, the decision names the first in the file. Beyond A43:
//  - a path that is not /SERVICE/METHOD in visible ASCII without '%', '?', '#' and '\' is denied whatever the rules say
//  - where any rule has a header, a call with a header that HTTP/2 forbids (upper-case letters or white space in its
//    name, a NUL or line end in its value) is denied, for handlers and proxies get it though no rule matches it
//  - the principal "peer:NAME" is the pin set's peer of that name, "peer:*" any of its peers; a URI SAN that happens to
//    read "peer:NAME" is not
//  - a header that comes several times, and so has commas in it: a deny rule matches by any run of its values; an allow
//    rule matches by the whole, as in A43, and not by a prefix or suffix that one of the values lacks (header_value.h)
// So no call is allowed that A43 denies, but by "peer:".
//
// Every policy that exists keeps these rules, and one bad entry rejects the whole:
//  - the policy and each rule have a name, and no two rules the same one; there is at least one allow rule
//  - a star stands at one end of a value, or is all of it; no principal, path, key or value is empty
//  - a path is one that a method can have
//  - a header's key is in lower case, and none that A43 leaves out (":…", "grpc-…", host, hop-by-hop), nor one that
//  gRPC
//    does not keep as it was sent (content-type, user-agent, lb-token), nor a binary one ("…-bin", whose value need not
//    be text); it has values, without white space at their ends
//  - no prefix or suffix of an allow rule's header holds a comma, for none of the values could
//  - "peer:" is followed by "*" or a name of letters, digits, '.', '_' or '-'
//  - an audit logger is stdout_logger, or file_logger with a path; others must be optional, and are passed over
class AuthorizationPolicy {
 public:
  // From the JSON file's text; InvalidArgument "FILE:LINE:COLUMN: PATH: what is wrong; what to do". A logger's relative
  // path is relative to the file.
  static absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> FromJson(absl::string_view text,
                                                                             absl::string_view file_name);
  // The same from a message: InvalidArgument "PATH: what is wrong; what to do".
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
  // Without optional loggers of unknown names. The condition is unspecified where the file has none: see Authorizer.
  const v1::AuditLoggingOptions& audit_logging_options() const { return audit_logging_options_; }

  // Takes no lock, and allocates only to look up headers and peers that a rule needs.
  Decision Evaluate(const CallToAuthorize& call) const;
  // Whether each rule matches the call, in their order, deny rules first: for people. Evaluate returns the decision.
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
