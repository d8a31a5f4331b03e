#include "tools/pinion/lab_changes.h"

#include <filesystem>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "tools/pinion/lab_folder.h"
#include "tools/pinion/lab_servers.h"
#include "tools/pinion/lab_state.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);

// Waits until the intended server holds payments' address.
absl::Status AwaitHolder(const std::string& folder, const v1::Lab& lab) {
  const absl::Time end = absl::Now() + kPatience;
  while (absl::Now() < end) {
    if (absl::Status status = CheckLabRuns(folder); !status.ok()) return status;
    const absl::StatusOr<std::string> holder = ReadFile(folder + "/holder");
    if (holder.ok() && *holder == HolderOf(lab)) return absl::OkStatus();
    absl::SleepFor(absl::Milliseconds(10));
  }
  return absl::DeadlineExceededError(absl::StrCat("the laboratory in ", folder, " does not follow"));
}

std::string ListKey(const char* what, uint32_t number) { return absl::StrCat(what, " ", PaymentsKeyName(number)); }

// Changes a running laboratory, one process at a time: `change` edits the state, and describes what it did.
absl::StatusOr<LabChange> Change(const std::string& given,
                                 const std::function<absl::Status(const std::string&, v1::Lab*, LabChange*)>& change) {
  std::error_code error;
  const std::string folder = std::filesystem::weakly_canonical(given, error);
  if (absl::Status status = CheckLabRuns(folder); !status.ok()) return status;
  const absl::StatusOr<FileLock> alone = FileLock::Take(folder + "/changing");
  if (!alone.ok()) return alone.status();
  absl::StatusOr<v1::Lab> lab = LoadLab(folder);
  if (!lab.ok()) return lab.status();
  LabChange result;
  absl::Status status = change(folder, &*lab, &result);
  if (status.ok()) status = Apply(folder, *lab);
  if (status.ok()) status = AwaitHolder(folder, *lab);
  if (!status.ok()) return status;
  const absl::StatusOr<std::string> served = PinOf(folder, PaymentsKeyName(lab->served()));
  if (!served.ok()) return served.status();
  result.pin_set_version = lab->pin_set_version();
  result.served_pin = *served;
  return result;
}

absl::Status CheckWhole(const std::string& folder, const v1::Lab& lab) {
  if (lab.broken().empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the laboratory is broken (", lab.broken(), "); first: pinion lab heal --dir ", folder));
}

void NextPinFile(v1::Lab* lab) { lab->set_pin_set_version(lab->pin_set_version() + 1); }

absl::Status BreakWithImpostor(const std::string& /*folder*/, v1::Lab* /*lab*/, LabChange* result) {
  result->did = "The impostor now holds payments' address: the same names, from the same CA, with another key.";
  result->expect =
      "PIN_MISMATCH from every client that checks pins: pinion call exits with 90, curl with 90, Node and Go refuse "
      "it. Python, which has no pins, sends its requests to the impostor; openssl shows a pin that is not in "
      "pins.json.";
  return absl::OkStatus();
}

absl::Status BreakWithExpired(const std::string& folder, v1::Lab* lab, LabChange* result) {
  result->did = "Payments' address now has a certificate that ended yesterday, with payments' own names and key.";
  result->expect =
      "refusals from every client: the pin is right, and excuses nothing. Within TLS, gRPC reports only that the "
      "certificate's check failed; `pinion verify` on pki/expired.pem reports CERTIFICATE_EXPIRED.";
  return MakeExpired(folder, *lab);
}

absl::Status BreakWithoutBackup(const std::string& /*folder*/, v1::Lab* lab, LabChange* result) {
  NextPinFile(lab);
  result->did = absl::StrCat("pins.json (version ", lab->pin_set_version(), ") has no BACKUP pin for payments.");
  result->expect =
      "no process to adopt it: the services keep their last good pin set and log the fault with its line; a process "
      "that starts now, such as pinion call, exits with 2.";
  return absl::OkStatus();
}

absl::Status BreakByRevoking(const std::string& folder, v1::Lab* lab, LabChange* result) {
  NextPinFile(lab);
  absl::Status status = Revoke(folder, lab);
  result->did = absl::StrCat("The key that payments serves is REVOKED in pins.json (version ", lab->pin_set_version(),
                             "), ", ListKey("its backup is ACTIVE:", KeyInState(*lab, v1::ACTIVE)),
                             ListKey("; there is a new backup:", KeyInState(*lab, v1::BACKUP)),
                             ". Payments still serves the old one.");
  result->expect =
      "PIN_REVOKED: live connections are closed within a second, and no client that checks pins connects, until "
      "payments has its backup key: pinion lab heal.";
  return status;
}

}  // namespace

absl::StatusOr<LabChange> RotateLab(const std::string& folder) {
  return Change(folder, [](const std::string& path, v1::Lab* lab, LabChange* result) {
    if (absl::Status status = CheckWhole(path, *lab); !status.ok()) return status;
    NextPinFile(lab);
    absl::Status status = Rotate(path, lab);
    result->did = absl::StrCat(ListKey("Payments takes its backup key:", lab->served()), ". In pins.json (version ",
                               lab->pin_set_version(), ") it is ACTIVE, the old one RETIRING, and ",
                               PaymentsKeyName(KeyInState(*lab, v1::BACKUP)), " is the new BACKUP.");
    result->expect =
        "no call to fail. The server has the new key within about a second; a client that meets the old one until then "
        "reports a RETIRING key.";
    return status;
  });
}

absl::StatusOr<LabChange> BreakLab(const std::string& folder, const std::string& what) {
  return Change(folder, [&what](const std::string& path, v1::Lab* lab, LabChange* result) {
    if (absl::Status status = CheckWhole(path, *lab); !status.ok()) return status;
    lab->set_broken(what);
    if (what == kBreakImpostor) return BreakWithImpostor(path, lab, result);
    if (what == kBreakExpired) return BreakWithExpired(path, lab, result);
    if (what == kBreakNoBackup) return BreakWithoutBackup(path, lab, result);
    return BreakByRevoking(path, lab, result);
  });
}

absl::StatusOr<LabChange> HealLab(const std::string& folder) {
  return Change(folder, [](const std::string& /*path*/, v1::Lab* lab, LabChange* result) {
    const std::string was = lab->broken();
    if (was == kBreakNoBackup) NextPinFile(lab);
    Heal(lab);
    result->did = was.empty() ? "Nothing was broken." : absl::StrCat("Fixed: ", was, ".");
    absl::StrAppend(&result->did, " Payments serves ", PaymentsKeyName(lab->served()),
                    ", which is ACTIVE in pins.json (version ", lab->pin_set_version(), ").");
    result->expect = "calls to succeed within about two seconds, also on channels that were refused.";
    return absl::OkStatus();
  });
}

}  // namespace pinion::cli
