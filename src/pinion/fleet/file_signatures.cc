#include "pinion/fleet/file_signatures.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/v1/fleet.pb.h"

namespace pinion {
namespace {

constexpr size_t kMaxText = size_t{64} << 10;

// The keys outside of the role that have signed, for an error.
std::string SignersOutside(const SigningRole& role, const FileSignatures& signatures) {
  std::string text;
  for (const FileSignature& one : signatures.all()) {
    if (role.Has(one.key)) continue;
    absl::StrAppend(&text, ", ", x509::ToPinText(one.key), " has signed and is no key of the role");
  }
  return text;
}

}  // namespace

absl::StatusOr<FileSignatures> FileSignatures::FromJson(absl::string_view text, absl::string_view file_name) {
  if (text.size() > kMaxText) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ": is longer than 64 kB"));
  }
  v1::FileSignatures proto;
  if (absl::Status status = json::Parse(text, file_name, &proto); !status.ok()) return status;
  FileSignatures signatures;
  for (int i = 0; i < proto.signatures_size(); ++i) {
    const v1::FileSignatures::Signature& one = proto.signatures(i);
    const std::string path = absl::StrCat("signatures[", i, "]");
    const absl::StatusOr<x509::Sha256Digest> key = x509::FromPinText(one.key());
    if (!key.ok()) return json::ErrorAt(text, file_name, path + ".key", key.status().message());
    if (signatures.Find(*key) != nullptr) {
      return json::ErrorAt(text, file_name, path + ".key", "this key has signed above; remove one of the two");
    }
    std::string signature;
    if (!absl::Base64Unescape(one.signature(), &signature) || signature.empty()) {
      return json::ErrorAt(text, file_name, path + ".signature", "is not the base64 of a signature");
    }
    signatures.all_.push_back({*key, std::move(signature)});
  }
  return signatures;
}

const std::string* FileSignatures::Find(const x509::Sha256Digest& key) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&key](const auto& one) { return one.key == key; });
  return found == all_.end() ? nullptr : &found->signature;
}

void FileSignatures::Set(FileSignature signature) {
  all_.erase(std::remove_if(all_.begin(), all_.end(), [&](const auto& one) { return one.key == signature.key; }),
             all_.end());
  all_.push_back(std::move(signature));
}

std::string FileSignatures::ToJson() const {
  std::string text = "{\n  \"signatures\": [";
  for (const FileSignature& one : all_) {
    absl::StrAppend(&text, &one == &all_.front() ? "\n" : ",\n", "    {\"key\": \"", x509::ToPinText(one.key),
                    "\", \"signature\": \"", absl::Base64Escape(one.signature), "\"}");
  }
  return text + "\n  ]\n}\n";
}

bool SigningRole::Has(const x509::Sha256Digest& key) const {
  return std::any_of(keys.begin(), keys.end(), [&key](const auto& one) { return one.spki_digest() == key; });
}

absl::Status CheckSigned(absl::string_view bytes, const FileSignatures& signatures, const SigningRole& role) {
  int valid = 0;
  std::string states;
  for (const x509::PublicKey& key : role.keys) {
    const std::string* const signature = signatures.Find(key.spki_digest());
    const bool is_valid = signature != nullptr && key.Verifies(bytes, *signature);
    valid += is_valid ? 1 : 0;
    if (valid == role.threshold) return absl::OkStatus();
    absl::StrAppend(&states, states.empty() ? "" : ", ", x509::ToPinText(key.spki_digest()),
                    signature == nullptr ? " has not signed"
                    : is_valid           ? " has signed"
                                         : " has signed other bytes, or for another fleet or epoch");
  }
  return absl::UnauthenticatedError(absl::StrCat(
      "has ", valid, " of the ", role.threshold, " signatures that its ", role.name, " role must make: ", states,
      SignersOutside(role, signatures),
      "; deliver the file, the trust file and their signatures together, or let more keys of the role sign"));
}

}  // namespace pinion
