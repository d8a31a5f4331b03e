#include "pinion/server/exchange_admission.h"

#include <gtest/gtest.h>

namespace pinion {
namespace {

x509::SubjectAltNames Uri(const char* name) {
  x509::SubjectAltNames names;
  names.uris = {name};
  return names;
}

x509::SubjectAltNames Dns(const char* name) {
  x509::SubjectAltNames names;
  names.dns = {name};
  return names;
}

TEST(ExchangeAdmissionTest, OneNameCannotUseTheShareOfAnother) {
  ExchangeAdmission admission;
  int admitted = 0;
  for (int i = 0; i < 10 * ExchangeAdmission::kBurst; ++i) admitted += admission.Admit(Uri("spiffe://a")) ? 1 : 0;
  EXPECT_GE(admitted, ExchangeAdmission::kBurst);
  EXPECT_LT(admitted, 2 * ExchangeAdmission::kBurst);  // some come back while this runs
  EXPECT_TRUE(admission.Admit(Uri("spiffe://b")));
  EXPECT_TRUE(admission.Admit(Dns("spiffe://a")));
}

}  // namespace
}  // namespace pinion
