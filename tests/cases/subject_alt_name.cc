#include "tests/cases/subject_alt_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/host_name.h"
#include "tests/cases/der.h"
#include "tests/cases/spread.h"
#include "tests/x509/from_hex.h"

namespace pinion::testing {
namespace {

// The choices of a GeneralName (RFC 5280 §4.2.1.6).
constexpr struct {
  const char* kind;
  uint8_t tag;
} kKinds[] = {{"email", 0x81}, {"DNS", 0x82}, {"URI", 0x86}, {"IP", 0x87}};

std::string GeneralName(const std::string& name) {
  const size_t end = name.find_first_of(":#");
  for (const auto& [kind, tag] : kKinds) {
    if (end == std::string::npos || name.substr(0, end) != kind) continue;
    const std::string value = name.substr(end + 1);
    if (name[end] == '#') return der::Element(tag, FromHex(value));
    if (name.substr(0, end) != "IP") return der::Element(tag, value);
    return der::Element(tag, OrDie(x509::HostName::Parse(value)).address());
  }
  return OrDie<std::string>(absl::InvalidArgumentError("no kind of name: " + name));
}

}  // namespace

std::string SubjectAltNameOf(const std::vector<std::string>& names) {
  if (names.empty() || names.front() == "none") return "";
  if (absl::StartsWith(names.front(), "raw#")) return FromHex(names.front().substr(4));
  std::string list;
  for (const std::string& several : names) {
    for (const std::string& name : Spread(several)) absl::StrAppend(&list, GeneralName(name));
  }
  constexpr uint8_t kSequence = 0x30;
  return der::Element(kSequence, list);
}

}  // namespace pinion::testing
