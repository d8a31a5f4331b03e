#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "tools/pinion/checks.h"

namespace pinion::cli {

void CheckKept(const NamedText& config, const WorkloadOptions& options, const PinSet& pin_set,
               std::vector<Finding>* findings) {
  const auto place = [&config](absl::string_view path) { return PlaceOf(config.text, config.file, path); };
  if (!options.state_dir.empty()) {
    if (access(options.state_dir.c_str(), W_OK) == 0 || errno == ENOENT) return;
    findings->push_back({Severity::kWarning, "STATE_NOT_WRITABLE", place("state_dir"),
                         absl::StrCat("user ", geteuid(), " cannot write there, so that nothing would be recorded"),
                         "give the folder to the user of the process, or check as that user"});
    return;
  }
  const int64_t version = pin_set.version();
  if (pin_set.trust() == nullptr && options.minimum_pin_set_version < version) {
    findings->push_back({Severity::kInfo, "PIN_SET_NOT_KEPT", place("pin_set"),
                         absl::StrCat("without state_dir, a restart accepts pin files older than version ", version),
                         absl::StrCat("set state_dir, or pin_set.minimum_version to ", version)});
  }
  if (const Revocations* const list = pin_set.revocations().get();
      list != nullptr && options.minimum_revocations_version < list->version()) {
    findings->push_back(
        {Severity::kWarning, "REVOCATIONS_NOT_KEPT", place("pin_set.revocations_file"),
         absl::StrCat("without state_dir, a restart accepts revocations older than version ", list->version()),
         absl::StrCat("set state_dir, or pin_set.minimum_revocations_version to ", list->version())});
  }
  if (pin_set.trust() == nullptr || options.minimum_fleet_trust_version >= pin_set.trust()->version()) return;
  const int64_t trust = pin_set.trust()->version();
  findings->push_back({Severity::kWarning, "TRUST_NOT_KEPT", place("pin_set.fleet_trust_file"),
                       absl::StrCat("without state_dir, a restart accepts trust files older than version ", trust),
                       absl::StrCat("set state_dir, or pin_set.minimum_trust_version to ", trust)});
}

}  // namespace pinion::cli
