#include "tests/transport/hostile_headers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace pinion::testing {
namespace {

// The sound headers with this one's value replaced.
RawHeaders With(const std::string& key, const std::string& value) {
  RawHeaders headers = SoundHeaders();
  for (auto& header : headers) {
    if (header.first == key) header.second = value;
  }
  return headers;
}

RawHeaders Without(const std::string& key) {
  RawHeaders headers = SoundHeaders();
  headers.erase(
      std::remove_if(headers.begin(), headers.end(), [&key](const auto& header) { return header.first == key; }),
      headers.end());
  return headers;
}

RawHeaders Plus(const RawHeaders& more) {
  RawHeaders headers = SoundHeaders();
  headers.insert(headers.end(), more.begin(), more.end());
  return headers;
}

RawHeaders Before(const RawHeaders& more) {
  RawHeaders headers = more;
  for (auto& header : SoundHeaders()) headers.push_back(std::move(header));
  return headers;
}

void Add(std::vector<HostileCase>* cases, const std::vector<HostileCase>& more) {
  cases->insert(cases->end(), more.begin(), more.end());
}

void AddPaths(std::vector<HostileCase>* cases) {
  Add(cases, {
                 {"PathTwiceDeniedFirst", Before({{":path", "/pinion.v1.Echo/Denied"}})},
                 {"PathTwiceAllowedFirst", Before({{":path", "/pinion.v1.Echo/Allowed"}})},
                 {"PathAgainAtTheEnd", Plus({{":path", "/pinion.v1.Echo/Allowed"}})},
                 {"DeniedPathAgainAtTheEnd", Plus({{":path", "/pinion.v1.Echo/Denied"}})},
                 {"PathWithoutSlash", With(":path", "pinion.v1.Echo/Allowed")},
                 {"PathWithTwoSlashes", With(":path", "//pinion.v1.Echo/Allowed")},
                 {"PathEncoded", With(":path", "/pinion.v1.Echo%2FAllowed")},
                 {"PathWithDots", With(":path", "/pinion.v1.Echo/Denied/../Allowed")},
                 {"PathWithQuery", With(":path", "/pinion.v1.Echo/Allowed?x")},
                 {"PathWithNul", With(":path", std::string("/pinion.v1.Echo/Allowed\0", 24))},
                 {"PathEmpty", With(":path", "")},
                 {"PathOfASlash", With(":path", "/")},
                 {"PathStar", With(":path", "*")},
                 {"PathMissing", Without(":path")},
                 {"PathOfEightKilobytes", With(":path", "/" + std::string(8000, 'a'))},
             });
}

void AddPseudoHeaders(std::vector<HostileCase>* cases) {
  for (const char* value : {"GET", "PUT", "CONNECT", "post", ""}) {
    cases->push_back({absl::StrCat("Method_", value), With(":method", value)});
  }
  for (const char* value : {"http", "ftp", ""}) {
    cases->push_back({absl::StrCat("Scheme_", value), With(":scheme", value)});
  }
  RawHeaders late = Without(":path");
  late.emplace_back("x", "y");
  late.emplace_back(":path", kThePath);
  Add(cases, {
                 {"MethodMissing", Without(":method")},
                 {"SchemeMissing", Without(":scheme")},
                 {"SchemeTwice", Plus({{":scheme", "gopher"}})},
                 {"AuthorityMissing", Without(":authority")},
                 {"AuthorityTwice", Plus({{":authority", "evil.test"}})},
                 {"PseudoHeaderAfterOthers", late},
                 {"PseudoHeaderUnknown", Plus({{":unknown", "x"}})},
                 {"StatusInARequest", Plus({{":status", "200"}})},
                 {"StatusGarbage", Plus({{":status", "x"}})},
             });
}

void AddReserved(std::vector<HostileCase>* cases) {
  const std::vector<std::pair<std::string, std::string>> values = {
      {"Empty", ""},      {"Word", "garbage"},   {"Number", "-99999999999999999999"}, {"Nul", std::string("a\0b", 3)},
      {"Base64", "!!!="}, {"Sound", "AAAAAAAA"},
  };
  for (const std::string& key : ReservedKeys()) {
    const std::string shown = absl::StrReplaceAll(key, {{"-", "_"}, {":", ""}});
    for (const auto& [name, value] : values) {
      cases->push_back({absl::StrCat("Reserved_", shown, "_", name), Plus({{key, value}})});
    }
    cases->push_back({absl::StrCat("ReservedTwice_", shown), Plus({{key, "a"}, {key, "AAAA"}})});
  }
}

void AddTeAndContentType(std::vector<HostileCase>* cases) {
  Add(cases, {
                 {"TeGzip", With("te", "gzip")},
                 {"TeEmpty", With("te", "")},
                 {"TeTrailersAndMore", With("te", "trailers, deflate")},
                 {"TeMissing", Without("te")},
                 {"ContentTypeText", With("content-type", "text/plain")},
                 {"ContentTypeEmpty", With("content-type", "")},
                 {"ContentTypeUnknown", With("content-type", "application/grpc+unknown")},
                 {"ContentTypeUpperCase", With("content-type", "APPLICATION/GRPC")},
                 {"ContentTypeMissing", Without("content-type")},
             });
}

void AddForms(std::vector<HostileCase>* cases) {
  const std::string long_value(8000, 'x');
  RawHeaders hundred;
  for (int i = 0; i < 100; ++i) hundred.emplace_back("same", "x");
  Add(cases,
      {
          {"UpperCaseKey", Plus({{"Upper-Case", "x"}})},
          {"UpperCaseReservedKey", Plus({{"TE", "trailers"}})},
          {"EmptyKey", Plus({{"", "x"}})},
          {"KeyWithSpace", Plus({{"a b", "x"}})},
          {"KeyWithNul", Plus({{std::string("a\0b", 3), "x"}})},
          {"KeyWithColon", Plus({{"a:b", "x"}})},
          {"KeyNotAscii", Plus({{"\xff\xfe", "x"}})},
          {"KeyOfEightKilobytes", Plus({{std::string(8000, 'k'), "x"}})},
          {"ValueWithNul", Plus({{"x", std::string("a\0b", 3)}})},
          {"ValueWithNewLine", Plus({{"x", "a\r\nb: c"}})},
          {"ValueNotAscii", Plus({{"x", "\xff\xfe"}})},
          {"ValueOfEightKilobytes", Plus({{"x", long_value}})},
          {"ValuesOfFortyKilobytes",
           Plus({{"a", long_value}, {"b", long_value}, {"c", long_value}, {"d", long_value}, {"e", long_value}})},
          {"ValueOfAMegabyte", Plus({{"x", std::string(1000000, 'x')}})},
          {"HundredTimesTheSame", Plus(hundred)},
          {"BinaryGarbage", Plus({{"x-bin", "!!!"}})},
          {"BinaryTruncated", Plus({{"x-bin", "A"}})},
          {"BinaryMarkedRaw", Plus({{"x-bin", std::string("\0raw", 4)}})},
          {"Connection", Plus({{"connection", "close"}})},
          {"KeepAlive", Plus({{"keep-alive", "timeout=1"}})},
          {"ProxyConnection", Plus({{"proxy-connection", "close"}})},
          {"TransferEncoding", Plus({{"transfer-encoding", "chunked"}})},
          {"Upgrade", Plus({{"upgrade", "h2c"}})},
          {"ContentLength", Plus({{"content-length", "1"}})},
          {"NoHeaders", {}},
      });
}

}  // namespace

RawHeaders SoundHeaders() {
  return {{":method", "POST"},           {":scheme", "https"}, {":path", kThePath},
          {":authority", "server.test"}, {"te", "trailers"},   {"content-type", "application/grpc"}};
}

const std::vector<std::string>& ReservedKeys() {
  static const auto* const keys = new std::vector<std::string>{
      ":authority",
      ":method",
      ":path",
      ":scheme",
      ":status",
      "content-type",
      "endpoint-load-metrics-bin",
      "grpc-accept-encoding",
      "grpc-encoding",
      "grpc-internal-encoding-request",
      "grpc-message",
      "grpc-previous-rpc-attempts",
      "grpc-retry-pushback-ms",
      "grpc-server-stats-bin",
      "grpc-status",
      "grpc-tags-bin",
      "grpc-timeout",
      "grpc-trace-bin",
      "grpclb_client_stats",
      "host",
      "lb-cost-bin",
      "lb-token",
      "te",
      "user-agent",
  };
  return *keys;
}

std::vector<HostileCase> HostileCases() {
  std::vector<HostileCase> cases;
  AddPaths(&cases);
  AddPseudoHeaders(&cases);
  AddReserved(&cases);
  AddTeAndContentType(&cases);
  AddForms(&cases);
  return cases;
}

}  // namespace pinion::testing
