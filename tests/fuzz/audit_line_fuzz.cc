// Text from peers in an audit line: it becomes one line of printable ASCII, which any JSON parser reads back unchanged.
#include <nlohmann/json.hpp>
#include <string>

#include "pinion/audit_line.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/invariant.h"

namespace pinion {
namespace {

using fuzz::Require;

bool IsUtf8(const std::string& text) {
  using Handler = nlohmann::json::error_handler_t;
  const nlohmann::json value(text);
  return value.dump(-1, ' ', true, Handler::ignore) == value.dump(-1, ' ', true, Handler::replace);
}

// Text that is entirely UTF-8 must be read back unchanged.
bool RequireComesBack(const nlohmann::json& read, const std::string& written) {
  const bool is_utf8 = IsUtf8(written);
  Require(read.is_string() && (!is_utf8 || read.get<std::string>() == written), "the text is read back unchanged",
          written);
  return is_utf8;
}

void Check(fuzz::Choices choices) {
  AuditEvent event;
  event.time = absl::FromUnixSeconds(1780315200 + choices.Byte());
  event.decision.authorized = choices.Yes();
  event.dropped = choices.Byte();
  event.count = 1 + event.dropped % 3;
  const bool has_shadow = choices.Yes();
  event.peer = choices.Text(choices.Byte());
  event.principal = choices.Text(choices.Byte());
  event.decision.policy_name = choices.Text(choices.Byte());
  event.rpc_method = choices.Rest();
  if (has_shadow) event.shadow = AuditedDecision{event.peer, event.principal, false};

  std::string line = AuditLine(event);
  Require(!line.empty() && line.back() == '\n', "a line ends with a newline");
  line.pop_back();
  fuzz::RequirePrintable(line);
  Require(line.find('\n') == std::string::npos, "it is one line", line);
  const nlohmann::json read = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  Require(!read.is_discarded(), "a line is JSON", line);
  const nlohmann::json& log = read["grpc_audit_log"];
  bool is_utf8 = RequireComesBack(log["rpc_method"], event.rpc_method);
  is_utf8 = RequireComesBack(log["principal"], event.principal) && is_utf8;
  is_utf8 = RequireComesBack(log["policy_name"], event.decision.policy_name) && is_utf8;
  Require(log["authorized"] == event.decision.authorized, "the decision is read back");
  Require(log.value("count", 1) == event.count && log.contains("count") == (event.count > 1), "the count is read back");
  Require(log.contains("peer") != event.peer.empty() && log.contains("shadow") == has_shadow,
          "peer and shadow are present exactly when they are set");
  fuzz::CountInput(is_utf8);
}

}  // namespace
}  // namespace pinion

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pinion::Check(pinion::fuzz::Choices(data, size));
  return 0;
}
