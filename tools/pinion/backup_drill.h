// A rehearsal of the day that a BACKUP is needed: its key is served, and a peer with the pin file decides.
#ifndef PINION_TOOLS_PINION_BACKUP_DRILL_H_
#define PINION_TOOLS_PINION_BACKUP_DRILL_H_

#include <string>

#include "absl/status/status.h"
#include "pinion/pin/pin_set.h"
#include "pinion/x509/key.h"
#include "pinion/x509/pki/certificate_request.h"

namespace pinion::cli {

// Has a CA of its own issue a certificate for the request, and makes one call over loopback. If the peer has hosts, it
// serves with the certificate and the key, and a client with the pin file `pins_text` dials the first host; otherwise
// it calls with them, and a server with the pin file decides. FailedPrecondition, with the reason, if the key is not
// that of the request, or if the other side does not accept it as a BACKUP of the peer. Blocks for up to 10 s.
absl::Status DrillBackup(const std::string& pins_text, const Peer& peer, const x509::CertificateRequest& request,
                         const x509::PrivateKey& key);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_BACKUP_DRILL_H_
