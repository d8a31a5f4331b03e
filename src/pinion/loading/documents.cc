#include "pinion/loading/documents.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "pinion/authorization/policy.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/path/trust_roots.h"

namespace pinion {
namespace {

class DocumentSource final : public Source {
 public:
  DocumentSource(std::string document, std::shared_ptr<const std::shared_ptr<const PinSet>> pin_set)
      : document_(std::move(document)), pin_set_(std::move(pin_set)) {}

  absl::StatusOr<SourceContent> Read() override {
    const std::string* const text = *pin_set_ == nullptr ? nullptr : (*pin_set_)->TextOf(document_);
    if (text == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(document_, ": the pin set has no such document"));
    }
    return SourceContent{
        {*text}, absl::StrCat(document_, " of the pin set"), absl::StrCat("version ", (*pin_set_)->version())};
  }
  bool is_constant() const override { return true; }
  void StartPushing(SourceListener* /*listener*/) override {}
  void StopPushing() override {}

 private:
  const std::string document_;
  const std::shared_ptr<const std::shared_ptr<const PinSet>> pin_set_;
};

// Of all CAs in a document. A server sends them to each client in a message of at most 65,535 bytes (RFC 8446 §4.2.4),
// which has other parts, too.
constexpr size_t kMostNameBytes = 60'000;

struct Use {
  DocumentKind kind;
  std::string document;
};

std::vector<Use> UsesIn(const WorkloadOptions& options) {
  std::vector<Use> uses;
  const auto add = [&uses](DocumentKind kind, const DataSource& part) {
    if (part.is_document()) uses.push_back({kind, part.document()});
  };
  add(DocumentKind::kRoots, options.server_roots);
  if (options.server.has_value()) {
    add(DocumentKind::kRoots, options.client_roots);
    add(DocumentKind::kPolicy, options.server->authorization_policy);
    add(DocumentKind::kPolicy, options.server->shadow_policy);
  }
  return uses;
}

absl::Status CheckRoots(const std::string& text) {
  const absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(text);
  if (!roots.ok()) return roots.status();
  const size_t bytes = roots->NameBytes();
  if (bytes <= kMostNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the names of its ", roots->certificates().size(), " CAs have ", bytes,
                                                 " bytes, and a server can send ", kMostNameBytes,
                                                 " to a client; leave out the CAs that have issued no certificate "
                                                 "of a peer"));
}

// Of one that the pin set lists.
absl::Status CheckIsPresent(const WorkloadOptions& options, const PinSet& pin_set, const std::string& document) {
  if (pin_set.TextOf(document) != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      Printable(NameOfDocument(options, document)), ": no content has the digest that version ", pin_set.version(),
      " of the pin set lists for this document; ",
      options.etcd.has_value() ? "publish the pin set again with `pinion publish`"
                               : "deliver the file that belongs to this version, or record the digest of this one "
                                 "with `pinion pins document`"));
}

absl::Status CheckNoOthers(const WorkloadOptions& options, const PinSet& pin_set, size_t texts) {
  absl::flat_hash_set<x509::Sha256Digest> listed;
  for (const Document& document : pin_set.documents()) {
    if (absl::Status status = CheckIsPresent(options, pin_set, document.file); !status.ok()) return status;
    listed.insert(document.digest);
  }
  if (texts == listed.size()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("etcd ", options.etcd->key, ": has ", texts, " documents, and version ", pin_set.version(),
                   " of the pin set lists ", listed.size(), "; publish the pin set again with `pinion publish`"));
}

}  // namespace

absl::Status CheckDocument(DocumentKind kind, const std::string& name, const std::string& text) {
  if (kind == DocumentKind::kPolicy) return AuthorizationPolicy::FromJson(text, name).status();
  const absl::Status status = CheckRoots(text);
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(Printable(name), ": ", status.message()));
}

std::string NameOfDocument(const WorkloadOptions& options, const std::string& document) {
  return options.etcd.has_value() ? absl::StrCat("etcd ", options.etcd->key, ", document ", document)
                                  : RelativeTo(options.pin_set.file(), document);
}

std::shared_ptr<Source> DocumentSources::Open(const std::string& document) const {
  return std::make_shared<DocumentSource>(document, pin_set_);
}

std::vector<std::string> DocumentsInUse(const WorkloadOptions& options) {
  std::vector<std::string> names;
  for (const Use& use : UsesIn(options)) {
    if (std::find(names.begin(), names.end(), use.document) == names.end()) names.push_back(use.document);
  }
  return names;
}

absl::StatusOr<DocumentTexts> ByDigest(const std::vector<std::string>& texts, size_t skip) {
  DocumentTexts by_digest;
  for (size_t i = skip; i < texts.size(); ++i) {
    const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(texts[i]);
    if (!digest.ok()) return digest.status();
    by_digest.emplace(*digest, texts[i]);
  }
  return by_digest;
}

absl::Status CheckDocuments(const WorkloadOptions& options, const PinSet& pin_set, size_t texts) {
  for (const Use& use : UsesIn(options)) {
    const std::string name = NameOfDocument(options, use.document);
    if (pin_set.FindDocument(use.document) == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(Printable(name), ": the configuration uses this document, and version ", pin_set.version(),
                       " of the pin set does not list it; add it with `pinion pins document`"));
    }
    if (absl::Status status = CheckIsPresent(options, pin_set, use.document); !status.ok()) return status;
    if (absl::Status status = CheckDocument(use.kind, name, *pin_set.TextOf(use.document)); !status.ok()) return status;
  }
  return options.etcd.has_value() ? CheckNoOthers(options, pin_set, texts) : absl::OkStatus();
}

}  // namespace pinion
