#include "pinion/loading/documents.h"

#include <algorithm>

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

enum class Kind { kRoots, kPolicy };

struct Use {
  Kind kind;
  std::string document;
};

std::vector<Use> UsesIn(const WorkloadOptions& options) {
  std::vector<Use> uses;
  const auto add = [&uses](Kind kind, const DataSource& part) {
    if (part.is_document()) uses.push_back({kind, part.document()});
  };
  add(Kind::kRoots, options.server_roots);
  if (options.server.has_value()) {
    add(Kind::kRoots, options.client_roots);
    add(Kind::kPolicy, options.server->authorization_policy);
    add(Kind::kPolicy, options.server->shadow_policy);
  }
  return uses;
}

absl::Status CheckText(Kind kind, const std::string& name, const std::string& text) {
  if (kind == Kind::kPolicy) return AuthorizationPolicy::FromJson(text, name).status();
  const absl::Status status = x509::TrustRoots::FromPem(text).status();
  return status.ok() ? status : absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

}  // namespace

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

absl::Status CheckDocuments(const WorkloadOptions& options, const PinSet& pin_set) {
  for (const Use& use : UsesIn(options)) {
    const std::string name = options.etcd.has_value()
                                 ? absl::StrCat("etcd ", options.etcd->key, ", document ", use.document)
                                 : RelativeTo(options.pin_set.file(), use.document);
    if (pin_set.FindDocument(use.document) == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(Printable(name), ": the configuration uses this document, and version ", pin_set.version(),
                       " of the pin set does not list it; add it with `pinion pins document`"));
    }
    const std::string* const text = pin_set.TextOf(use.document);
    if (text == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat(
          Printable(name), ": no content has the digest that version ", pin_set.version(),
          " of the pin set lists for this document; ",
          options.etcd.has_value() ? "publish the pin set again with `pinion publish`"
                                   : "deliver the file that belongs to this version, or record the digest of this one "
                                     "with `pinion pins document`"));
    }
    if (absl::Status status = CheckText(use.kind, name, *text); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace pinion
