#include "pinion/connection/presented.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pinion/x509/certificate.h"

namespace pinion {
namespace {

absl::Status Malformed(absl::string_view what, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", status.message()));
}

}  // namespace

absl::StatusOr<PresentedChain> DecodePresented(absl::string_view leaf_pem, absl::string_view chain_pem,
                                               const PathCache& seen) {
  PresentedChain presented;
  if (!leaf_pem.empty()) {
    absl::StatusOr<std::vector<std::string>> leaf = x509::DecodePem(leaf_pem);
    if (!leaf.ok()) return Malformed("the certificate", leaf.status());
    presented.leaf = std::move(leaf->front());
  }
  if (chain_pem.empty()) {
    presented.others = seen.IntermediatesFor(presented.leaf);
    return presented;
  }
  absl::StatusOr<std::vector<std::string>> chain = x509::DecodePem(chain_pem);
  if (!chain.ok()) return Malformed("the certificate chain", chain.status());
  presented.others = *std::move(chain);
  // gRPC's clients receive the leaf again as part of the chain, its servers do not. It is not counted as an issuer.
  if (presented.others.front() == presented.leaf) presented.others.erase(presented.others.begin());
  return presented;
}

}  // namespace pinion
