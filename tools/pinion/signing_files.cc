#include "tools/pinion/signing_files.h"

#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/x509/key.h"

namespace pinion::cli {
namespace {

// How long to wait for another process that signs the same file, which takes some milliseconds.
constexpr absl::Duration kLockPatience = absl::Seconds(10);

absl::Status At(const std::string& file, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(Printable(file), ": ", status.message()));
}

// The signature that the arguments give or make.
absl::StatusOr<std::string> SignatureFrom(const SigningArguments& arguments, const std::string& bytes) {
  if (!arguments.signature.empty()) return ReadInput(arguments.signature);
  const absl::StatusOr<std::string> pem = ReadInput(arguments.key);
  if (!pem.ok()) return pem.status();
  const absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(*pem);
  if (key.ok()) return x509::Sign(*key, bytes);
  return At(arguments.key, absl::InvalidArgumentError(absl::StrCat(
                               key.status().message(),
                               "; for a key that is kept elsewhere, sign what --bytes prints there, and give "
                               "--signature")));
}

// Leaves out the role's signatures of other bytes, such as the contents before an edit.
FileSignatures StillValid(const FileSignatures& signatures, const ToSign& to_sign) {
  FileSignatures valid;
  for (const FileSignature& one : signatures.all()) {
    bool is_stale = false;
    for (const x509::PublicKey& key : to_sign.role.keys) {
      is_stale = is_stale || (key.spki_digest() == one.key && !key.Verifies(to_sign.bytes, one.signature));
    }
    if (!is_stale) valid.Set(one);
  }
  return valid;
}

int Refuse(const std::string& text) {
  std::cerr << "pinion: refused: " << text << "\n";
  return kNo;
}

}  // namespace

absl::StatusOr<FileSignatures> ReadSignatures(const std::string& file) {
  const std::string name = SignaturesFileOf(file);
  const absl::StatusOr<std::string> text = ReadFile(name);
  if (absl::IsNotFound(text.status())) return FileSignatures();
  if (!text.ok()) return text.status();
  return FileSignatures::FromJson(*text, name);
}

absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadTrust(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  absl::StatusOr<FileSignatures> signatures = ReadSignatures(file);
  if (!signatures.ok()) return signatures.status();
  return FleetTrust::FromJson(*text, file, *std::move(signatures));
}

absl::StatusOr<std::string> ReadSpki(const std::string& file) {
  const absl::StatusOr<std::string> bytes = ReadInput(file);
  if (!bytes.ok()) return bytes.status();
  const absl::StatusOr<std::vector<x509::FoundKey>> found = x509::FindKeys(*bytes);
  if (!found.ok()) return At(file, found.status());
  for (const x509::FoundKey& one : *found) {
    if (one.spki == found->front().spki) continue;
    return At(file, absl::InvalidArgumentError("holds several keys; give a file with one"));
  }
  const absl::StatusOr<x509::PublicKey> key = x509::PublicKey::FromSpki(found->front().spki);
  if (!key.ok()) return At(file, key.status());
  return found->front().spki;
}

void AddSigningOptions(CLI::App* command, SigningArguments* arguments) {
  CLI::Option* const key = command->add_option("--key", arguments->key,
                                               "the private key, PEM; with --signature, a file with its public key");
  command
      ->add_option("--signature", arguments->signature,
                   "a signature that was made elsewhere over what --bytes prints; - is the standard input")
      ->needs(key);
  command->add_flag("--bytes", arguments->prints_bytes, "print the bytes to sign, and write nothing")->excludes(key);
}

int SignFile(const SigningArguments& arguments, const ToSign& to_sign) {
  if (arguments.prints_bytes) {
    std::cout.write(to_sign.bytes.data(), static_cast<std::streamsize>(to_sign.bytes.size()));
    return std::cout.flush() ? kYes : kUnusable;
  }
  if (arguments.key.empty()) return Unusable(absl::InvalidArgumentError("--key or --bytes is required"));
  const absl::StatusOr<std::string> spki = ReadSpki(arguments.key);
  if (!spki.ok()) return Unusable(spki.status());
  const x509::PublicKey key = *x509::PublicKey::FromSpki(*spki);
  const std::string pin = x509::ToPinText(key.spki_digest());
  if (!to_sign.role.Has(key.spki_digest())) {
    if (!to_sign.takes_other_keys) {
      return Refuse(
          absl::StrCat(pin, " is no key of the ", to_sign.role.name, " role, so that its signature would not count"));
    }
    std::cerr << "pinion: " << pin << " is no key of this file's " << to_sign.role.name
              << " role; its signature counts for processes whose present trust file lists it there\n";
  }
  absl::StatusOr<std::string> signature = SignatureFrom(arguments, to_sign.bytes);
  if (!signature.ok()) return Unusable(signature.status());
  if (!key.Verifies(to_sign.bytes, *signature)) {
    return Refuse(absl::StrCat("this is not a signature of ", pin, " over what --bytes prints for this file"));
  }
  const absl::StatusOr<FileLock> lock = FileLock::OnFolderOf(arguments.file, kLockPatience);
  if (!lock.ok()) return Unusable(lock.status());
  const absl::StatusOr<FileSignatures> before = ReadSignatures(arguments.file);
  if (!before.ok()) return Unusable(before.status());
  FileSignatures after = StillValid(*before, to_sign);
  after.Set({key.spki_digest(), *std::move(signature)});
  const std::string file = SignaturesFileOf(arguments.file);
  const absl::Status written =
      ReplaceFile(file, after.ToJson(), {/*mode=*/0644, std::nullopt, /*is_durable=*/true}).status();
  if (!written.ok()) return Unusable(written);
  const absl::Status status = CheckSigned(to_sign.bytes, after, to_sign.role);
  std::cout << Printable(file) << ": " << pin << " has signed; "
            << (status.ok() ? absl::StrCat("the ", to_sign.role.name, " role's signatures are complete")
                            : std::string(status.message()))
            << "\n";
  return kYes;
}

}  // namespace pinion::cli
