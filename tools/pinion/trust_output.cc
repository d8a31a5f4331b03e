#include "tools/pinion/trust_output.h"

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"

namespace pinion::cli {
namespace {

std::string RoleTable(const SigningRole& role) {
  std::string table = absl::StrCat("  ", role.name, ", ", role.threshold, " of ", role.keys.size(), "\n");
  for (const x509::PublicKey& key : role.keys) {
    absl::StrAppend(&table, "    ", x509::ToPinText(key.spki_digest()), "  ", key.kind(), "\n");
  }
  return table;
}

}  // namespace

nlohmann::ordered_json RoleJson(const SigningRole& role) {
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const x509::PublicKey& key : role.keys) {
    keys.push_back({{"key", x509::ToPinText(key.spki_digest())}, {"kind", key.kind()}});
  }
  return {{"threshold", role.threshold}, {"keys", keys}};
}

std::string TrustTable(const std::string& file, const FleetTrust& trust) {
  return absl::StrCat(Printable(file), ": version ", trust.version(), " of fleet ", trust.fleet(), ", epoch ",
                      trust.epoch(), "\n", RoleTable(trust.root()), RoleTable(trust.publisher()),
                      trust.revoker().keys.empty() ? "" : RoleTable(trust.revoker()));
}

}  // namespace pinion::cli
