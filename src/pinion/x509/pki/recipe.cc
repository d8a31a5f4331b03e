#include "pinion/x509/pki/recipe.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/host_name.h"

namespace pinion::x509 {
namespace {

// A one-element GeneralNames of the given context tag.
std::string RawName(unsigned char tag, absl::string_view bytes) {
  std::string der;
  der.push_back(0x30);
  der.push_back(static_cast<char>(bytes.size() + 2));
  der.push_back(static_cast<char>(0x80 | tag));
  der.push_back(static_cast<char>(bytes.size()));
  return absl::StrCat(der, bytes);
}

}  // namespace

CertificateRecipe CaRecipe(const std::string& name, absl::Time now) {
  CertificateRecipe recipe;
  recipe.common_name = name;
  recipe.not_before = now - absl::Hours(24);
  recipe.not_after = now + absl::Hours(24 * 3650);
  recipe.is_ca = true;
  return recipe;
}

CertificateRecipe LeafRecipe(const std::string& common_name, const std::vector<std::string>& names, absl::Time now) {
  CertificateRecipe recipe;
  recipe.common_name = common_name;
  for (const std::string& name : names) {
    const absl::StatusOr<HostName> host = HostName::Parse(name);
    const bool is_uri = absl::StrContains(name, "://");
    (is_uri ? recipe.uris : host.ok() && host->is_address() ? recipe.addresses : recipe.dns).push_back(name);
  }
  recipe.not_before = now - absl::Hours(1);
  recipe.not_after = now + absl::Hours(24 * 90);
  return recipe;
}

std::string RawDnsName(absl::string_view bytes) { return RawName(2, bytes); }

std::string RawIpAddress(absl::string_view bytes) { return RawName(7, bytes); }

}  // namespace pinion::x509
