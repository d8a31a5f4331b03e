#include "tools/pinion/publisher.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/fleet/file_signatures.h"
#include "pinion/loading/loaders.h"
#include "tools/pinion/document_files.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kEtcdTimeout = absl::Seconds(10);
constexpr size_t kMostAtOnce = 100;  // etcd allows 128 operations in a transaction

void AddUnchanged(const std::string& key, int64_t mod_revision, v1::etcd::TxnRequest* request) {
  v1::etcd::Compare* const unchanged = request->add_compare();
  unchanged->set_target(v1::etcd::Compare::MOD);
  unchanged->set_key(key);
  unchanged->set_mod_revision(mod_revision);
}

// What etcd has may lack the documents that this publisher's own configuration uses.
WorkloadOptions WithoutDocuments(WorkloadOptions options) {
  std::vector<DataSource*> parts = {&options.server_roots, &options.client_roots};
  if (options.server.has_value()) {
    parts.insert(parts.end(), {&options.server->authorization_policy, &options.server->shadow_policy});
  }
  for (DataSource* const part : parts) {
    if (part->is_document()) *part = DataSource();
  }
  return options;
}

}  // namespace

absl::Status Publisher::ReadCurrent() {
  v1::etcd::RangeRequest request;
  request.set_key(options_.etcd->key);
  const absl::StatusOr<v1::etcd::RangeResponse> response = client_.RangeFromAny(request, kEtcdTimeout);
  if (!response.ok()) return response.status();
  if (response->kvs().empty()) return absl::OkStatus();
  current_.mod_revision = response->kvs(0).mod_revision();
  absl::Status unread;
  absl::StatusOr<v1::PublishedPinSet> published = etcd::Parse(
      options_.etcd->key, response->kvs(0).value(), [&](const std::string& part) -> absl::StatusOr<std::string> {
        current_.parts.insert(part);
        absl::StatusOr<std::string> read = client_.Get(part, kEtcdTimeout);
        unread.Update(read.status());
        return read;
      });
  if (!unread.ok() && !absl::IsNotFound(unread)) return unread;
  absl::Status unusable = published.status();
  if (published.ok()) {
    current_.published = *std::move(published);
    // By its own signatures: it may be under another trust file than this publisher knows, and may have expired.
    absl::StatusOr<std::shared_ptr<const PinSet>> pin_set =
        ParsePinSet(WithoutDocuments(options_), etcd::TextsOf(current_.published));
    unusable = pin_set.status();
    if (pin_set.ok()) current_.pin_set = *std::move(pin_set);
  }
  if (!unusable.ok()) {
    std::cerr << "pinion: what etcd has is adopted by no process, and is replaced: " << Printable(unusable.message())
              << "\n";
    current_.published.Clear();
  }
  return absl::OkStatus();
}

absl::Status Publisher::SetFile(const std::string& file, std::string* text, std::string* signatures) {
  absl::StatusOr<std::string> read = ReadFile(file);
  if (!read.ok()) return read.status();
  absl::StatusOr<std::string> signed_by = ReadFile(SignaturesFileOf(file));
  if (!signed_by.ok()) return signed_by.status();
  *text = *std::move(read);
  *signatures = *std::move(signed_by);
  return absl::OkStatus();
}

absl::Status Publisher::SetDocuments() {
  const absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromJson(published_.pin_set(), what_.file);
  if (!pin_set.ok()) return pin_set.status();
  const absl::StatusOr<std::vector<std::string>> documents = ReadDocuments(what_.file, **pin_set);
  if (!documents.ok()) return documents.status();
  published_.mutable_documents()->Assign(documents->begin(), documents->end());
  return absl::OkStatus();
}

absl::Status Publisher::MakeNext() {
  published_ = current_.published;
  absl::Status status;
  if (!what_.file.empty()) {
    status = SetFile(what_.file, published_.mutable_pin_set(), published_.mutable_pin_set_signatures());
    if (status.ok()) {
      status = SetFile(what_.trust, published_.mutable_fleet_trust(), published_.mutable_fleet_trust_signatures());
    }
    if (status.ok()) status = SetDocuments();
  } else if (published_.pin_set().empty()) {
    return absl::FailedPreconditionError("etcd has no pin set to which revocations could be added; name the pin file");
  }
  if (status.ok() && !what_.revocations.empty()) {
    status = SetFile(what_.revocations, published_.mutable_revocations(), published_.mutable_revocations_signatures());
  }
  if (!status.ok()) return status;
  if (const size_t size = published_.ByteSizeLong(); size > etcd::kMostBytes) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the pin set with its documents and signatures has ", size, " bytes, and processes read at most ",
        etcd::kMostBytes, "; take out comments and white space, or give parts of the fleet pin sets of their own"));
  }
  // As a process that starts, and as one that has the current one in effect.
  const std::vector<std::string> texts = etcd::TextsOf(published_);
  const Reloadable<PinSet>::Load load = PinSetLoader(options_);
  absl::StatusOr<std::shared_ptr<const PinSet>> next = load(texts, nullptr);
  if (!next.ok()) return next.status();
  next_ = *std::move(next);
  if (current_.pin_set == nullptr || what_.replaces) return absl::OkStatus();
  status = CheckFollowsCurrent();
  if (status.ok()) status = load(texts, current_.pin_set).status();
  return status.ok() ? CheckKeepsDocuments() : status;
}

absl::Status Publisher::CheckKeepsDocuments() {
  for (const Document& document : current_.pin_set->documents()) {
    if (std::count(what_.without.begin(), what_.without.end(), document.file) > 0) continue;
    const std::string* const next = next_->TextOf(document.file);
    if (next == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat(document.file,
                       ": the pin set in etcd lists this document, and this one does not, so that processes which "
                       "use it would keep what they have, and would not start; list it with `pinion pins document`, "
                       "or give --without for a document that none uses"));
    }
    if (DocumentKindOf(*next) != DocumentKindOf(*current_.pin_set->TextOf(document.file))) {
      return absl::FailedPreconditionError(
          absl::StrCat(document.file,
                       ": of roots and a policy, etcd has one under this name, and this is the other, "
                       "which processes that use it would refuse; give it a name of its own"));
    }
  }
  return absl::OkStatus();
}

absl::Status Publisher::CheckFollowsCurrent() {
  const absl::Status status = next_->trust()->CheckFollows(*current_.pin_set->trust());
  if (status.ok()) return status;
  return absl::UnauthenticatedError(absl::StrCat(
      "what etcd has is signed under version ", current_.pin_set->trust()->version(), " of the trust file of fleet ",
      current_.pin_set->trust()->fleet(), ", and this one does not follow it: ", status.message(),
      "; if somebody else than your publishers has written it, use --replace"));
}

absl::Status Publisher::WriteParts(const etcd::InParts& split, v1::etcd::TxnRequest* request) {
  for (const auto& [key, value] : split.parts) {
    const absl::StatusOr<int64_t> revision = client_.Put(key, value, kEtcdTimeout);
    if (!revision.ok()) return revision.status();
    AddUnchanged(key, *revision, request);
  }
  return absl::OkStatus();
}

absl::Status Publisher::Write() {
  std::string value = published_.SerializeAsString();
  std::set<std::string> kept = current_.parts;  // for those that are reading them
  v1::etcd::TxnRequest request;
  if (value.size() > etcd::kPartBytes) {
    etcd::InParts split = etcd::Split(options_.etcd->key, value);
    if (absl::Status status = WriteParts(split, &request); !status.ok()) return status;
    for (const auto& [key, part] : split.parts) kept.insert(key);
    value = std::move(split.value);
  }
  AddUnchanged(options_.etcd->key, current_.mod_revision, &request);
  v1::etcd::PutRequest* const put = request.add_success()->mutable_request_put();
  put->set_key(options_.etcd->key);
  put->set_value(value);
  const absl::StatusOr<v1::etcd::TxnResponse> response = client_.Txn(request, kEtcdTimeout);
  if (!response.ok()) return response.status();
  if (!response->succeeded()) {
    return absl::AbortedError(
        "another publisher has changed the key since it was read, and nothing was published; look at what it has, and "
        "repeat this with a higher version");
  }
  revision_ = response->header().revision();
  RemoveParts(kept);
  return absl::OkStatus();
}

// Parts of earlier pin sets, unless somebody has published since. Those of the one before stay.
void Publisher::RemoveParts(const std::set<std::string>& kept) {
  v1::etcd::RangeRequest request;
  request.set_key(options_.etcd->key + "/parts/");
  request.set_range_end(options_.etcd->key + "/parts0");  // the character after '/'
  request.set_keys_only(true);
  const absl::StatusOr<v1::etcd::RangeResponse> found = client_.Range(request, kEtcdTimeout);
  absl::Status status = found.status();
  std::vector<std::string> stale;
  if (found.ok()) {
    for (const v1::etcd::KeyValue& part : found->kvs()) {
      if (kept.count(part.key()) == 0) stale.push_back(part.key());
    }
  }
  for (size_t from = 0; status.ok() && from < stale.size(); from += kMostAtOnce) {
    v1::etcd::TxnRequest removal;
    AddUnchanged(options_.etcd->key, revision_, &removal);
    for (size_t i = from; i < std::min(from + kMostAtOnce, stale.size()); ++i) {
      removal.add_success()->mutable_request_delete_range()->set_key(stale[i]);
    }
    status = client_.Txn(removal, kEtcdTimeout).status();
  }
  if (!status.ok()) {
    std::cerr << "pinion: parts of earlier pin sets stay in etcd until the next one is published: "
              << Printable(status.message()) << "\n";
  }
}

}  // namespace pinion::cli
