#include "pinion/authorization/header_key.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/quoted.h"

namespace pinion {
namespace {

// Headers of a connection and not of the call (RFC 9110 §7.6.1), and Host; gRPC rejects the same ones. A policy never
// sees the last one, so a deny rule on it would have no effect.
constexpr absl::string_view kUnsupported[] = {
    "connection",          "host", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "proxy-connection",    "te",   "trailer",    "transfer-encoding",  "upgrade",
    "grpclb_client_stats",
};

// Headers that gRPC parses into its own types, so that a deny rule may not match a value that a caller sends. gRPC 1.51
// does so with the first three, 1.83 with all; a policy means the same on both.
struct RewrittenKey {
  absl::string_view key;
  absl::string_view reason;
};
constexpr absl::string_view kLastValueAlone =
    "sent twice reads as its last value alone, which a caller chooses freely; decide by the caller's identity, or by a "
    "header of your own";
constexpr RewrittenKey kRewritten[] = {
    {"content-type",
     "reads as \"application/grpc\" whatever was sent, so the rule would match every call or none; remove the header"},
    {"user-agent", kLastValueAlone},
    {"lb-token", kLastValueAlone},
    {"traceparent", kLastValueAlone},
    {"x-envoy-peer-metadata", kLastValueAlone},
    {"x-forwarded-for", kLastValueAlone},
    {"x-forwarded-host", kLastValueAlone},
};

}  // namespace

std::string ErrorInHeaderKey(absl::string_view key) {
  if (key.empty()) return "is missing or empty; name the header, in lower case";
  const std::string lower = absl::AsciiStrToLower(key);
  if (absl::StartsWith(lower, ":") || absl::StartsWith(lower, "grpc-") ||
      std::find(std::begin(kUnsupported), std::end(kUnsupported), lower) != std::end(kUnsupported)) {
    return absl::StrCat(Quoted(key),
                        " belongs to the transport and is hidden from policies (gRFC A43); decide by another header");
  }
  const auto* const rewritten = std::find_if(std::begin(kRewritten), std::end(kRewritten),
                                             [&lower](const RewrittenKey& one) { return one.key == lower; });
  if (rewritten != std::end(kRewritten)) return absl::StrCat(Quoted(key), " ", rewritten->reason);
  if (lower != key) {
    return absl::StrCat(Quoted(key), " would never match, because keys arrive in lower case; write ", Quoted(lower));
  }
  if (absl::EndsWith(key, "-bin")) {
    return absl::StrCat(Quoted(key), " is binary, and how it reads depends on the transport; decide by a text header");
  }
  const auto allowed = [](char c) { return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-'; };
  if (!std::all_of(key.begin(), key.end(), allowed)) {
    return absl::StrCat(Quoted(key),
                        " is not a header that gRPC takes; use lower-case letters, digits, '.', '_' and '-'");
  }
  return "";
}

}  // namespace pinion
