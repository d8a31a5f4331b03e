#include "tools/pinion/drill_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"

namespace pinion::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kTailLines = 10;
constexpr size_t kTailLine = 300;

Json PinsJson(const drill::KnownPins& pins) {
  Json json = {{{"spki", pins.active}, {"state", "ACTIVE"}}, {{"spki", pins.backup}, {"state", "BACKUP"}}};
  if (!pins.revoked.empty()) json.push_back({{"spki", pins.revoked}, {"state", "REVOKED"}});
  return json;
}

std::string Braced(const std::string& name) { return absl::StrCat("{", name, "}"); }

}  // namespace

absl::StatusOr<std::unique_ptr<DrillFolder>> DrillFolder::Create() {
  const char* const base = std::getenv("TMPDIR");
  std::string path = absl::StrCat(base == nullptr || *base == '\0' ? "/tmp" : base, "/pinion-drill-XXXXXX");
  if (mkdtemp(&path[0]) == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot make a temporary folder ", path, ": ", std::strerror(errno)));
  }
  return std::unique_ptr<DrillFolder>(new DrillFolder(std::filesystem::absolute(path).string()));
}

DrillFolder::~DrillFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

absl::Status DrillFolder::Write(const std::string& name, const std::string& text) const {
  return ReplaceFile(Path(name), text, {0600, std::nullopt, /*is_durable=*/false}).status();
}

absl::Status DrillFolder::WriteIdentity(const drill::Certified& as, const std::string& roots_pem) {
  absl::Status status = Write("roots.pem", roots_pem);
  status.Update(Write("cert.pem", as.CertificatePem()));
  status.Update(Write("key.pem", as.key.ToPem()));
  return status;
}

absl::Status DrillFolder::WritePins(const std::vector<ListedPeer>& peers) {
  Json json = {{"version", ++version_}, {"peers", Json::array()}};
  for (const ListedPeer& peer : peers) {
    Json one = {{"name", peer.name}};
    if (!peer.hosts.empty()) one["hosts"] = peer.hosts;
    if (!peer.identities.empty()) one["identities"] = peer.identities;
    one["pins"] = PinsJson(peer.pins);
    json["peers"].push_back(std::move(one));
  }
  return Write("pins.json", json.dump(2) + "\n");
}

absl::Status DrillFolder::WriteConfig(bool is_server) {
  Json json = {{"identity", {{"certificate_file", "cert.pem"}, {"private_key_file", "key.pem"}}},
               {"trust", {{is_server ? "client_roots_file" : "server_roots_file", "roots.pem"}}},
               {"pin_set", {{"file", "pins.json"}}},
               {"refresh_interval", "100ms"}};
  if (is_server) {
    json["server"] = {{"authorization", "ALLOW_EVERY_AUTHENTICATED_PEER"}, {"unlisted_clients", "REFUSE"}};
  }
  return Write("config.json", json.dump(2) + "\n");
}

std::map<std::string, std::string> DrillFolder::Placeholders() const {
  return {{"roots", Path("roots.pem")},
          {"cert", Path("cert.pem")},
          {"key", Path("key.pem")},
          {"pins", Path("pins.json")},
          {"config", Path("config.json")}};
}

std::string DrillFolder::Tail(const std::string& name) const {
  const absl::StatusOr<std::string> text = ReadFile(Path(name));
  if (!text.ok() || text->empty()) return "";
  std::vector<std::string> lines = absl::StrSplit(absl::StripSuffix(*text, "\n"), '\n');
  if (lines.size() > kTailLines) lines.erase(lines.begin(), lines.end() - kTailLines);
  std::string tail;
  for (const std::string& line : lines)
    absl::StrAppend(&tail, "  | ", absl::CHexEscape(line.substr(0, kTailLine)), "\n");
  return tail;
}

std::vector<std::string> Filled(const std::vector<std::string>& command,
                                const std::map<std::string, std::string>& placeholders) {
  std::vector<std::pair<std::string, std::string>> replacements;
  for (const auto& [name, value] : placeholders) replacements.emplace_back(Braced(name), value);
  std::vector<std::string> filled = command;
  for (std::string& argument : filled) argument = absl::StrReplaceAll(argument, replacements);
  return filled;
}

bool Mentions(const std::vector<std::string>& command, const std::vector<std::string>& placeholders) {
  for (const std::string& argument : command) {
    for (const std::string& name : placeholders) {
      if (absl::StrContains(argument, Braced(name))) return true;
    }
  }
  return false;
}

std::map<std::string, std::string> AddressPlaceholders(const std::string& host, int port) {
  return {{"address", absl::StrCat(host, ":", port)}, {"host", host}, {"port", absl::StrCat(port)}};
}

std::map<std::string, std::string> PinPlaceholders(const drill::KnownPins& pins) {
  const auto for_curl = [](const std::string& pin) { return absl::StrReplaceAll(pin, {{"sha256/", "sha256//"}}); };
  return {{"pin", pins.active},
          {"backup_pin", pins.backup},
          {"curl_pins", absl::StrCat(for_curl(pins.active), ";", for_curl(pins.backup))}};
}

}  // namespace pinion::cli
