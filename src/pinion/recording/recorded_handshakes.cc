#include "pinion/recording/recorded_handshakes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

// Of 32 bytes; enough to tell what one process has seen apart.
constexpr size_t kDigestBytes = 12;
// By kind.
constexpr std::array<absl::string_view, 3> kSuffixes = {".json", ".unlisted.json", ".refused.json"};

size_t KindOf(const v1::RecordedHandshake& handshake) {
  if (handshake.reason() != v1::ACCEPTED) return 2;
  return handshake.peer().empty() ? 1 : 0;
}

absl::StatusOr<std::string> ShortDigest(absl::string_view bytes) {
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(bytes);
  if (!digest.ok()) return digest.status();
  std::string hex;
  for (size_t i = 0; i < kDigestBytes; ++i) absl::StrAppend(&hex, absl::Hex((*digest)[i], absl::kZeroPad2));
  return hex;
}

// A key is the leaf's part, '-', and the part of the others.
absl::string_view LeafPart(absl::string_view key) { return key.substr(0, key.find('-')); }

struct Name {
  std::string key;
  size_t kind = 0;
};

// Empty if RecordedHandshakes writes no file with that name.
std::optional<Name> ParseName(absl::string_view name) {
  // The first suffix is the end of the others.
  const size_t kind = absl::EndsWith(name, kSuffixes[1]) ? 1 : absl::EndsWith(name, kSuffixes[2]) ? 2 : 0;
  if (!absl::ConsumeSuffix(&name, kSuffixes[kind])) return std::nullopt;
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '-');
  const auto is_digest = [](absl::string_view part) {
    return part.size() == 2 * kDigestBytes && part.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
  };
  if (parts.size() != 2 || !is_digest(parts[0]) || !is_digest(parts[1])) return std::nullopt;
  return Name{std::string(name), kind};
}

struct Key {
  std::string text;
  bool is_leaf_alone = false;
};

absl::StatusOr<Key> KeyOf(const v1::RecordedHandshake& handshake) {
  absl::StatusOr<std::vector<std::string>> chain = x509::DecodePem(handshake.chain());
  if (!chain.ok()) return chain.status();
  std::string leaf = absl::StrCat(static_cast<int>(handshake.side()), " ", handshake.host(), " ", chain->front());
  std::string others;
  // Each with its length, so that no two chains are alike.
  for (size_t i = 1; i < chain->size(); ++i) absl::StrAppend(&others, (*chain)[i].size(), " ", (*chain)[i]);
  const absl::StatusOr<std::string> leaf_part = ShortDigest(leaf);
  const absl::StatusOr<std::string> others_part = ShortDigest(others);
  if (!leaf_part.ok()) return leaf_part.status();
  if (!others_part.ok()) return others_part.status();
  return Key{absl::StrCat(*leaf_part, "-", *others_part), chain->size() == 1};
}

struct FolderFile {
  std::string name;
  int64_t bytes = 0;
  absl::Time modified;
};

// The regular files in a folder, in any order.
absl::StatusOr<std::vector<FolderFile>> FilesIn(const std::string& folder) {
  std::vector<FolderFile> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    struct stat about = {};
    // A running process may remove a file in the meantime.
    if (lstat(entry->path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
    files.push_back({entry->path().filename(), int64_t{about.st_size}, absl::TimeFromTimespec(about.st_mtim)});
  }
  if (!error) return files;
  const std::string text = absl::StrCat(Printable(folder), ": cannot be read as a folder: ", error.message());
  if (error == std::errc::permission_denied) return absl::PermissionDeniedError(text);
  return absl::NotFoundError(text);
}

const char* RootsFileOf(v1::ConnectionSide side) {
  return side == v1::SERVES ? "client_roots.pem" : "server_roots.pem";
}

}  // namespace

RecordedHandshakes::RecordedHandshakes(std::string folder, const LimitsOfKinds& limits) : folder_(std::move(folder)) {
  for (size_t kind = 0; kind < kinds_.size(); ++kind) kinds_[kind].limits = limits[kind];
}

std::string RecordedHandshakes::PathOf(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }

absl::Status RecordedHandshakes::Write(absl::string_view name, const std::string& text) const {
  Replacement replacement;
  replacement.mode = 0600;
  return ReplaceFile(PathOf(name), text, replacement).status();
}

absl::StatusOr<RecordedHandshakes> RecordedHandshakes::Open(const std::string& folder, const LimitsOfKinds& limits) {
  absl::StatusOr<std::vector<FolderFile>> files = FilesIn(folder);
  if (!files.ok()) return files.status();
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(Printable(folder), ": this process may not write to it"));
  }
  std::sort(files->begin(), files->end(),
            [](const auto& one, const auto& other) { return one.modified < other.modified; });
  RecordedHandshakes recorded(folder, limits);
  for (const FolderFile& file : *files) {
    const std::optional<Name> name = ParseName(file.name);
    if (!name.has_value()) continue;
    recorded.Remove(name->key);
    recorded.Add(name->kind, {name->key, file.name, file.bytes, file.modified, v1::REASON_UNSPECIFIED, ""});
    // A file that a power failure has emptied is written again.
    if (file.bytes == 0) recorded.Remove(name->key);
  }
  return recorded;
}

void RecordedHandshakes::Add(size_t kind, Entry entry) {
  Kind& of = kinds_[kind];
  of.bytes += entry.bytes;
  std::vector<std::string>& chains = by_leaf_[LeafPart(entry.key)];
  chains.push_back(entry.key);
  const std::string oldest = chains.size() > kMostChainsOfLeaf ? chains.front() : "";
  of.entries.push_front(std::move(entry));
  by_key_[of.entries.front().key] = {kind, of.entries.begin()};
  if (!oldest.empty()) Remove(oldest);
  const auto is_over = [&of] {
    return static_cast<int64_t>(of.entries.size()) > of.limits.files || of.bytes > of.limits.bytes;
  };
  while (of.entries.size() > 1 && is_over()) Remove(std::string(of.entries.back().key));
}

void RecordedHandshakes::Remove(const std::string& key, absl::string_view kept) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const auto [kind, entry] = found->second;
  if (entry->name != kept) std::remove(PathOf(entry->name).c_str());
  kinds_[kind].bytes -= entry->bytes;
  const auto leaf = by_leaf_.find(LeafPart(key));
  leaf->second.erase(std::find(leaf->second.begin(), leaf->second.end(), key));
  if (leaf->second.empty()) by_leaf_.erase(leaf);
  by_key_.erase(found);
  kinds_[kind].entries.erase(entry);
}

void RecordedHandshakes::Touch(const std::string& key) {
  const auto [kind, entry] = by_key_.find(key)->second;
  std::list<Entry>& entries = kinds_[kind].entries;
  entries.splice(entries.begin(), entries, entry);
  std::vector<std::string>& chains = by_leaf_.find(LeafPart(key))->second;
  std::rotate(std::find(chains.begin(), chains.end(), key), std::find(chains.begin(), chains.end(), key) + 1,
              chains.end());
}

bool RecordedHandshakes::IsFresh(const std::string& key, const v1::RecordedHandshake& handshake, absl::Time now) const {
  const Entry& entry = *by_key_.find(key)->second.entry;
  return entry.reason == handshake.reason() && entry.peer == handshake.peer() &&
         absl::AbsDuration(now - entry.seen) < kFresh && access(PathOf(entry.name).c_str(), F_OK) == 0;
}

absl::Status RecordedHandshakes::Keep(v1::RecordedHandshake handshake, absl::Time now,
                                      const std::function<bool()>& is_whole) {
  const absl::StatusOr<Key> key = KeyOf(handshake);
  if (!key.ok()) return key.status();
  const bool is_known = by_key_.contains(key->text);
  if (const auto chains = by_leaf_.find(LeafPart(key->text));
      !is_known && key->is_leaf_alone && chains != by_leaf_.end() && !is_whole()) {
    Touch(std::string(chains->second.back()));
    return absl::OkStatus();
  }
  if (is_known) {
    Touch(key->text);
    // The end of a pin set says nothing about the peer.
    if (handshake.reason() == v1::PIN_SET_EXPIRED || IsFresh(key->text, handshake, now)) return absl::OkStatus();
  }
  *handshake.mutable_last_seen() = json::ToTimestamp(now);
  const absl::StatusOr<std::string> text = json::Print(handshake);
  if (!text.ok()) return text.status();
  const size_t kind = KindOf(handshake);
  const std::string name = absl::StrCat(key->text, kSuffixes[kind]);
  if (absl::Status status = Write(name, *text); !status.ok()) return status;
  Remove(key->text, /*kept=*/name);
  Add(kind, {key->text, name, static_cast<int64_t>(text->size()), now, handshake.reason(), handshake.peer()});
  return absl::OkStatus();
}

absl::Status RecordedHandshakes::KeepRoots(v1::ConnectionSide side, const std::string& pem) {
  return Write(RootsFileOf(side), pem);
}

bool RecordedHandshakes::HasRoots(v1::ConnectionSide side) const {
  return access(PathOf(RootsFileOf(side)).c_str(), F_OK) == 0;
}

absl::StatusOr<v1::RecordedHandshake> ParseRecordedHandshake(const std::string& text, absl::string_view name) {
  v1::RecordedHandshake handshake;
  absl::Status parsed = json::ParsePrinted(text, &handshake);
  if (parsed.ok() && handshake.side() != v1::CALLS && handshake.side() != v1::SERVES) {
    parsed = absl::InvalidArgumentError("it has no side");
  }
  if (parsed.ok()) parsed = x509::DecodePem(handshake.chain()).status();
  if (parsed.ok()) return handshake;
  return absl::InvalidArgumentError(absl::StrCat(Printable(name),
                                                 ": is no recorded handshake: ", Printable(parsed.message()),
                                                 "; remove the file; the process writes it again"));
}

absl::StatusOr<Recording> ReadRecording(const std::string& folder) {
  absl::StatusOr<std::vector<FolderFile>> files = FilesIn(folder);
  if (!files.ok()) return files.status();
  std::sort(files->begin(), files->end(), [](const auto& one, const auto& other) { return one.name < other.name; });
  Recording recording;
  for (const FolderFile& file : *files) {
    std::string* const roots = file.name == RootsFileOf(v1::CALLS)    ? &recording.server_roots
                               : file.name == RootsFileOf(v1::SERVES) ? &recording.client_roots
                                                                      : nullptr;
    if (roots == nullptr && !ParseName(file.name).has_value()) continue;
    const std::string path = absl::StrCat(folder, "/", file.name);
    absl::StatusOr<std::string> text = ReadFile(path);
    if (absl::IsNotFound(text.status())) continue;  // a running process has just removed it
    if (!text.ok()) {
      recording.damaged.push_back(text.status());
      continue;
    }
    if (roots != nullptr) {
      *roots = *std::move(text);
      continue;
    }
    absl::StatusOr<v1::RecordedHandshake> handshake = ParseRecordedHandshake(*text, path);
    if (!handshake.ok()) {
      recording.damaged.push_back(handshake.status());
    } else {
      recording.handshakes.push_back(*std::move(handshake));
    }
  }
  return recording;
}

}  // namespace pinion
