#include "tests/authorization/naive_policy.h"

#include <optional>
#include <vector>

#include "pinion/base/quoted.h"

namespace pinion {
namespace {

enum class Reading { kA43, kDeny, kAllow };

// Matches "abc", "abc*", "*abc" and "*" as A43's schema describes.
bool Fits(const std::string& pattern, const std::string& value) {
  if (pattern == "*") return !value.empty();
  const std::string inner = pattern.front() == '*' ? pattern.substr(1) : pattern.substr(0, pattern.size() - 1);
  if (pattern.front() == '*') {
    return value.size() >= inner.size() && value.substr(value.size() - inner.size()) == inner;
  }
  if (pattern.back() == '*') return value.substr(0, inner.size()) == inner;
  return value == pattern;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool IsWhite(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string WithoutLeading(std::string text) {
  while (!text.empty() && IsWhite(text.front())) text.erase(0, 1);
  return text;
}

std::string WithoutTrailing(std::string text) {
  while (!text.empty() && IsWhite(text.back())) text.pop_back();
  return text;
}

bool SomeRunFits(const std::string& pattern, const std::string& joined) {
  const std::vector<std::string> pieces = Split(joined, ',');
  for (size_t first = 0; first < pieces.size(); ++first) {
    std::string run;
    for (size_t last = first; last < pieces.size(); ++last) {
      run += (last == first ? "" : ",") + pieces[last];
      for (const std::string& read :
           {run, WithoutLeading(run), WithoutTrailing(run), WithoutTrailing(WithoutLeading(run))}) {
        if (Fits(pattern, read)) return true;
      }
    }
  }
  return false;
}

bool EachPieceFits(const std::string& pattern, const std::string& joined) {
  for (const std::string& piece : Split(joined, ',')) {
    if (!Fits(pattern, piece)) return false;
  }
  return true;
}

bool HeaderMatches(const v1::AuthorizationRule::Request::Header& wanted, const v1::RecordedCall& call,
                   Reading reading) {
  std::optional<std::string> joined;
  for (const auto& header : call.headers()) {
    if (header.key() == wanted.key()) joined = joined.has_value() ? *joined + "," + header.value() : header.value();
  }
  if (!joined.has_value()) return false;
  for (const std::string& value : wanted.values()) {
    const bool is_open = value.find('*') != std::string::npos;
    if (reading == Reading::kDeny && SomeRunFits(value, *joined)) return true;
    if (reading == Reading::kA43 && Fits(value, *joined)) return true;
    if (reading == Reading::kAllow && Fits(value, *joined) && (!is_open || EachPieceFits(value, *joined))) return true;
  }
  return false;
}

bool PrincipalMatches(const std::string& principal, const v1::RecordedCall& call, Reading reading) {
  if (principal.substr(0, 5) == "peer:") {
    if (reading == Reading::kAllow && call.peers_size() > 1) return false;
    for (const std::string& peer : call.peers()) {
      if (principal == "peer:*" || principal == "peer:" + peer) return true;
    }
    return false;
  }
  for (const std::string& uri : call.uri_sans()) {
    if (Fits(principal, uri)) return true;
  }
  for (const std::string& dns : call.dns_sans()) {
    if (Fits(principal, dns)) return true;
  }
  return Fits(principal, call.subject());
}

bool RuleMatches(const v1::AuthorizationRule& rule, const v1::RecordedCall& call, Reading reading) {
  bool source_matches = rule.source().principals().empty();
  for (const std::string& principal : rule.source().principals()) {
    source_matches = source_matches || PrincipalMatches(principal, call, reading);
  }
  bool path_matches = rule.request().paths().empty();
  for (const std::string& path : rule.request().paths()) path_matches = path_matches || Fits(path, call.path());
  bool headers_match = true;
  for (const auto& header : rule.request().headers()) {
    headers_match = headers_match && HeaderMatches(header, call, reading);
  }
  return source_matches && path_matches && headers_match;
}

bool IsMethod(const std::string& path) {
  for (const char c : path) {
    if (c <= ' ' || c == '\x7f' || c == '%' || c == '?' || c == '#' || c == '\\') return false;
  }
  const std::vector<std::string> parts = Split(path, '/');
  return parts.size() == 3 && parts[0].empty() && !parts[1].empty() && !parts[2].empty();
}

bool HasHeaderRule(const v1::AuthorizationPolicy& policy) {
  for (const auto* rules : {&policy.deny_rules(), &policy.allow_rules()}) {
    for (const v1::AuthorizationRule& rule : *rules) {
      if (!rule.request().headers().empty()) return true;
    }
  }
  return false;
}

// RFC 9113 §8.2.1.
bool HasMalformedHeader(const v1::RecordedCall& call) {
  for (const auto& header : call.headers()) {
    const std::string& key = header.key();
    if (key.empty()) return true;
    const bool is_binary = key.size() >= 4 && key.compare(key.size() - 4, 4, "-bin") == 0;
    for (const char c : header.value()) {
      if (!is_binary && (c == '\0' || c == '\r' || c == '\n')) return true;
    }
    for (const char c : header.key()) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte <= 0x20 || (byte >= 'A' && byte <= 'Z') || byte >= 0x7f || byte == ':') return true;
    }
  }
  return false;
}

}  // namespace

bool IsAllowedByA43(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call) {
  for (const v1::AuthorizationRule& rule : policy.deny_rules()) {
    if (RuleMatches(rule, call, Reading::kA43)) return false;
  }
  for (const v1::AuthorizationRule& rule : policy.allow_rules()) {
    if (RuleMatches(rule, call, Reading::kA43)) return true;
  }
  return false;
}

std::string NaiveOutcome(const v1::AuthorizationPolicy& policy, const v1::RecordedCall& call) {
  if (!IsMethod(call.path())) return "denied: its path is not /SERVICE/METHOD";
  if (HasHeaderRule(policy) && HasMalformedHeader(call)) {
    return "denied: a header has a name or value that HTTP/2 forbids, such as a name with upper-case letters";
  }
  for (const v1::AuthorizationRule& rule : policy.deny_rules()) {
    if (RuleMatches(rule, call, Reading::kDeny)) return "denied by rule " + Quoted(rule.name());
  }
  for (const v1::AuthorizationRule& rule : policy.allow_rules()) {
    if (RuleMatches(rule, call, Reading::kAllow)) return "allowed by rule " + Quoted(rule.name());
  }
  return "denied: no rule allows it";
}

}  // namespace pinion
