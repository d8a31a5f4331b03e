// The desired state of a laboratory, in its folder, and the operations that change it.
#ifndef PINION_TOOLS_PINION_LAB_STATE_H_
#define PINION_TOOLS_PINION_LAB_STATE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/v1/lab.pb.h"

namespace pinion::cli {

// The hosts that clients dial. A host belongs to one peer, so the second service is dialled by an address.
inline constexpr char kPaymentsHost[] = "localhost";
inline constexpr char kLedgerHost[] = "127.0.0.2";

// What `pinion lab break` breaks.
inline constexpr char kBreakImpostor[] = "impostor";
inline constexpr char kBreakExpired[] = "expired";
inline constexpr char kBreakNoBackup[] = "no-backup";
inline constexpr char kBreakRevoke[] = "revoke";

// "payments-2".
std::string PaymentsKeyName(uint32_t number);
// The number of payments' key in this state; there is always an ACTIVE and a BACKUP key.
uint32_t KeyInState(const v1::Lab& lab, v1::PinState state);
// The pin of pki/NAME.pem.
absl::StatusOr<std::string> PinOf(const std::string& folder, const std::string& name);

// The folder's lab.json.
absl::StatusOr<v1::Lab> LoadLab(const std::string& folder);

// Makes payments' first two keys: one ACTIVE and served, one BACKUP.
absl::Status MakeFirstKeys(const std::string& folder, v1::Lab* lab);
// Each of these changes *lab only, and makes the key that it needs.
// The old key is RETIRING, the backup ACTIVE and served, and there is a new BACKUP.
absl::Status Rotate(const std::string& folder, v1::Lab* lab);
// The served key is REVOKED and still served, the backup ACTIVE, and there is a new BACKUP.
absl::Status Revoke(const std::string& folder, v1::Lab* lab);
// Makes pki/expired.pem: a certificate that expired yesterday, with the names and key of the one that payments serves.
absl::Status MakeExpired(const std::string& folder, const v1::Lab& lab);
// Serves the ACTIVE key, and breaks nothing.
void Heal(v1::Lab* lab);

// Writes the state of *lab to the folder: pins.json, payments' certificate and key, curl.conf, and finally lab.json. A
// file is replaced atomically, and only if it changes.
absl::Status Apply(const std::string& folder, const v1::Lab& lab);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_STATE_H_
