#include "tools/pinion/document_files.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/x509/encoding/digest.h"
#include "tools/pinion/input_kind.h"

namespace pinion::cli {

absl::StatusOr<std::string> ReadDocument(const std::string& pin_file, const std::string& document) {
  const std::string file = RelativeTo(pin_file, document);
  absl::StatusOr<std::string> contents = ReadFile(file);
  if (!contents.ok()) return contents;
  if (absl::StrContains(*contents, "PRIVATE KEY-----")) {
    return absl::InvalidArgumentError(
        absl::StrCat(Printable(file), ": holds a private key, which must not be published"));
  }
  const absl::Status status = CheckDocument(DocumentKindOf(*contents), file, *contents);
  return status.ok() ? contents : status;
}

DocumentKind DocumentKindOf(const std::string& contents) {
  const InputKind kind = KindOf(contents);
  const bool is_pem = kind == InputKind::kCertificates || kind == InputKind::kPrivateKey;
  return is_pem ? DocumentKind::kRoots : DocumentKind::kPolicy;
}

absl::Status CheckDigest(const std::string& pin_file, const Document& document, const std::string& contents) {
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(contents);
  if (!digest.ok()) return digest.status();
  if (*digest == document.digest) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      Printable(RelativeTo(pin_file, document.file)), ": it is not the file whose digest ", Printable(pin_file),
      " lists; restore that file, or record the new digest with `pinion pins document`, and sign the pin file again"));
}

namespace {

// The contents of a document, which are those that the pin set lists.
absl::StatusOr<std::string> ReadListed(const std::string& pin_file, const Document& document) {
  absl::StatusOr<std::string> contents = ReadDocument(pin_file, document.file);
  if (!contents.ok()) return contents;
  const absl::Status status = CheckDigest(pin_file, document, *contents);
  return status.ok() ? contents : status;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadDocuments(const std::string& pin_file, const PinSet& pin_set) {
  std::vector<std::string> all;
  for (const Document& document : pin_set.documents()) {
    absl::StatusOr<std::string> contents = ReadListed(pin_file, document);
    if (!contents.ok()) return contents.status();
    if (std::find(all.begin(), all.end(), *contents) == all.end()) all.push_back(*std::move(contents));
  }
  return all;
}

absl::Status CheckPresentDocuments(const std::string& pin_file, const PinSet& pin_set,
                                   std::vector<std::string>* missing) {
  for (const Document& document : pin_set.documents()) {
    const absl::Status status = ReadListed(pin_file, document).status();
    if (absl::IsNotFound(status)) {
      missing->push_back(document.file);
    } else if (!status.ok()) {
      return absl::FailedPreconditionError(status.message());
    }
  }
  return absl::OkStatus();
}

}  // namespace pinion::cli
