#include "tests/soak/bad_texts.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/lab.h"
#include "tests/soak/site.h"

namespace pinion::soak {

BadText BadTexts::Next() {
  if (made_.empty()) made_ = Make();
  BadText next = std::move(made_.back());
  made_.pop_back();
  return next;
}

std::vector<BadText> BadTexts::Make() {
  const testing::TestCa other_ca("Soak CA");
  const std::vector<std::string> names = {testing::Lab::kServerHost, testing::Lab::kServerIdentity,
                                          testing::Lab::kClientIdentity};
  const testing::IssuedCertificate other = other_ca.Issue(names);
  const testing::IssuedCertificate ours_elsewhere = other_ca.Issue(names, own_.key);
  std::vector<BadText> made = {
      {kCertificate, "of another key", other.CertificatePem()},
      {kCertificate, "from an untrusted CA", ours_elsewhere.CertificatePem()},
      {kCertificate, "a key in its place", good_.Text(kKey)},
      {kKey, "another key", other.PrivateKeyPem()},
      {kKey, "a certificate in its place", good_.Text(kCertificate)},
      {kRoots, "a key in its place", good_.Text(kKey)},
      {kPins, "a certificate in its place", good_.Text(kCertificate)},
      {kPins, "a key twice", absl::StrReplaceAll(good_.Text(kPins), {{R"({"version")", R"({"peers": [], "version")"}})},
      {kPins, "a wrong type", absl::StrReplaceAll(good_.Text(kPins), {{R"("hosts": [)", R"("hosts": [7, )"}})},
      {kPins, "no backup", absl::StrReplaceAll(good_.Text(kPins), {{"BACKUP", "RETIRING"}})},
      {kPins, "an older version",
       PinFile(1, {{SparePin(), "ACTIVE"}, {SparePin(), "BACKUP"}}, {{SparePin(), "ACTIVE"}, {SparePin(), "BACKUP"}})},
      {kPins, "other contents, the same version",
       absl::StrReplaceAll(good_.Text(kPins), {{R"("server",)", R"("renamed",)"}})},
  };
  for (const char* name : {kCertificate, kKey, kRoots, kPins}) {
    made.push_back({name, "empty", ""});
    made.push_back({name, "garbled", Garbled(good_.Text(name))});
    made.push_back({name, "truncated", Truncated(good_.Text(name))});
  }
  for (const char* name : {kCertificate, kKey}) made.push_back({name, "one bit off", Flipped(good_.Text(name))});
  return made;
}

std::string BadTexts::Garbled(const std::string& text) {
  std::string garbled = text;
  const size_t at = text.size() / 4 + random_() % (text.size() / 2);
  return garbled.replace(at, 4, "\xff\x01!\n");
}

std::string BadTexts::Flipped(const std::string& pem) {
  std::string flipped = pem;
  size_t at = pem.size() / 3 + random_() % (pem.size() / 3);
  while (flipped[at] == '\n') ++at;
  flipped[at] = flipped[at] == 'A' ? 'B' : 'A';
  return flipped;
}

std::string BadTexts::Truncated(const std::string& text) {
  return text.substr(0, text.size() / 10 + random_() % (text.size() * 7 / 10));
}

}  // namespace pinion::soak
