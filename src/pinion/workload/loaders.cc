#include "pinion/workload/loaders.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "pinion/base/rfc3339.h"
#include "pinion/pin/pin_set_floor.h"
#include "pinion/pin/report_only.h"
#include "pinion/workload/snapshot.h"

namespace pinion {

namespace {

// The name of a part in errors: its file, or `name`.
std::string NameOf(const char* name, const DataSource& part) { return part.is_file() ? part.file() : name; }

absl::Status At(const std::string& name, const absl::Status& status) {
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
  return [kind, file = roots.file()](const std::vector<std::string>& texts,
                                     const Roots& in_effect) -> absl::StatusOr<Roots> {
    absl::StatusOr<Roots> loaded = PeerRootsFromPem(kind, texts.at(0), file);
    return loaded.ok() && in_effect != nullptr && **loaded == *in_effect ? in_effect : loaded;
  };
}

// Null if the options name none.
absl::StatusOr<std::shared_ptr<const Revocations>> ParseRevocations(const WorkloadOptions& options,
                                                                    const FleetTrust& trust,
                                                                    const std::vector<std::string>& texts) {
  if (options.revocations.empty()) return std::shared_ptr<const Revocations>();
  const std::string name = NameOf("revocations", options.revocations);
  const absl::StatusOr<FileSignatures> signatures =
      FileSignatures::FromJson(texts.at(5), NameOf("revocations_signatures", options.revocations_signatures));
  if (!signatures.ok()) return signatures.status();
  if (const absl::Status status = trust.CheckRevocations(texts.at(4), *signatures); !status.ok()) {
    return At(name, status);
  }
  return Revocations::FromJson(texts.at(4), name);
}

absl::StatusOr<std::shared_ptr<const PinSet>> ParsePinSet(const WorkloadOptions& options,
                                                          const std::vector<std::string>& texts) {
  const std::string name = NameOf("pin_set", options.pin_set);
  if (options.fleet_trust.empty()) return PinSet::FromJson(texts.at(0), name);
  absl::StatusOr<std::shared_ptr<const FleetTrust>> trust =
      FleetTrust::FromSigned({texts.at(2), NameOf("fleet_trust", options.fleet_trust)},
                             {texts.at(3), NameOf("fleet_trust_signatures", options.fleet_trust_signatures)});
  if (!trust.ok()) return trust.status();
  const absl::StatusOr<FileSignatures> signatures =
      FileSignatures::FromJson(texts.at(1), NameOf("pin_set_signatures", options.pin_set_signatures));
  if (!signatures.ok()) return signatures.status();
  // Before parsing: only signed contents are parsed.
  if (const absl::Status status = (*trust)->CheckPinSet(texts.at(0), *signatures); !status.ok()) {
    return At(name, status);
  }
  absl::StatusOr<std::shared_ptr<const Revocations>> revocations = ParseRevocations(options, **trust, texts);
  if (!revocations.ok()) return revocations.status();
  return PinSet::FromJson(texts.at(0), name, {*std::move(trust), *std::move(revocations)});
}

Reloadable<PinSet>::Load PinSetLoader(const WorkloadOptions& options) {
  return [options](const std::vector<std::string>& texts,
                   const std::shared_ptr<const PinSet>& in_effect) -> absl::StatusOr<std::shared_ptr<const PinSet>> {
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
      return At(NameOf("revocations", options.revocations), absl::Status(status.code(), text));
    }
    const bool is_about_trust = absl::IsUnauthenticated(status) && !options.fleet_trust.empty();
    return At(is_about_trust ? NameOf("fleet_trust", options.fleet_trust) : NameOf("pin_set", options.pin_set), status);
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
