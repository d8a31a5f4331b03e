// What a chain is judged from, out of files.
#ifndef PINION_TOOLS_PINION_CHAIN_FILES_H_
#define PINION_TOOLS_PINION_CHAIN_FILES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/handshake/peer_verifier.h"

namespace pinion::cli {

// Each reads what ReadInput reads, and its errors name the file.

// A certificate and its intermediates, PEM, with or without their private key; or one DER certificate.
absl::StatusOr<PresentedChain> ReadChain(const std::string& file);
// PEM.
absl::StatusOr<x509::TrustRoots> ReadRoots(const std::string& file);
absl::StatusOr<std::shared_ptr<const PinSet>> ReadPinSet(const std::string& file);

// In place of a pin file: one that lists this very key for this very host, so that everything else is judged.
absl::StatusOr<std::shared_ptr<const PinSet>> PinSetForAnyKey(const PresentedChain& chain, const std::string& host);
// The peer invented for that is nobody's business.
void ForgetAnyKey(Verdict* verdict);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_CHAIN_FILES_H_
