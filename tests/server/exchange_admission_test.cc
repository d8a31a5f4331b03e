#include "pinion/server/exchange_admission.h"

#include <gtest/gtest.h>

namespace pinion {
namespace {

TEST(ExchangeAdmissionTest, OneNameCannotUseTheShareOfAnother) {
  ExchangeAdmission admission;
  int admitted = 0;
  for (int i = 0; i < 10 * ExchangeAdmission::kBurst; ++i) admitted += admission.Admit({"spiffe://a"}, {}) ? 1 : 0;
  EXPECT_GE(admitted, ExchangeAdmission::kBurst);
  EXPECT_LT(admitted, 2 * ExchangeAdmission::kBurst);  // some come back while this runs
  EXPECT_TRUE(admission.Admit({"spiffe://b"}, {}));
  EXPECT_TRUE(admission.Admit({}, {"spiffe://a"}));
}

}  // namespace
}  // namespace pinion
