#include "tests/soak/party_folder.h"

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/lab.h"

namespace pinion::soak {
namespace {

namespace fs = std::filesystem;

constexpr char kConfig[] = R"({
  "identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem"},
  "trust": {"$ROOTS": "ca.pem"},
  "pin_set": {"file": "pins.json"},
  $SERVER
  // Short, so that a drain ends soon.
  "drain_window": "2s"
})";

constexpr char kServer[] = R"("server": {"authorization_policy_file": "policy.json", "unlisted_clients": "ACCEPT"},)";

void ReplaceLink(const fs::path& link, const fs::path& target) {
  const fs::path next = link.string() + ".next";
  fs::create_symlink(target, next);
  fs::rename(next, link);
}

std::string PinList(const Pins& pins) {
  return absl::StrJoin(pins, ", ", [](std::string* out, const auto& pin) {
    absl::StrAppend(out, R"({"spki": ")", pin.first, R"(", "state": ")", pin.second, R"("})");
  });
}

}  // namespace

Texts IdentityTexts(const testing::IssuedCertificate& own) {
  return {{kCertificate, own.CertificatePem()}, {kKey, own.PrivateKeyPem()}};
}

std::string PinFile(int64_t version, const Pins& server, const Pins& client) {
  using testing::Lab;
  return absl::StrCat(R"({"version": )", version, R"(, "peers": [{"name": "server", "hosts": [")", Lab::kServerHost,
                      R"("], "pins": [)", PinList(server), R"(]}, {"name": "client", "identities": [")",
                      Lab::kClientIdentity, R"("], "pins": [)", PinList(client), "]}]}\n");
}

std::string PolicyFile(int64_t number) {
  return absl::StrCat(
      R"({"name": "policy-)", number, R"(", "allow_rules": [{"name": "all", "source": {"principals": [")",
      testing::Lab::kClientIdentity, R"("]}}], "deny_rules": [{"name": "shut", "request": {"paths": [")",
      ShutDoor(number), R"("]}}]})");
}

std::string ShutDoor(int64_t number) { return number % 2 == 0 ? "/soak.Doors/Even" : "/soak.Doors/Odd"; }

PartyFolder::PartyFolder(fs::path folder, const Texts& texts, bool serves) : folder_(std::move(folder)), texts_(texts) {
  fs::remove_all(folder_);
  fs::create_directories(folder_);
  for (const auto& [name, text] : texts_) Rename(name, text);
  Rename("config.json", absl::StrReplaceAll(kConfig, {{"$ROOTS", serves ? "client_roots_file" : "server_roots_file"},
                                                      {"$SERVER", serves ? kServer : ""}}));
}

void PartyFolder::Change(const Texts& changed, Manner manner) {
  if (manner == Manner::kLinkSwap && !linked_) Link();
  for (const auto& [name, text] : changed) texts_[name] = text;
  if (manner == Manner::kLinkSwap) return SwapData();
  for (const auto& [name, text] : changed) Rename(name, text);
  // Files that were not changed become regular files too, because `..data` is no longer kept.
  if (linked_) {
    for (const auto& [name, text] : texts_) Rename(name, text);
  }
  linked_ = false;
}

void PartyFolder::Rename(const std::string& name, const std::string& text) const {
  const fs::path next = folder_ / (name + ".next");
  std::ofstream(next) << text;
  fs::rename(next, folder_ / name);
}

void PartyFolder::Link() {
  SwapData();
  for (const auto& [name, text] : texts_) ReplaceLink(folder_ / name, fs::path("..data") / name);
  linked_ = true;
}

void PartyFolder::SwapData() {
  const std::string fresh = absl::StrCat("..version-", ++swaps_);
  fs::create_directory(folder_ / fresh);
  for (const auto& [name, text] : texts_) std::ofstream(folder_ / fresh / name) << text;
  ReplaceLink(folder_ / "..data", fresh);
  fs::remove_all(folder_ / absl::StrCat("..version-", swaps_ - 1));
}

}  // namespace pinion::soak
