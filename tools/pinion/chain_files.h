// Loads what a chain is judged from out of files.
#ifndef PINION_TOOLS_PINION_CHAIN_FILES_H_
#define PINION_TOOLS_PINION_CHAIN_FILES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/handshake/peer_verifier.h"

namespace pinion::cli {

// Each accepts ReadInput's arguments, and its errors name the file.

// A certificate and its intermediates, PEM, with or without their private key; or one DER certificate.
absl::StatusOr<PresentedChain> ReadChain(const std::string& file);
// The refusal of a chain that is too long for TLS, which therefore never reaches the verifier of a live connection;
// empty if TLS can carry it.
std::optional<Verdict> RefusalByTls(const PresentedChain& chain);
// CA certificates in PEM.
absl::StatusOr<x509::TrustRoots> ReadRoots(const std::string& file);
absl::StatusOr<std::shared_ptr<const PinSet>> ReadPinSet(const std::string& file);

// A substitute for a pin file that lists exactly this key for this host, so that everything except the key is judged.
absl::StatusOr<std::shared_ptr<const PinSet>> PinSetForAnyKey(const PresentedChain& chain, const std::string& host);
// Removes the peer and the pin of such a pin set from the verdict.
void ForgetAnyKey(Verdict* verdict);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHAIN_FILES_H_
