#include "pinion/loading/loaders.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/loading/documents.h"
#include "pinion/pin/report_only.h"
#include "pinion/source/file_source.h"

namespace pinion {

namespace {

constexpr size_t kDocuments = 6;  // the first of Sources::pin_set

// The name of a part in errors: its file, or `name`.
std::string NameOf(const char* name, const DataSource& part) {
  if (part.is_document()) return absl::StrCat("document ", part.document());
  return part.is_file() ? part.file() : name;
}

// The same for a part of the pin set, which may be in etcd.
std::string PinSetPart(const char* name, const WorkloadOptions& options, const DataSource& part) {
  return options.etcd.has_value() ? absl::StrCat("etcd ", options.etcd->key, ", ", name) : NameOf(name, part);
}

absl::Status At(const std::string& name, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

// A running process adopts an expired pin set, which may revoke a key.
absl::Status CheckNotExpired(const PinSet& pin_set, absl::Time now) {
  if (now < pin_set.expires()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("version ", pin_set.version(), " was valid only until ", FormatRfc3339(pin_set.expires()),
                   ", so that every connection would be refused; publish the next version with a later \"expires\""));
}

}  // namespace

Reloadable<Identity>::Load IdentityLoader(const DataSource& certificate, const DataSource& private_key) {
  const IdentityFiles files = {certificate.file(), private_key.file()};
  return [files](const std::vector<std::string>& texts, const std::shared_ptr<const Identity>& /*in_effect*/) {
    return Identity::FromPem({texts.at(0), texts.at(1)}, files);
  };
}

Reloadable<x509::TrustRoots>::Load PeerRootsLoader(const char* kind, const DataSource& roots) {
  using Roots = std::shared_ptr<const x509::TrustRoots>;
  return [kind, file = NameOf("", roots)](const std::vector<std::string>& texts,
                                          const Roots& in_effect) -> absl::StatusOr<Roots> {
    absl::StatusOr<Roots> loaded = PeerRootsFromPem(kind, texts.at(0), file);
    return loaded.ok() && in_effect != nullptr && **loaded == *in_effect ? in_effect : loaded;
  };
}

PinSetFloor FloorOf(const WorkloadOptions& options) {
  return {options.minimum_pin_set_version, options.minimum_fleet_trust_version, options.minimum_revocations_version,
          options.state_dir};
}

namespace {

// Null if there are none.
absl::StatusOr<std::shared_ptr<const Revocations>> ParseRevocations(const WorkloadOptions& options,
                                                                    const FleetTrust& trust,
                                                                    const std::vector<std::string>& texts) {
  const std::string name = PinSetPart("revocations", options, options.revocations);
  const bool are_missing = options.etcd.has_value() && texts.at(4).empty() && texts.at(5).empty();
  if (are_missing || (!options.etcd.has_value() && options.revocations.empty())) {
    // A thief of etcd would leave them out.
    if (!are_missing || trust.revoker().keys.empty()) return std::shared_ptr<const Revocations>();
    return absl::UnauthenticatedError(
        absl::StrCat(name, ": they are missing, and the trust file has revokers; publish them with the pin set"));
  }
  const absl::StatusOr<FileSignatures> signatures = FileSignatures::FromJson(
      texts.at(5), PinSetPart("revocations_signatures", options, options.revocations_signatures));
  if (!signatures.ok()) return signatures.status();
  if (const absl::Status status = trust.CheckRevocations(texts.at(4), *signatures); !status.ok()) {
    return At(name, status);
  }
  return Revocations::FromJson(texts.at(4), name);
}

// What its signatures sign; of an unsigned pin set, nothing.
absl::StatusOr<PinSet::Signed> CheckSignatures(const WorkloadOptions& options, const std::string& name,
                                               const std::vector<std::string>& texts) {
  if (options.fleet_trust.empty()) return PinSet::Signed();
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust = FleetTrust::FromSigned(
      {texts.at(2), PinSetPart("fleet_trust", options, options.fleet_trust)},
      {texts.at(3), PinSetPart("fleet_trust_signatures", options, options.fleet_trust_signatures)});
  if (!trust.ok()) return trust.status();
  const absl::StatusOr<FileSignatures> signatures =
      FileSignatures::FromJson(texts.at(1), PinSetPart("pin_set_signatures", options, options.pin_set_signatures));
  if (!signatures.ok()) return signatures.status();
  // Before parsing: only signed contents are parsed.
  if (const absl::Status status = (*trust)->CheckPinSet(texts.at(0), *signatures); !status.ok()) {
    return At(name, status);
  }
  absl::StatusOr<std::shared_ptr<const Revocations>> revocations = ParseRevocations(options, **trust, texts);
  if (!revocations.ok()) return revocations.status();
  return PinSet::Signed{*std::move(trust), *std::move(revocations), {}};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const PinSet>> ParsePinSet(const WorkloadOptions& options,
                                                          const std::vector<std::string>& texts) {
  const std::string name = PinSetPart("pin_set", options, options.pin_set);
  absl::StatusOr<PinSet::Signed> with = CheckSignatures(options, name, texts);
  if (!with.ok()) return with.status();
  absl::StatusOr<DocumentTexts> documents = ByDigest(texts, kDocuments);
  if (!documents.ok()) return documents.status();
  with->documents = *std::move(documents);
  absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = PinSet::FromJson(texts.at(0), name, *std::move(with));
  if (!pin_set.ok()) return pin_set;
  const absl::Status status = CheckDocuments(options, **pin_set, texts.size() - kDocuments);
  return status.ok() ? pin_set : status;
}

namespace {

// The trust file that this process was given, where it knows no later one.
absl::StatusOr<std::shared_ptr<const FleetTrust>> Anchor(const WorkloadOptions& options) {
  const absl::StatusOr<SourceContent> files =
      FileSources(options.refresh_interval).Open({options.fleet_trust, options.fleet_trust_signatures})->Read();
  if (!files.ok()) return files.status();
  return FleetTrust::FromSigned({files->texts.at(0), NameOf("fleet_trust", options.fleet_trust)},
                                {files->texts.at(1), NameOf("fleet_trust_signatures", options.fleet_trust_signatures)});
}

// For a pin set in etcd, before anything else of it is read: a user who can write to etcd must not choose its
// publishers.
absl::Status CheckTrustFromEtcd(const WorkloadOptions& options, const std::vector<std::string>& texts,
                                const std::shared_ptr<const PinSet>& in_effect) {
  const std::string name = PinSetPart("fleet_trust", options, options.fleet_trust);
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> trust =
      FleetTrust::FromSigned({texts.at(2), name}, {texts.at(3), name + "_signatures"});
  if (!trust.ok()) return trust.status();
  if (in_effect != nullptr) return At(name, (*trust)->CheckFollows(*in_effect->trust()));
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> recorded = RecordedTrust(FloorOf(options));
  if (!recorded.ok()) return recorded.status();
  if (*recorded != nullptr) return At(name, (*trust)->CheckFollows(**recorded));
  const absl::StatusOr<std::shared_ptr<const FleetTrust>> anchor = Anchor(options);
  if (!anchor.ok()) return anchor.status();
  if ((*trust)->CheckFollows(**anchor).ok()) return absl::OkStatus();
  const std::string file = Printable(NameOf("fleet_trust", options.fleet_trust));
  return absl::UnauthenticatedError(absl::StrCat(name, ": version ", (*trust)->version(), " of fleet ",
                                                 (*trust)->fleet(), ", epoch ", (*trust)->epoch(), " is neither ", file,
                                                 " nor a later version that the root keys of ", file,
                                                 " have signed; if the fleet's trust file has changed since, replace ",
                                                 file, " by the one before or by that one"));
}

}  // namespace

Reloadable<PinSet>::Load PinSetLoader(const WorkloadOptions& options) {
  return [options](const std::vector<std::string>& texts,
                   const std::shared_ptr<const PinSet>& in_effect) -> absl::StatusOr<std::shared_ptr<const PinSet>> {
    if (options.etcd.has_value()) {
      if (absl::Status status = CheckTrustFromEtcd(options, texts, in_effect); !status.ok()) return status;
    }
    absl::StatusOr<std::shared_ptr<const PinSet>> loaded = ParsePinSet(options, texts);
    if (!loaded.ok()) return loaded;
    if (in_effect != nullptr && (*loaded)->IsSameAs(*in_effect)) return in_effect;
    absl::Status status = CheckReportOnly(**loaded, options.clock());
    if (status.ok() && in_effect == nullptr) status = CheckNotExpired(**loaded, options.clock());
    const PinSetFloor floor = FloorOf(options);
    if (status.ok()) {
      status = in_effect == nullptr ? CheckFloor(floor, **loaded) : CheckReplaces(floor, **loaded, *in_effect);
    }
    if (status.ok()) return loaded;
    if (absl::string_view text = status.message(); absl::ConsumePrefix(&text, kAboutRevocations)) {
      return At(PinSetPart("revocations", options, options.revocations), absl::Status(status.code(), text));
    }
    const bool is_about_trust = absl::IsUnauthenticated(status) && !options.fleet_trust.empty();
    return At(is_about_trust ? PinSetPart("fleet_trust", options, options.fleet_trust)
                             : PinSetPart("pin_set", options, options.pin_set),
              status);
  };
}

Reloadable<PinSet>::Load ShadowPinSetLoader(const WorkloadOptions& options) {
  return [options](const std::vector<std::string>& texts,
                   const std::shared_ptr<const PinSet>& in_effect) -> absl::StatusOr<std::shared_ptr<const PinSet>> {
    PinSet::Signed with;
    if (!options.revocations.empty()) {
      absl::StatusOr<std::shared_ptr<const Revocations>> revocations =
          Revocations::FromJson(texts.at(1), NameOf("revocations", options.revocations));
      if (!revocations.ok()) return revocations.status();
      with.revocations = *std::move(revocations);
    }
    const std::string name = NameOf("shadow_pin_set", options.shadow_pin_set);
    absl::StatusOr<std::shared_ptr<const PinSet>> loaded = PinSet::FromJson(texts.at(0), name, std::move(with));
    if (!loaded.ok()) return loaded;
    if (in_effect != nullptr && (*loaded)->IsSameAs(*in_effect)) return in_effect;
    if (absl::Status status = CheckReportOnly(**loaded, options.clock()); !status.ok()) return At(name, status);
    return loaded;
  };
}

Reloadable<AuthorizationPolicy>::Load PolicyLoader(const char* name, const DataSource& policy) {
  return [name = NameOf(name, policy)](const std::vector<std::string>& texts,
                                       const std::shared_ptr<const AuthorizationPolicy>& in_effect)
             -> absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> {
    absl::StatusOr<std::shared_ptr<const AuthorizationPolicy>> loaded =
        AuthorizationPolicy::FromJson(texts.at(0), name);
    if (loaded.ok() && in_effect != nullptr && (*loaded)->SaysTheSameAs(*in_effect)) return in_effect;
    return loaded;
  };
}

}  // namespace pinion
