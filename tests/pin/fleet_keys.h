// Keys that sign, and trust and signatures files made with them.
#ifndef PINION_TESTS_PIN_FLEET_KEYS_H_
#define PINION_TESTS_PIN_FLEET_KEYS_H_

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/fleet/fleet_trust.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/key.h"
#include "pinion/x509/signature.h"

namespace pinion {

inline std::string SpkiOf(const x509::PrivateKey& key) {
  return testing::OrDie(x509::FindKeys(key.PublicKeyToPem())).front().spki;
}

using Keys = std::vector<x509::PrivateKey>;

inline std::string RoleJson(const Keys& keys, int threshold) {
  std::string text = absl::StrCat(R"({"threshold": )", threshold, R"(, "keys": [)");
  for (const x509::PrivateKey& key : keys) {
    absl::StrAppend(&text, text.back() == '[' ? "\"" : ", \"", absl::Base64Escape(SpkiOf(key)), "\"");
  }
  return text + "]}";
}

struct TrustFile {
  std::string fleet = "prod";
  int64_t epoch = 1;
  int64_t version = 1;
  Keys root;
  Keys publisher;
  Keys revoker;  // the role is absent without one
  int root_threshold = 1;
  int publisher_threshold = 1;

  std::string Text() const {
    return absl::StrCat(R"({"fleet": ")", fleet, R"(", "epoch": )", epoch, R"(, "version": )", version, R"(, "root": )",
                        RoleJson(root, root_threshold), R"(, "publisher": )", RoleJson(publisher, publisher_threshold),
                        revoker.empty() ? "" : absl::StrCat(R"(, "revoker": )", RoleJson(revoker, 1)), "}");
  }
};

inline FileSignatures SignedBy(const Keys& keys, const std::string& bytes) {
  FileSignatures signatures;
  for (const x509::PrivateKey& key : keys) {
    signatures.Set({key.spki_digest(), testing::OrDie(x509::Sign(key, bytes))});
  }
  return signatures;
}

// The trust, signed by these keys.
inline std::shared_ptr<const FleetTrust> TrustSignedBy(const Keys& signers, const TrustFile& file) {
  const std::string text = file.Text();
  const std::string bytes = testing::OrDie(FleetTrust::FromJson(text, "trust.json"))->SignedBytes();
  return testing::OrDie(FleetTrust::FromJson(text, "trust.json", SignedBy(signers, bytes)));
}

}  // namespace pinion

#endif  // PINION_TESTS_PIN_FLEET_KEYS_H_
