#include "tools/pinion/signing_files.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/json/places.h"
#include "pinion/x509/key.h"

namespace pinion::cli {
namespace {

absl::Status At(const std::string& file, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(Printable(file), ": ", status.message()));
}

// A key given by a file. The text may come from a pipe, so it is read once.
struct KeyFile {
  std::string text;
  std::string spki;
};

absl::StatusOr<KeyFile> ReadKeyFile(const std::string& file) {
  absl::StatusOr<std::string> text = ReadInput(file);
  if (!text.ok()) return text.status();
  const absl::StatusOr<std::vector<x509::FoundKey>> found = x509::FindKeys(*text);
  if (!found.ok()) return At(file, found.status());
  const std::string& spki = found->front().spki;
  if (std::any_of(found->begin(), found->end(), [&spki](const auto& one) { return one.spki != spki; })) {
    return At(file, absl::InvalidArgumentError("holds several keys; give a file with one"));
  }
  const absl::StatusOr<x509::PublicKey> key = x509::PublicKey::FromSpki(spki);
  if (!key.ok()) return At(file, key.status());
  return KeyFile{*std::move(text), spki};
}

// The signature that the arguments give or make.
absl::StatusOr<std::string> SignatureFrom(const SigningArguments& arguments, const KeyFile& key_file,
                                          const std::string& bytes) {
  if (!arguments.signature.empty()) return ReadInput(arguments.signature);
  const absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(key_file.text);
  if (key.ok()) return x509::Sign(*key, bytes);
  return At(arguments.key,
            absl::InvalidArgumentError(absl::StrCat(
                key.status().message(),
                "; for a key that is kept elsewhere, sign what --bytes prints there, and give --signature")));
}

// Leaves out the known keys' signatures of other bytes, such as the contents before an edit.
FileSignatures StillValid(const FileSignatures& signatures, const ToSign& to_sign) {
  const auto is_stale = [&to_sign](const SigningRole& role, const FileSignature& one) {
    return std::any_of(role.keys.begin(), role.keys.end(), [&](const x509::PublicKey& key) {
      return key.spki_digest() == one.key && !key.Verifies(to_sign.bytes, one.signature);
    });
  };
  FileSignatures valid;
  for (const FileSignature& one : signatures.all()) {
    if (!is_stale(to_sign.role, one) && !is_stale(to_sign.others, one)) valid.Set(one);
  }
  return valid;
}

// Adds a valid signature to the file's. The lock keeps those that other processes add meanwhile.
absl::Status Add(const std::string& file, FileSignature signature, const ToSign& to_sign, FileSignatures* after) {
  const absl::StatusOr<FileLock> lock = FileLock::OnFolderOf(ResolveLinks(file), kEditPatience);
  if (!lock.ok()) return lock.status();
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  if (*text != to_sign.text) {
    return absl::AbortedError(absl::StrCat(Printable(file), " has changed meanwhile; sign it again"));
  }
  const absl::StatusOr<FileSignatures> before = ReadSignatures(file);
  if (!before.ok()) return before.status();
  *after = StillValid(*before, to_sign);
  if (const size_t dropped = before->all().size() - after->all().size(); dropped > 0) {
    std::cerr << "pinion: left out " << dropped << (dropped == 1 ? " signature" : " signatures")
              << " of earlier contents\n";
  }
  after->Set(std::move(signature));
  const Replacement replacement = {/*mode=*/0644, std::nullopt, /*is_durable=*/true};
  return ReplaceFile(SignaturesFileOf(file), after->ToJson(), replacement).status();
}

int Refuse(const std::string& text) {
  std::cerr << "pinion: refused: " << text << "\n";
  return kNo;
}

}  // namespace

absl::StatusOr<FileSignatures> ReadSignatures(const std::string& file) {
  const std::string name = SignaturesFileOf(file);
  const absl::StatusOr<std::string> text = ReadFile(name);
  if (absl::IsNotFound(text.status()) || (text.ok() && text->empty())) return FileSignatures();
  if (!text.ok()) return text.status();
  absl::StatusOr<FileSignatures> signatures = FileSignatures::FromJson(*text, name);
  if (signatures.ok()) return signatures;
  return absl::InvalidArgumentError(absl::StrCat(signatures.status().message(), "; delete the file to sign anew"));
}

absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadTrust(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  absl::StatusOr<FileSignatures> signatures = ReadSignatures(file);
  if (!signatures.ok()) return signatures.status();
  return FleetTrust::FromJson(*text, file, *std::move(signatures));
}

absl::StatusOr<std::shared_ptr<const FleetTrust>> ReadSignedTrust(const std::string& file) {
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = ReadTrust(file);
  if (!trust.ok()) return trust;
  const absl::Status status = (*trust)->CheckOwnSignatures();
  if (!status.ok()) return At(file, status);
  return trust;
}

bool AreRevocations(absl::string_view text) {
  const absl::StatusOr<std::vector<json::Place>> places = json::Places(text, "");
  return places.ok() &&
         std::any_of(places->begin(), places->end(), [](const auto& one) { return one.path == "revoked"; });
}

absl::StatusOr<std::string> ReadSpki(const std::string& file) {
  absl::StatusOr<KeyFile> key = ReadKeyFile(file);
  if (!key.ok()) return key.status();
  return std::move(key->spki);
}

int RefusedOrUnusable(const absl::Status& status) {
  return absl::IsUnauthenticated(status) ? Refuse(Printable(status.message())) : Unusable(status);
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
  const absl::StatusOr<KeyFile> key_file = ReadKeyFile(arguments.key);
  if (!key_file.ok()) return Unusable(key_file.status());
  const x509::PublicKey key = *x509::PublicKey::FromSpki(key_file->spki);
  const std::string pin = x509::ToPinText(key.spki_digest());
  if (!to_sign.role.Has(key.spki_digest()) && !to_sign.others.Has(key.spki_digest())) {
    std::string keys;
    for (const x509::PublicKey& one : to_sign.role.keys) {
      absl::StrAppend(&keys, keys.empty() ? "" : ", ", x509::ToPinText(one.spki_digest()));
    }
    return Refuse(absl::StrCat(pin, " is no key of the ", to_sign.role.name,
                               " role, so that its signature would not count; the role's keys are ", keys));
  }
  absl::StatusOr<std::string> signature = SignatureFrom(arguments, *key_file, to_sign.bytes);
  if (!signature.ok()) return Unusable(signature.status());
  if (!key.Verifies(to_sign.bytes, *signature)) {
    return Refuse(absl::StrCat("this is not a signature of ", pin, " over what --bytes prints for this file"));
  }
  FileSignatures after;
  const absl::Status added = Add(arguments.file, {key.spki_digest(), *std::move(signature)}, to_sign, &after);
  if (absl::IsAborted(added)) return Refuse(std::string(added.message()));
  if (!added.ok()) return Unusable(added);
  const absl::Status status = CheckSigned(to_sign.bytes, after, to_sign.role);
  std::cout << Printable(SignaturesFileOf(arguments.file)) << ": " << pin << " has signed; "
            << (status.ok() ? absl::StrCat("the ", to_sign.role.name, " role's signatures are complete")
                            : std::string(status.message()))
            << "\n";
  return kYes;
}

}  // namespace pinion::cli
