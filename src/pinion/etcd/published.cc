#include "pinion/etcd/published.h"

#include <google/protobuf/io/coded_stream.h>

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/pin/pin_set_floor.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion::etcd {
namespace {

constexpr int kMostFields = 10'000;
constexpr int kMostParts = static_cast<int>(kMostBytes / kPartBytes);

std::string Bytes(const x509::Sha256Digest& digest) { return {digest.begin(), digest.end()}; }

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, "; publish the pin set again with `pinion publish`"));
}

absl::StatusOr<std::string> Join(const std::string& key, const v1::PublishedPinSet::Parts& parts,
                                 const std::function<absl::StatusOr<std::string>(const std::string&)>& read_part) {
  if (parts.count() < 1 || parts.count() > kMostParts || parts.sha256().size() != x509::Sha256Digest().size()) {
    return Malformed(absl::StrCat("the value names ", parts.count(), " parts and a digest of ", parts.sha256().size(),
                                  " bytes, which cannot be"));
  }
  std::string joined;
  for (const std::string& part : PartKeys(key, parts)) {
    const absl::StatusOr<std::string> value = read_part(part);
    if (!value.ok()) return value.status();
    if (joined.size() + value->size() > kMostBytes) return Malformed("the parts have more than 64 MiB");
    joined += *value;
  }
  const absl::StatusOr<x509::Sha256Digest> digest = x509::Sha256(joined);
  if (!digest.ok()) return digest.status();
  if (Bytes(*digest) != parts.sha256()) {
    return Malformed(absl::StrCat("the parts have the digest ", absl::BytesToHexString(Bytes(*digest)),
                                  ", and the value names ", absl::BytesToHexString(parts.sha256())));
  }
  return joined;
}

// Whether the message has so few fields that its parsed form is not much larger than its text. A user who can write
// to etcd could otherwise fill the memory with empty documents, or with fields that are not known here.
bool HasFewFields(const std::string& text) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(text.data()),
                                            static_cast<int>(text.size()));
  for (int fields = 0; fields <= kMostFields; ++fields) {
    const uint32_t tag = in.ReadTag();
    uint32_t length = 0;
    if (tag == 0) return true;
    // All fields that there are have a length.
    if ((tag & 7) != 2 || !in.ReadVarint32(&length) || !in.Skip(static_cast<int>(length))) return false;
  }
  return false;
}

bool ParseMessage(const std::string& text, v1::PublishedPinSet* published) {
  return text.size() <= kMostBytes && HasFewFields(text) && published->ParseFromString(text);
}

class KeptSource final : public Source {
 public:
  explicit KeptSource(std::string state_dir) : state_dir_(std::move(state_dir)) {}

  absl::StatusOr<SourceContent> Read() override {
    absl::StatusOr<SourceContent> kept = etcd::ReadKept(state_dir_);
    if (!absl::IsNotFound(kept.status())) return kept;
    return absl::FailedPreconditionError(
        absl::StrCat("pin_set: it is in etcd, and there is no copy to judge: ", kept.status().message(),
                     "; a process with this configuration writes one when it starts"));
  }
  bool is_constant() const override { return true; }
  void StartPushing(SourceListener* /*listener*/) override {}
  void StopPushing() override {}

 private:
  const std::string state_dir_;
};

}  // namespace

std::vector<std::string> TextsOf(const v1::PublishedPinSet& published) {
  std::vector<std::string> texts = {published.pin_set(),     published.pin_set_signatures(),
                                    published.fleet_trust(), published.fleet_trust_signatures(),
                                    published.revocations(), published.revocations_signatures()};
  texts.insert(texts.end(), published.documents().begin(), published.documents().end());
  return texts;
}

v1::PublishedPinSet FromTexts(const std::vector<std::string>& texts) {
  v1::PublishedPinSet published;
  published.set_pin_set(texts.at(0));
  published.set_pin_set_signatures(texts.at(1));
  published.set_fleet_trust(texts.at(2));
  published.set_fleet_trust_signatures(texts.at(3));
  published.set_revocations(texts.at(4));
  published.set_revocations_signatures(texts.at(5));
  published.mutable_documents()->Add(texts.begin() + 6, texts.end());
  return published;
}

std::vector<std::string> PartKeys(const std::string& key, const v1::PublishedPinSet::Parts& parts) {
  std::vector<std::string> keys;
  for (int i = 0; i < parts.count(); ++i) {
    keys.push_back(absl::StrFormat("%s/parts/%s/%02d", key, absl::BytesToHexString(parts.sha256()), i));
  }
  return keys;
}

InParts Split(const std::string& key, absl::string_view message) {
  v1::PublishedPinSet whole;
  v1::PublishedPinSet::Parts* const parts = whole.mutable_parts();
  parts->set_sha256(Bytes(x509::Sha256(message).value_or(x509::Sha256Digest())));
  parts->set_count(static_cast<int>((message.size() + kPartBytes - 1) / kPartBytes));
  InParts split;
  size_t from = 0;
  for (std::string& part : PartKeys(key, *parts)) {
    split.parts.emplace_back(std::move(part), message.substr(from, kPartBytes));
    from += kPartBytes;
  }
  split.value = whole.SerializeAsString();
  return split;
}

absl::StatusOr<v1::PublishedPinSet> Parse(
    const std::string& key, const std::string& value,
    const std::function<absl::StatusOr<std::string>(const std::string&)>& read_part) {
  v1::PublishedPinSet published;
  if (value.empty()) return Malformed("the value is empty");
  if (!ParseMessage(value, &published)) return Malformed("the value is not one that `pinion publish` has written");
  if (published.has_parts()) {
    absl::StatusOr<std::string> joined = Join(key, published.parts(), read_part);
    if (!joined.ok()) return joined.status();
    if (!ParseMessage(*joined, &published) || published.has_parts()) return Malformed("the parts have no pin set");
  }
  if (published.pin_set().empty()) return Malformed("the value has no pin set");
  return published;
}

std::string KeptFile(const std::string& state_dir) { return state_dir + "/" + kKeptFileName; }

absl::StatusOr<SourceContent> ReadKept(const std::string& state_dir) {
  if (state_dir.empty()) return absl::NotFoundError("no state_dir is configured, so there is no copy on the disk");
  const std::string file = KeptFile(state_dir);
  const absl::StatusOr<std::string> value = ReadFile(file);
  if (!value.ok()) return value.status();
  const absl::StatusOr<v1::PublishedPinSet> kept = Parse(file, *value, [](const std::string& /*key*/) {
    return absl::StatusOr<std::string>(absl::InvalidArgumentError("a copy has no parts"));
  });
  if (!kept.ok())
    return absl::Status(kept.status().code(), absl::StrCat(Printable(file), ": ", kept.status().message()));
  SourceContent content;
  content.texts = TextsOf(*kept);
  content.provenance = file;
  return content;
}

std::shared_ptr<Source> OpenKept(const std::string& state_dir) { return std::make_shared<KeptSource>(state_dir); }

}  // namespace pinion::etcd
