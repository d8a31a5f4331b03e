#include "pinion/pin/pin_set_floor.h"

#include <sys/stat.h>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/file_lock.h"
#include "pinion/base/output_file.h"
#include "pinion/base/printable.h"
#include "pinion/fleet/fleet_trust.h"
#include "pinion/json/strict.h"
#include "pinion/v1/pin_set_floor.pb.h"
#include "pinion/x509/encoding/digest.h"

namespace pinion {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr mode_t kReadByAll = 0644;
constexpr size_t kHexDigits = 64;

std::string FileIn(const std::string& state_dir) { return absl::StrCat(state_dir, "/pin_set_floor.json"); }

// A version and, in hexadecimal, the digest of its contents; 0 and empty for none.
struct Edition {
  int64_t version = 0;
  std::string content;

  bool operator==(const Edition& other) const { return version == other.version && content == other.content; }
};

// Of revocations; version 0 for none.
struct RecordedKeys {
  int64_t version = 0;
  int64_t count = 0;
  std::string digest;  // in hexadecimal

  bool operator==(const RecordedKeys& other) const {
    return version == other.version && count == other.count && digest == other.digest;
  }
};

RecordedKeys KeysOf(const PinSet& pin_set) {
  const Revocations* const revocations = pin_set.revocations().get();
  if (revocations == nullptr) return {};
  const size_t count = revocations->keys().size();
  return {revocations->version(), static_cast<int64_t>(count), x509::ToHex(revocations->DigestOf(count))};
}

// `before` is adopted or in effect, as `what` says; the pin set is of the same epoch.
absl::Status CheckRevocationsFollow(const PinSet& pin_set, const RecordedKeys& before, absl::string_view what) {
  const Revocations* const now = pin_set.revocations().get();
  if (before.version == 0 || (before.count == 0 && now == nullptr)) return absl::OkStatus();
  const auto refuse = [&](absl::string_view fault, absl::string_view remedy) {
    return absl::FailedPreconditionError(
        absl::StrCat(kAboutRevocations, fault, before.version, ", which ", what, remedy));
  };
  if (now == nullptr) {
    return refuse("there are none to follow version ",
                  "; name them in pin_set.revocations_file, or start a new epoch of the trust file to give them up");
  }
  const std::string version = absl::StrCat("version ", now->version());
  if (now->version() < before.version) {
    return refuse(version + " is older than version ", "; deliver that one or a later one");
  }
  const auto count = static_cast<size_t>(before.count);
  if (now->keys().size() < count || x509::ToHex(now->DigestOf(count)) != before.digest) {
    return refuse(version + " does not begin with the keys of version ",
                  "; within an epoch, keys are only appended: make each change with `pinion revoke`");
  }
  if (now->version() > before.version || now->keys().size() == count) return absl::OkStatus();
  return refuse(version + " has more keys than version ", "; raise the version with every change");
}

absl::Status Damaged(const absl::Status& error) {
  return absl::UnavailableError(
      absl::StrCat(error.message(),
                   "; this file says which pin set was adopted last: restore it, or delete it to start without it"));
}

// The newest pin set that was adopted.
struct Recorded {
  Edition edition;  // of version 0 if there is no record yet
  RecordedKeys revocations;
  std::shared_ptr<const FleetTrust> trust;  // null if pin sets are not signed
};

absl::StatusOr<std::shared_ptr<const FleetTrust>> TrustFrom(const v1::PinSetFloor& record, const std::string& file) {
  std::string text;
  if (record.fleet_trust().empty()) return std::shared_ptr<const FleetTrust>();
  if (!absl::Base64Unescape(record.fleet_trust(), &text)) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": fleet_trust: is not base64"));
  }
  return FleetTrust::FromJson(text, file + ": fleet_trust");
}

absl::StatusOr<Recorded> ReadRecord(const std::string& state_dir) {
  const std::string file = FileIn(state_dir);
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (absl::IsNotFound(text.status())) {
    struct stat about = {};
    if (stat(state_dir.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) return Recorded();
    return absl::UnavailableError(absl::StrCat("state_dir ", Printable(state_dir),
                                               " is not a folder; create it, and let this process write there"));
  }
  if (!text.ok()) return absl::UnavailableError(text.status().message());
  v1::PinSetFloor record;
  if (const absl::Status status = json::Parse(*text, file, &record); !status.ok()) return Damaged(status);
  const bool has_revocations = record.revocations_version() != 0 || record.revocations_keys() != 0;
  if (record.version() < 1 || record.content_sha256().size() != kHexDigits || record.revocations_version() < 0 ||
      record.revocations_keys() < 0 || record.revocations_sha256().size() != (has_revocations ? kHexDigits : 0)) {
    return Damaged(json::ErrorAt(*text, file, "version", "a version of at least 1 and a digest are required"));
  }
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = TrustFrom(record, file);
  if (!trust.ok()) return Damaged(trust.status());
  return Recorded{{record.version(), record.content_sha256()},
                  {record.revocations_version(), record.revocations_keys(), record.revocations_sha256()},
                  *std::move(trust)};
}

bool HasSameContents(const PinSet& pin_set, const Recorded& recorded) {
  return Edition{pin_set.version(), x509::ToHex(pin_set.content())} == recorded.edition;
}

bool IsRecorded(const PinSet& pin_set, const Recorded& recorded) {
  return HasSameContents(pin_set, recorded) && IsSameTrust(pin_set.trust().get(), recorded.trust.get()) &&
         KeysOf(pin_set) == recorded.revocations;
}

absl::Status CheckTrust(const PinSet& pin_set, const Recorded& recorded) {
  if (recorded.trust == nullptr) return absl::OkStatus();  // the first that is signed
  if (pin_set.trust() != nullptr) return pin_set.trust()->CheckFollows(*recorded.trust);
  return absl::UnauthenticatedError(
      absl::StrCat("is not signed, but the pin sets that were adopted before are those of fleet ",
                   recorded.trust->fleet(), "; name the trust file in pin_set.fleet_trust_file"));
}

// Versions count anew in each epoch, but not with the first signed pin set, which may be older than an unsigned one.
bool IsOfLaterEpoch(const PinSet& pin_set, const FleetTrust* before) {
  return before != nullptr && pin_set.trust()->epoch() > before->epoch();
}

absl::Status Compare(const PinSet& pin_set, const Recorded& recorded, const std::string& file) {
  if (absl::Status status = CheckTrust(pin_set, recorded); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat("according to ", Printable(file), ", ", status.message()));
  }
  if (IsOfLaterEpoch(pin_set, recorded.trust.get())) return absl::OkStatus();
  const absl::Status revocations = CheckRevocationsFollow(
      pin_set, recorded.revocations, absl::StrCat("was adopted before, according to ", Printable(file)));
  if (!revocations.ok()) return revocations;
  const int64_t before = recorded.edition.version;
  if (pin_set.version() > before || HasSameContents(pin_set, recorded)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "version ", pin_set.version(),
      pin_set.version() < before ? " is older than version " : " has other contents than the version ", before,
      " that was adopted before, according to ", Printable(file), "; raise the version with every change"));
}

absl::Status CheckMinimum(const PinSetFloor& floor, const PinSet& pin_set) {
  const int64_t trust_version = pin_set.trust() == nullptr ? 0 : pin_set.trust()->version();
  if (trust_version < floor.minimum_trust_version) {
    return absl::UnauthenticatedError(
        absl::StrCat("version ", trust_version, " of the trust file is older than version ",
                     floor.minimum_trust_version, ", the lowest that the configuration accepts"));
  }
  const Revocations* const revocations = pin_set.revocations().get();
  const int64_t revocations_version = revocations == nullptr ? 0 : revocations->version();
  if (revocations_version < floor.minimum_revocations_version) {
    return absl::FailedPreconditionError(absl::StrCat(kAboutRevocations, "version ", revocations_version,
                                                      " is older than version ", floor.minimum_revocations_version,
                                                      ", the lowest that the configuration accepts"));
  }
  if (pin_set.version() >= floor.minimum_version) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("version ", pin_set.version(), " is older than version ",
                                                    floor.minimum_version,
                                                    ", the lowest that the configuration accepts"));
}

absl::Status CheckTrustReplaces(const PinSetFloor& floor, const PinSet& pin_set, const PinSet& in_effect) {
  if (IsSameTrust(pin_set.trust().get(), in_effect.trust().get())) return absl::OkStatus();
  if (absl::Status status = pin_set.trust()->CheckFollows(*in_effect.trust()); !status.ok()) return status;
  if (floor.state_dir.empty()) return absl::OkStatus();
  const absl::StatusOr<Recorded> recorded = ReadRecord(floor.state_dir);
  return recorded.ok() ? CheckTrust(pin_set, *recorded) : absl::OkStatus();
}

}  // namespace

bool IsFirstStart(const PinSetFloor& floor) {
  if (floor.state_dir.empty()) return false;
  const absl::StatusOr<Recorded> recorded = ReadRecord(floor.state_dir);
  return recorded.ok() && recorded->edition.version == 0;
}

absl::StatusOr<std::shared_ptr<const FleetTrust>> RecordedTrust(const PinSetFloor& floor) {
  if (floor.state_dir.empty()) return std::shared_ptr<const FleetTrust>();
  absl::StatusOr<Recorded> recorded = ReadRecord(floor.state_dir);
  if (!recorded.ok()) return recorded.status();
  return recorded->trust;
}

absl::Status CheckFloor(const PinSetFloor& floor, const PinSet& pin_set) {
  if (absl::Status status = CheckMinimum(floor, pin_set); !status.ok()) return status;
  if (floor.state_dir.empty()) return absl::OkStatus();
  const absl::StatusOr<Recorded> recorded = ReadRecord(floor.state_dir);
  return recorded.ok() ? Compare(pin_set, *recorded, FileIn(floor.state_dir)) : recorded.status();
}

absl::Status CheckReplaces(const PinSetFloor& floor, const PinSet& pin_set, const PinSet& in_effect) {
  // Either both are signed or none: a process does not change that.
  if (absl::Status status = CheckTrustReplaces(floor, pin_set, in_effect); !status.ok()) return status;
  if (IsOfLaterEpoch(pin_set, in_effect.trust().get())) return absl::OkStatus();
  const absl::Status revocations = CheckRevocationsFollow(pin_set, KeysOf(in_effect), "is in effect");
  if (!revocations.ok()) return revocations;
  if (pin_set.version() > in_effect.version() || pin_set.SaysTheSameAs(in_effect)) return absl::OkStatus();
  const bool is_older = pin_set.version() < in_effect.version();
  return absl::FailedPreconditionError(
      absl::StrCat("version ", pin_set.version(),
                   is_older ? absl::StrCat(" is older than version ", in_effect.version(), ", which is in effect")
                            : " is already in effect with different contents",
                   "; raise the version with every change"));
}

absl::Status RaiseFloor(const PinSetFloor& floor, const PinSet& pin_set, const std::string& copy) {
  if (absl::Status status = CheckMinimum(floor, pin_set); !status.ok()) return status;
  if (floor.state_dir.empty()) return absl::OkStatus();
  const std::string file = FileIn(floor.state_dir);
  // Most calls find the pin set recorded, and need no lock.
  absl::StatusOr<Recorded> recorded = ReadRecord(floor.state_dir);
  if (!recorded.ok()) return recorded.status();
  const std::string copy_file = floor.state_dir + "/" + kKeptFileName;
  const bool needs_copy = !copy.empty() && ReadFile(copy_file).value_or("") != copy;
  if (IsRecorded(pin_set, *recorded) && !needs_copy) return absl::OkStatus();
  const absl::StatusOr<FileLock> lock = FileLock::Take(floor.state_dir + "/lock", kPatience);
  if (!lock.ok()) return absl::UnavailableError(lock.status().message());
  recorded = ReadRecord(floor.state_dir);
  if (!recorded.ok()) return recorded.status();
  if (absl::Status status = Compare(pin_set, *recorded, file); !status.ok()) return status;
  // The folder may have had another user's process.
  const Replacement replacement = {kReadByAll, std::nullopt, /*is_durable=*/true, /*keeps_owner=*/false};
  // Whether or not that succeeds, an older pin set must not be adopted after a restart.
  const absl::Status copied = copy.empty() ? absl::OkStatus() : ReplaceFile(copy_file, copy, replacement).status();
  const absl::Status unavailable = copied.ok() ? copied : absl::UnavailableError(copied.message());
  if (IsRecorded(pin_set, *recorded)) return unavailable;
  std::string text = absl::StrCat(R"({"version": )", pin_set.version(), R"(, "content_sha256": ")",
                                  x509::ToHex(pin_set.content()), "\"");
  if (const RecordedKeys revocations = KeysOf(pin_set); revocations.version != 0) {
    absl::StrAppend(&text, R"(, "revocations_version": )", revocations.version, R"(, "revocations_keys": )",
                    revocations.count, R"(, "revocations_sha256": ")", revocations.digest, "\"");
  }
  if (pin_set.trust() != nullptr) {
    absl::StrAppend(&text, R"(, "fleet_trust": ")", absl::Base64Escape(pin_set.trust()->text()), "\"");
  }
  text += "}\n";
  const absl::StatusOr<WrittenFile> written = ReplaceFile(file, text, replacement);
  return written.ok() ? unavailable : absl::UnavailableError(written.status().message());
}

}  // namespace pinion
