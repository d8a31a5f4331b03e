// Who may sign a pin set, and who may say so.
#include "pinion/fleet/fleet_trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/matchers.h"
#include "tests/pin/fleet_keys.h"

namespace pinion {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr absl::StatusCode kUnsigned = absl::StatusCode::kUnauthenticated;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class FleetTrustTest : public ::testing::Test {
 protected:
  static x509::PrivateKey Ec() { return testing::OrDie(x509::PrivateKey::GenerateEc("P-256")); }
  static x509::PrivateKey Ed() { return testing::OrDie(x509::PrivateKey::GenerateEd25519()); }

  TrustFile File() const {
    TrustFile file;
    file.root = {root_a_, root_b_};
    file.root_threshold = 2;
    file.publisher = {publisher_a_, publisher_b_, publisher_c_};
    file.publisher_threshold = 2;
    return file;
  }

  static absl::Status CheckPinSet(const TrustFile& file, const Keys& signers, const std::string& pin_set) {
    const auto trust = testing::OrDie(FleetTrust::FromJson(file.Text(), "trust.json"));
    return trust->CheckPinSet(pin_set, SignedBy(signers, trust->SignedBytesOf(pin_set)));
  }

  const x509::PrivateKey root_a_ = Ed();
  const x509::PrivateKey root_b_ = Ec();
  const x509::PrivateKey publisher_a_ = Ed();
  const x509::PrivateKey publisher_b_ = Ec();
  const x509::PrivateKey publisher_c_ = Ec();
  const x509::PrivateKey stranger_ = Ed();
};

TEST_F(FleetTrustTest, ThePublishersThresholdMustSign) {
  EXPECT_THAT(CheckPinSet(File(), {publisher_a_, publisher_b_}, "set"), IsOk());
  EXPECT_THAT(CheckPinSet(File(), {publisher_c_, publisher_a_, publisher_b_}, "set"), IsOk());
  EXPECT_THAT(CheckPinSet(File(), {publisher_b_, stranger_, publisher_c_}, "set"), IsOk());
  EXPECT_THAT(CheckPinSet(File(), {}, "set"), StatusIs(kUnsigned, HasSubstr("0 of the 2")));
  EXPECT_THAT(CheckPinSet(File(), {publisher_b_}, "set"), StatusIs(kUnsigned, HasSubstr("1 of the 2")));
  EXPECT_THAT(CheckPinSet(File(), {publisher_b_, stranger_}, "set"), StatusIs(kUnsigned, HasSubstr("1 of the 2")));
  // The other role's keys count for nothing here.
  EXPECT_THAT(CheckPinSet(File(), {root_a_, root_b_, publisher_a_}, "set"),
              StatusIs(kUnsigned, HasSubstr("1 of the 2")));
}

TEST_F(FleetTrustTest, ASignatureIsForTheseBytesThisFleetAndThisEpoch) {
  TrustFile file = File();
  file.publisher_threshold = 1;
  const auto trust = testing::OrDie(FleetTrust::FromJson(file.Text(), "trust.json"));
  const FileSignatures signatures = SignedBy({publisher_a_, publisher_b_}, trust->SignedBytesOf("set"));
  EXPECT_THAT(trust->CheckPinSet("set", signatures), IsOk());
  for (const char* other : {"", "Set", "set ", "se", "\nset"}) {
    EXPECT_THAT(trust->CheckPinSet(other, signatures), StatusIs(kUnsigned, HasSubstr("other bytes"))) << other;
  }
  file.epoch = 2;
  EXPECT_THAT(testing::OrDie(FleetTrust::FromJson(file.Text(), ""))->CheckPinSet("set", signatures),
              StatusIs(kUnsigned, HasSubstr("0 of the 1")));
  file.epoch = 1;
  file.fleet = "test";
  EXPECT_THAT(testing::OrDie(FleetTrust::FromJson(file.Text(), ""))->CheckPinSet("set", signatures),
              StatusIs(kUnsigned, HasSubstr("0 of the 1")));
}

// Otherwise whoever signs pin sets could be made to sign a trust file.
TEST_F(FleetTrustTest, ASignatureOfAPinSetIsNoneOfATrustFile) {
  const std::string text = File().Text();
  const auto trust = testing::OrDie(FleetTrust::FromJson(text, "trust.json"));
  const auto as_pin_set = testing::OrDie(
      FleetTrust::FromJson(text, "trust.json", SignedBy({root_a_, root_b_}, trust->SignedBytesOf(text))));
  EXPECT_THAT(as_pin_set->CheckOwnSignatures(), StatusIs(kUnsigned, HasSubstr("0 of the 2")));
  EXPECT_THAT(TrustSignedBy({root_a_, root_b_}, File())->CheckOwnSignatures(), IsOk());
  EXPECT_THAT(TrustSignedBy({root_a_}, File())->CheckOwnSignatures(), StatusIs(kUnsigned, HasSubstr("root")));
  EXPECT_THAT(TrustSignedBy({publisher_a_, publisher_b_}, File())->CheckOwnSignatures(),
              StatusIs(kUnsigned, HasSubstr("0 of the 2")));
}

TEST_F(FleetTrustTest, ItsPredecessorsRootMustSignASuccessor) {
  const auto before = TrustSignedBy({root_a_, root_b_}, File());
  TrustFile next = File();
  next.version = 2;
  next.root = {stranger_};
  next.root_threshold = 1;
  const auto by_itself = TrustSignedBy({stranger_}, next);
  EXPECT_THAT(by_itself->CheckOwnSignatures(), IsOk());
  EXPECT_THAT(by_itself->CheckFollows(*before), StatusIs(kUnsigned, HasSubstr("predecessor")));
  EXPECT_THAT(TrustSignedBy({stranger_, root_a_}, next)->CheckFollows(*before),
              StatusIs(kUnsigned, HasSubstr("1 of the 2")));
  EXPECT_THAT(TrustSignedBy({stranger_, root_a_, root_b_}, next)->CheckFollows(*before), IsOk());
  EXPECT_THAT(TrustSignedBy({root_a_, root_b_}, next)->CheckOwnSignatures(), StatusIs(kUnsigned, HasSubstr("root")));
}

TEST_F(FleetTrustTest, ASuccessorIsLaterAndOfTheSameFleet) {
  TrustFile file = File();
  file.version = 5;
  file.epoch = 2;
  const auto before = TrustSignedBy({root_a_, root_b_}, file);
  const auto follows = [&](int64_t version, int64_t epoch, const std::string& fleet) {
    file.version = version;
    file.epoch = epoch;
    file.fleet = fleet;
    return TrustSignedBy({root_a_, root_b_}, file)->CheckFollows(*before);
  };
  EXPECT_THAT(follows(6, 2, "prod"), IsOk());
  EXPECT_THAT(follows(9, 3, "prod"), IsOk());
  EXPECT_THAT(follows(4, 2, "prod"), StatusIs(kUnsigned, HasSubstr("which was adopted before")));
  EXPECT_THAT(follows(5, 3, "prod"), StatusIs(kUnsigned, HasSubstr("which was adopted before")));
  EXPECT_THAT(follows(6, 1, "prod"), StatusIs(kUnsigned, HasSubstr("which was adopted before")));
  EXPECT_THAT(follows(6, 2, "test"), StatusIs(kUnsigned, HasSubstr("fleet test")));
  EXPECT_THAT(before->CheckFollows(*before), IsOk());
  // The same version with other contents.
  file = File();
  file.version = 5;
  file.epoch = 2;
  file.publisher_threshold = 1;
  EXPECT_THAT(TrustSignedBy({root_a_, root_b_}, file)->CheckFollows(*before),
              StatusIs(kUnsigned, HasSubstr("which was adopted before")));
}

TEST_F(FleetTrustTest, Rules) {
  const std::string good = File().Text();
  const std::string a = absl::Base64Escape(SpkiOf(publisher_a_));
  const std::string root = absl::Base64Escape(SpkiOf(root_a_));
  const struct {
    std::string from;
    std::string to;
    const char* fault;
  } cases[] = {
      {R"("prod")", R"("")", " fleet:"},
      {R"("prod")", R"("a b")", " fleet:"},
      {R"("prod")", R"("a\nb")", " fleet:"},
      {R"("epoch": 1)", R"("epoch": 0)", " epoch:"},
      {R"("version": 1)", R"("version": -1)", " version:"},
      {R"("version": 1)", R"("version": 9007199254740993)", " version: must be from 1 to 2^53"},
      {R"("epoch": 1)", R"("epoch": 9223372036854775807)", " epoch: must be from 1 to 2^53"},
      {R"("version": 1)", R"("version": 1, "version": 2)", " version: "},
      {R"("version": 1)", R"("version": 1, "expires": 2)", " expires: "},
      {R"("publisher": {"threshold": 2)", R"("publisher": {"threshold": 0)", " publisher.threshold:"},
      {R"("publisher": {"threshold": 2)", R"("publisher": {"threshold": 4)", " publisher.threshold:"},
      {R"("root": {"threshold": 2)", R"("root": {"threshold": 3)", " root.threshold:"},
      {a, "", " publisher.keys[0]:"},
      {a, "not base64!", " publisher.keys[0]:"},
      {a, absl::Base64Escape(SpkiOf(publisher_b_)), " publisher.keys[1]: is listed twice"},
      {a, root, " publisher.keys[0]: is a key of the root role too"},
      {"]}}", "]}", "trust.json:1:"},
  };
  EXPECT_THAT(FleetTrust::FromJson(good, "trust.json").status(), IsOk());
  for (const auto& one : cases) {
    const std::string bad = absl::StrReplaceAll(good, {{one.from, one.to}});
    ASSERT_NE(bad, good) << one.from;
    EXPECT_THAT(FleetTrust::FromJson(bad, "trust.json").status(), StatusIs(kInvalid, HasSubstr(one.fault))) << bad;
  }
  EXPECT_THAT(FleetTrust::FromJson(good + std::string(size_t{64} << 10, ' '), "trust.json").status(),
              StatusIs(kInvalid, HasSubstr("64 kB")));
}

// With these, everybody can sign: the first 32 bytes of the signature are the point 1, the others 0.
TEST_F(FleetTrustTest, APointOfSmallOrderIsNoKey) {
  std::string signature(64, '\0');
  signature[0] = 1;
  const std::string start = SpkiOf(root_a_).substr(0, 12);
  const std::string zeros(31, '\0');
  const std::string ones(30, '\xff');
  for (const std::string& point :
       {"\x01" + zeros, "\x01" + zeros.substr(1) + "\x80", "\xee" + ones + "\x7f", "\xee" + ones + "\xff",
        "\xec" + ones + "\x7f", "\xed" + ones + "\x7f", std::string(1, '\0') + zeros, "\xff" + ones + "\x7f",
        std::string("\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39"
                    "\xb1\x38\x02\x88\x6d\x53\xfc\x05",
                    32),
        std::string("\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39"
                    "\xb1\x38\x02\x88\x6d\x53\xfc\x85",
                    32),
        std::string("\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6"
                    "\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
                    32),
        std::string("\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6"
                    "\x4e\xc7\xfd\x77\x92\xac\x03\xfa",
                    32)}) {
    ASSERT_EQ(point.size(), 32);
    EXPECT_THAT(x509::PublicKey::FromSpki(start + point).status(), StatusIs(kInvalid, HasSubstr("small order")))
        << absl::BytesToHexString(point);
  }
  // The highest y-coordinates that are not refused for their size.
  EXPECT_THAT(x509::PublicKey::FromSpki(start + "\xeb" + ones + "\x7f").status(), IsOk());
}

// With a second encoding, one key could count as two.
TEST_F(FleetTrustTest, AKeyHasOneEncodingAndOneOfTwoKinds) {
  const std::string p256 = SpkiOf(publisher_b_);
  std::string hybrid = p256;
  hybrid[26] = static_cast<char>(6 + (hybrid.back() & 1));
  // 0x03 or 0x02 and x alone, with the lengths that belong to it.
  std::string compressed = p256.substr(0, 59);
  compressed[1] = 0x39;
  compressed[24] = 0x22;
  compressed[26] = static_cast<char>(2 + (p256.back() & 1));
  std::string off_curve = p256;
  off_curve[90] = static_cast<char>(off_curve[90] ^ 1);
  for (const std::string& spki : {hybrid, compressed, off_curve, p256 + "x", p256.substr(0, 90), std::string(),
                                  SpkiOf(testing::OrDie(x509::PrivateKey::GenerateEc("P-384"))),
                                  SpkiOf(testing::OrDie(x509::PrivateKey::GenerateRsa(2048)))}) {
    EXPECT_THAT(x509::PublicKey::FromSpki(spki).status(),
                StatusIs(kInvalid, ::testing::AnyOf(HasSubstr("uncompressed point"), HasSubstr("point of its curve"),
                                                    HasSubstr("not a valid key"))));
  }
  EXPECT_THAT(x509::PublicKey::FromSpki(p256).status(), IsOk());
  EXPECT_THAT(x509::Sign(testing::OrDie(x509::PrivateKey::GenerateEc("P-384")), "set").status(),
              StatusIs(kInvalid, HasSubstr("Ed25519")));
}

TEST_F(FleetTrustTest, SignaturesFiles) {
  const FileSignatures signatures = SignedBy({publisher_a_, publisher_b_}, "set");
  const std::string text = signatures.ToJson();
  const auto read = testing::OrDie(FileSignatures::FromJson(text, "pins.json.sig"));
  EXPECT_EQ(read.ToJson(), text);
  EXPECT_EQ(*read.Find(publisher_b_.spki_digest()), *signatures.Find(publisher_b_.spki_digest()));
  EXPECT_EQ(read.Find(stranger_.spki_digest()), nullptr);
  EXPECT_EQ(testing::OrDie(FileSignatures::FromJson(FileSignatures().ToJson(), "")).all().size(), 0);
  const std::string a = x509::ToPinText(publisher_a_.spki_digest());
  const std::string b = x509::ToPinText(publisher_b_.spki_digest());
  const struct {
    std::string from;
    std::string to;
    const char* fault;
  } cases[] = {
      {a, "sha256/AAAA", " signatures[0].key:"},
      {b, a, " signatures[1].key: this key has signed above"},
      {"\"signature\": \"", "\"signature\": \"!", " signatures[0].signature:"},
      {"\"signature\": \"", "\"sig\": \"", " signatures[0].sig: "},
      {"]\n}", "]", "pins.json.sig:6:"},
      {"\"key\": \"", "\"key\": 1, \"x\": \"", " signatures[0].key: "},
  };
  for (const auto& one : cases) {
    const std::string bad = absl::StrReplaceAll(text, {{one.from, one.to}});
    ASSERT_NE(bad, text) << one.from;
    EXPECT_THAT(FileSignatures::FromJson(bad, "pins.json.sig").status(), StatusIs(kInvalid, HasSubstr(one.fault)))
        << bad;
  }
}

}  // namespace
}  // namespace pinion
