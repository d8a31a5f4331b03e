// The documents of a pin file.
#include "pinion/fleet/document.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "pinion/pin/pin_set.h"

namespace pinion {
namespace {

// A pin file with these documents, which are the text of a JSON array.
std::string WithDocuments(absl::string_view documents) {
  const std::string a(42, 'A');
  const std::string b(42, 'B');
  return absl::StrCat(R"({"version": 7, "documents": )", documents,
                      R"(, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": "sha256/)", a,
                      R"(A=", "state": "ACTIVE"}, {"spki": "sha256/)", b, R"(A=", "state": "BACKUP"}]}]})");
}
std::string DocumentEntry(absl::string_view file, absl::string_view sha256) {
  return absl::StrCat(R"({"file": ")", file, R"(", "sha256": ")", sha256, R"("})");
}
std::string ErrorWithDocuments(absl::string_view documents) {
  return std::string(PinSet::FromJson(WithDocuments(documents), "pins.json").status().message());
}

TEST(DocumentTest, ADocumentHasANameBelowThePinFileAndADigest) {
  const std::string digest(64, 'a');
  EXPECT_EQ(ErrorWithDocuments(absl::StrCat("[", DocumentEntry("policies/orders.json", digest), "]")), "");
  for (const char* file : {"", "/a", "a//b", "a/", "../a", "a/../b", ".", "a b", R"(a\u0000b)"}) {
    const std::string error = ErrorWithDocuments(absl::StrCat("[", DocumentEntry(file, digest), "]"));
    EXPECT_TRUE(absl::StartsWith(error, "pins.json:1:30: documents[0]: file is missing or no path")) << file << error;
  }
  for (const std::string& sha256 : {std::string(), digest.substr(1), digest + "a", std::string(64, 'g')}) {
    const std::string error = ErrorWithDocuments(absl::StrCat("[", DocumentEntry("a", sha256), "]"));
    EXPECT_TRUE(absl::StartsWith(error, "pins.json:1:30: documents[0]: sha256 is not 64 hexadecimal digits")) << error;
  }
  const std::string twice = absl::StrCat("[", DocumentEntry("a", digest), ", ", DocumentEntry("a", digest), "]");
  EXPECT_TRUE(absl::StrContains(ErrorWithDocuments(twice), R"(documents[1]: "a" is listed already)"));
}

TEST(DocumentTest, APinSetHasAtMostAThousand) {
  std::string documents;
  for (int i = 0; i <= 1'000; ++i) {
    if (i == 1'000) {
      EXPECT_EQ(ErrorWithDocuments(absl::StrCat("[", documents, "]")), "");
    }
    absl::StrAppend(&documents, i == 0 ? "" : ", ", DocumentEntry(absl::StrCat("d", i), std::string(64, 'a')));
  }
  EXPECT_TRUE(
      absl::StrContains(ErrorWithDocuments(absl::StrCat("[", documents, "]")), "documents: has more than 1000"));
}

TEST(DocumentTest, ADocumentIsFoundByItsDigestAlone) {
  constexpr absl::string_view kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const auto pins = [&](const std::string& document) {
    PinSet::Signed with;
    with.documents.emplace(*x509::Sha256(document), document);
    return *PinSet::FromJson(WithDocuments(absl::StrCat("[", DocumentEntry("a.pem", kOfAbc), "]")), "pins.json", with);
  };
  ASSERT_NE(pins("abc")->TextOf("a.pem"), nullptr);
  EXPECT_EQ(*pins("abc")->TextOf("a.pem"), "abc");
  EXPECT_EQ(pins("abd")->TextOf("a.pem"), nullptr);
  EXPECT_EQ(pins("abc")->TextOf("b.pem"), nullptr);
}

}  // namespace
}  // namespace pinion
