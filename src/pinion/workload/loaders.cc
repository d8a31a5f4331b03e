#include "pinion/workload/loaders.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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

}  // namespace

Reloadable<Identity>::Load IdentityLoader(const WorkloadOptions& options) {
  const IdentityFiles files = {options.certificate.file(), options.private_key.file()};
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

Reloadable<PinSet>::Load PinSetLoader(const WorkloadOptions& options) {
  return [name = NameOf("pin_set", options.pin_set), clock = options.clock, floor = FloorOf(options)](
             const std::vector<std::string>& texts,
             const std::shared_ptr<const PinSet>& in_effect) -> absl::StatusOr<std::shared_ptr<const PinSet>> {
    absl::StatusOr<std::shared_ptr<const PinSet>> loaded = PinSet::FromJson(texts.at(0), name);
    if (!loaded.ok()) return loaded;
    if (in_effect != nullptr && (*loaded)->SaysTheSameAs(*in_effect)) return in_effect;
    if (const absl::Status status = CheckReportOnly(**loaded, clock()); !status.ok()) {
      return At(name, status);
    }
    if (in_effect == nullptr) {
      if (const absl::Status status = CheckFloor(floor, **loaded); !status.ok()) return At(name, status);
      return loaded;
    }
    // The one in effect is not below the floor. Newer than that is an improvement, whatever another process recorded.
    if ((*loaded)->version() > in_effect->version()) return loaded;
    const bool older = (*loaded)->version() < in_effect->version();
    return absl::FailedPreconditionError(
        absl::StrCat(name, ": version ", (*loaded)->version(),
                     older ? absl::StrCat(" is older than version ", in_effect->version(), ", which is in effect")
                           : " is already in effect with different contents",
                     "; raise the version with every change"));
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
