#include "pinion/x509/openssl.h"

#include <openssl/err.h>

#include <ctime>
#include <vector>

#include "absl/strings/str_split.h"

namespace pinion::x509 {
namespace {

constexpr size_t kNameShown = 200;

}  // namespace

Owned<BIO> ReadFrom(absl::string_view bytes) {
  return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, size) : std::string();
}

bool HasPemBlocks(absl::string_view pem, size_t blocks) {
  const std::vector<absl::string_view> begins = absl::StrSplit(pem, "-----BEGIN ");
  const std::vector<absl::string_view> ends = absl::StrSplit(pem, "-----END ");
  return begins.size() == blocks + 1 && ends.size() == blocks + 1;
}

std::string TakeError() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string error = reason != nullptr ? reason : "unknown error";
  ERR_clear_error();
  return error;
}

std::string NameText(const X509_NAME* name) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  return Contents(out.get()).substr(0, kNameShown);
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm tm = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return absl::InfinitePast();
  return absl::FromTM(tm, absl::UTCTimeZone());
}

}  // namespace pinion::x509
