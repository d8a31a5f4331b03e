#include "pinion/fleet/revocations.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "pinion/json/strict.h"
#include "pinion/v1/fleet.pb.h"

namespace pinion {
namespace {

constexpr int kMaxKeys = 1000;
constexpr int64_t kMaxVersion = int64_t{1} << 53;  // as of trust files

}  // namespace

absl::StatusOr<std::shared_ptr<const Revocations>> Revocations::FromJson(absl::string_view text,
                                                                         absl::string_view file_name) {
  v1::Revocations proto;
  if (absl::Status status = json::Parse(text, file_name, &proto); !status.ok()) return status;
  const auto error = [&](absl::string_view path, absl::string_view fault) {
    return json::ErrorAt(text, file_name, path, fault);
  };
  if (proto.version() < 1 || proto.version() > kMaxVersion) {
    return error("version",
                 "must be from 1 to 2^53; number the file's changes from 1, and anew in each epoch of the trust file");
  }
  if (proto.revoked_size() > kMaxKeys) {
    return error("revoked",
                 "lists more than 1,000 keys; let a publisher revoke them in the pin set, and start a new list with a "
                 "new epoch");
  }
  const std::shared_ptr<Revocations> revocations(new Revocations());
  revocations->version_ = proto.version();
  absl::flat_hash_set<x509::Sha256Digest> seen;
  for (int i = 0; i < proto.revoked_size(); ++i) {
    const absl::StatusOr<x509::Sha256Digest> key = x509::FromPinText(proto.revoked(i));
    if (!key.ok()) return error(absl::StrCat("revoked[", i, "]"), key.status().message());
    if (!seen.insert(*key).second)
      return error(absl::StrCat("revoked[", i, "]"), "is listed twice; remove one of them");
    revocations->keys_.push_back(*key);
  }
  return revocations;
}

x509::Sha256Digest Revocations::DigestOf(size_t count) const {
  std::string bytes;
  for (size_t i = 0; i < count; ++i) bytes.append(keys_.at(i).begin(), keys_.at(i).end());
  return x509::Sha256(bytes).value_or(x509::Sha256Digest());
}

bool IsSameRevocations(const Revocations* a, const Revocations* b) {
  return a == b || (a != nullptr && b != nullptr && a->version() == b->version() && a->keys() == b->keys());
}

}  // namespace pinion
