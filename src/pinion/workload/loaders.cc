#include "pinion/workload/loaders.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/pin/report_only.h"

namespace pinion {

Reloadable<Identity>::Load IdentityLoader(const IdentityFiles& files) {
  return [files](const std::vector<std::string>& texts, const std::shared_ptr<const Identity>& /*in_force*/) {
    return Identity::FromPem({texts.at(0), texts.at(1)}, files);
  };
}

Reloadable<x509::TrustRoots>::Load PeerRootsLoader(const char* kind, const std::string& file) {
  using Roots = std::shared_ptr<const x509::TrustRoots>;
  return [kind, file](const std::vector<std::string>& texts, const Roots& in_force) -> absl::StatusOr<Roots> {
    absl::StatusOr<Roots> loaded = PeerRootsFromPem(kind, texts.at(0), file);
    return loaded.ok() && in_force != nullptr && **loaded == *in_force ? in_force : loaded;
  };
}

Reloadable<PinSet>::Load PinSetLoader(const std::string& file, const std::function<absl::Time()>& clock) {
  return [file, clock](const std::vector<std::string>& texts,
                       const std::shared_ptr<const PinSet>& in_force) -> absl::StatusOr<std::shared_ptr<const PinSet>> {
    absl::StatusOr<std::shared_ptr<const PinSet>> loaded = PinSet::FromJson(texts.at(0), file);
    if (!loaded.ok()) return loaded;
    if (in_force != nullptr && (*loaded)->SaysTheSameAs(*in_force)) return in_force;
    if (const absl::Status status = CheckReportOnly(**loaded, clock()); !status.ok()) {
      return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
    }
    if (in_force == nullptr) return loaded;
    if ((*loaded)->version() > in_force->version()) return loaded;
    const bool older = (*loaded)->version() < in_force->version();
    return absl::FailedPreconditionError(
        absl::StrCat(file, ": version ", (*loaded)->version(),
                     older ? absl::StrCat(" is older than version ", in_force->version(), ", which is in force")
                           : " is in force already, with other contents",
                     "; raise the version with every change"));
  };
}

}  // namespace pinion
