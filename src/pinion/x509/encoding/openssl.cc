#include "pinion/x509/encoding/openssl.h"

#include <openssl/err.h>

#include <ctime>

#include "absl/strings/str_cat.h"

namespace pinion::x509 {
namespace {

constexpr size_t kNameShown = 200;

}  // namespace

std::string Contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, size) : std::string();
}

std::string TakeError() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string error = reason != nullptr ? reason : "unknown error";
  ERR_clear_error();
  return error;
}

absl::StatusOr<std::string> NameText(const X509_NAME* name) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  if (out == nullptr || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return absl::InternalError(absl::StrCat("OpenSSL cannot write a name: ", TakeError()));
  }
  return Contents(out.get()).substr(0, kNameShown);
}

absl::Time ToTime(const ASN1_TIME* time) {
  std::tm tm = {};
  if (time == nullptr || ASN1_TIME_to_tm(time, &tm) != 1) return absl::InfinitePast();
  return absl::FromTM(tm, absl::UTCTimeZone());
}

}  // namespace pinion::x509
