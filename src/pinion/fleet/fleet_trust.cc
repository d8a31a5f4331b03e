#include "pinion/fleet/fleet_trust.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/fleet/name.h"
#include "pinion/json/strict.h"
#include "pinion/v1/fleet.pb.h"

namespace pinion {
namespace {

constexpr size_t kMaxText = size_t{64} << 10;
constexpr int kMaxKeys = 32;
// Leaves room for a successor, and is exact in every JSON parser.
constexpr int64_t kMaxNumber = int64_t{1} << 53;

// An error and the path of the value that has it; empty if there is none.
struct Fault {
  std::string path;
  std::string error;
};

Fault ParseRole(const v1::FleetTrust::Role& proto, const std::vector<const SigningRole*>& others, SigningRole* role) {
  if (proto.keys().empty() || proto.keys_size() > kMaxKeys) {
    return {role->name + ".keys", "must list from 1 to 32 keys"};
  }
  if (proto.threshold() < 1 || proto.threshold() > proto.keys_size()) {
    return {role->name + ".threshold", absl::StrCat("must be from 1 to the number of keys, ", proto.keys_size())};
  }
  role->threshold = proto.threshold();
  for (int i = 0; i < proto.keys_size(); ++i) {
    const std::string path = absl::StrCat(role->name, ".keys[", i, "]");
    std::string spki;
    if (!absl::Base64Unescape(proto.keys(i), &spki)) return {path, "is not base64"};
    absl::StatusOr<x509::PublicKey> key = x509::PublicKey::FromSpki(spki);
    if (!key.ok()) return {path, std::string(key.status().message())};
    if (role->Has(key->spki_digest())) return {path, "is listed twice; a key counts once"};
    for (const SigningRole* const other : others) {
      if (!other->Has(key->spki_digest())) continue;
      return {path, absl::StrCat("is a key of the ", other->name, " role too; who holds one key must not hold both")};
    }
    role->keys.push_back(*std::move(key));
  }
  return {};
}

std::string SignedHeader(absl::string_view what, const std::string& fleet, int64_t epoch) {
  return absl::StrCat(what, "\n", fleet, "\n", epoch, "\n");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const FleetTrust>> FleetTrust::FromJson(absl::string_view text,
                                                                       absl::string_view file_name,
                                                                       FileSignatures signatures) {
  if (text.size() > kMaxText) return absl::InvalidArgumentError(absl::StrCat(file_name, ": is longer than 64 kB"));
  v1::FleetTrust proto;
  if (absl::Status status = json::Parse(text, file_name, &proto); !status.ok()) return status;
  const auto error = [&](absl::string_view path, absl::string_view fault) {
    return json::ErrorAt(text, file_name, path, fault);
  };
  if (!IsName(proto.fleet())) return error("fleet", "must be a name of A-Z, a-z, 0-9, '.', '_' and '-', at most 63");
  if (proto.epoch() < 1 || proto.epoch() > kMaxNumber) return error("epoch", "must be from 1 to 2^53");
  if (proto.version() < 1 || proto.version() > kMaxNumber) {
    return error("version", "must be from 1 to 2^53; number the file's changes from 1");
  }
  const std::shared_ptr<FleetTrust> trust(new FleetTrust());
  trust->text_ = std::string(text);
  trust->signatures_ = std::move(signatures);
  trust->fleet_ = proto.fleet();
  trust->epoch_ = proto.epoch();
  trust->version_ = proto.version();
  trust->root_.name = "root";
  trust->publisher_.name = "publisher";
  trust->revoker_.name = "revoker";
  Fault fault = ParseRole(proto.root(), {}, &trust->root_);
  if (fault.error.empty()) fault = ParseRole(proto.publisher(), {&trust->root_}, &trust->publisher_);
  if (fault.error.empty() && proto.has_revoker()) {
    fault = ParseRole(proto.revoker(), {&trust->root_, &trust->publisher_}, &trust->revoker_);
  }
  if (!fault.error.empty()) return error(fault.path, fault.error);
  return trust;
}

absl::StatusOr<std::shared_ptr<const FleetTrust>> FleetTrust::FromSigned(const Named& file, const Named& signatures) {
  absl::StatusOr<FileSignatures> parsed = FileSignatures::FromJson(signatures.text, signatures.name);
  if (!parsed.ok()) return parsed.status();
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = FromJson(file.text, file.name, *std::move(parsed));
  if (!trust.ok()) return trust;
  const absl::Status status = (*trust)->CheckOwnSignatures();
  if (!status.ok()) return absl::Status(status.code(), absl::StrCat(file.name, ": ", status.message()));
  return trust;
}

std::string FleetTrust::SignedBytes() const {
  return absl::StrCat(SignedHeader("pinion.v1.FleetTrust", fleet_, epoch_), text_);
}

std::string FleetTrust::SignedBytesOf(absl::string_view pin_set) const {
  return absl::StrCat(SignedHeader("pinion.v1.PinSet", fleet_, epoch_), pin_set);
}

std::string FleetTrust::SignedBytesOfRevocations(absl::string_view revocations) const {
  return absl::StrCat(SignedHeader("pinion.v1.Revocations", fleet_, epoch_), revocations);
}

absl::Status FleetTrust::CheckOwnSignatures() const { return CheckSigned(SignedBytes(), signatures_, root_); }

absl::Status FleetTrust::CheckFollows(const FleetTrust& before) const {
  if (text_ == before.text_) return absl::OkStatus();
  const auto refuse = [](const std::string& text) { return absl::UnauthenticatedError(text); };
  if (fleet_ != before.fleet_) {
    return refuse(
        absl::StrCat("is the trust of fleet ", fleet_, ", and that of fleet ", before.fleet_,
                     " was adopted before; to change fleets, stop every process that uses this state_dir, and "
                     "delete the record there"));
  }
  const std::string now = absl::StrCat("version ", version_, " of epoch ", epoch_);
  const std::string adopted =
      absl::StrCat("version ", before.version_, " of epoch ", before.epoch_, ", which was adopted before");
  if (version_ < before.version_ || epoch_ < before.epoch_) {
    return refuse(absl::StrCat(now, " is older than ", adopted, "; deliver that one or a later one"));
  }
  if (version_ == before.version_) {
    return refuse(absl::StrCat(now, " has other contents than ", adopted,
                               "; make each change with `pinion trust rotate`, and a new fleet with another name"));
  }
  SigningRole successor_of = before.root_;
  successor_of.name = absl::StrCat("predecessor's (version ", before.version_, ") root");
  return CheckSigned(SignedBytes(), signatures_, successor_of);
}

absl::Status FleetTrust::CheckPinSet(absl::string_view pin_set, const FileSignatures& signatures) const {
  return CheckSigned(SignedBytesOf(pin_set), signatures, publisher_);
}

absl::Status FleetTrust::CheckRevocations(absl::string_view revocations, const FileSignatures& signatures) const {
  if (!revoker_.keys.empty()) return CheckSigned(SignedBytesOfRevocations(revocations), signatures, revoker_);
  return absl::UnauthenticatedError(
      absl::StrCat("is not accepted, since version ", version_,
                   " of the trust file has no revoker role; add one with `pinion trust rotate --add-revoker`"));
}

bool IsSameTrust(const FleetTrust* a, const FleetTrust* b) {
  return a == b || (a != nullptr && b != nullptr && a->text() == b->text());
}

}  // namespace pinion
