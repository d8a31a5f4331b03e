#include "tools/pinion/chain_files.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/x509/encoding/pem.h"

namespace pinion::cli {
namespace {

// Peers use OpenSSL's default of SSL_CTX_set_max_cert_list. TLS 1.3 precedes each certificate by its length and follows
// it by its extensions' length (RFC 8446 §4.4.2).
constexpr size_t kMostTlsBytes = size_t{100} * 1024;
constexpr size_t kTlsBytesPerCertificate = 5;

absl::Status In(const std::string& file, const absl::Status& status) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", status.message()));
}

}  // namespace

absl::StatusOr<PresentedChain> ReadChain(const std::string& file) {
  absl::StatusOr<std::string> bytes = ReadInput(file);
  if (!bytes.ok()) return bytes.status();
  if (!absl::StrContains(*bytes, "-----BEGIN ")) {
    const std::string form = x509::Certificate::FromDer(*bytes).ok() ? "" : x509::DescribeNonPem(*bytes);
    if (!form.empty())
      return In(file, absl::InvalidArgumentError(absl::StrCat("there is no certificate in it; ", form)));
    return PresentedChain{*std::move(bytes), {}};
  }
  absl::StatusOr<std::vector<std::string>> decoded = x509::DecodePem(*bytes, x509::BesideCertificates::kPrivateKey);
  if (!decoded.ok()) return In(file, decoded.status());
  PresentedChain chain;
  chain.leaf = std::move(decoded->front());
  chain.others.assign(std::make_move_iterator(decoded->begin() + 1), std::make_move_iterator(decoded->end()));
  return chain;
}

std::optional<Verdict> RefusalByTls(const PresentedChain& chain) {
  size_t bytes = chain.leaf.size() + kTlsBytesPerCertificate;
  for (const std::string& other : chain.others) bytes += other.size() + kTlsBytesPerCertificate;
  if (bytes <= kMostTlsBytes) return std::nullopt;
  Verdict refusal;
  refusal.reason = v1::MALFORMED_CERTIFICATE;
  refusal.problem = absl::StrCat("the chain has ", bytes, " bytes in TLS, and peers take ", kMostTlsBytes);
  refusal.next_step = "issue the certificate with fewer names, and send only its intermediates";
  return refusal;
}

absl::StatusOr<x509::TrustRoots> ReadRoots(const std::string& file) {
  const absl::StatusOr<std::string> pem = ReadInput(file);
  if (!pem.ok()) return pem.status();
  absl::StatusOr<x509::TrustRoots> roots = x509::TrustRoots::FromPem(*pem);
  if (!roots.ok()) return In(file, roots.status());
  return roots;
}

absl::StatusOr<std::shared_ptr<const PinSet>> ReadPinSet(const std::string& file) {
  const absl::StatusOr<std::string> text = ReadInput(file);
  if (!text.ok()) return text.status();
  return PinSet::FromJson(*text, file);
}

absl::StatusOr<std::shared_ptr<const PinSet>> PinSetForAnyKey(const PresentedChain& chain, const std::string& host) {
  const absl::StatusOr<x509::Certificate> leaf = x509::Certificate::FromDer(chain.leaf);
  // A malformed leaf is refused before its key is compared with a pin, so any digest will do.
  const x509::Sha256Digest of_leaf = leaf.ok() ? leaf->spki_digest() : x509::Sha256Digest{1};
  v1::PinSet proto;
  proto.set_version(1);
  v1::Peer* peer = proto.add_peers();
  peer->set_name("any-key");
  peer->add_hosts(host.empty() ? "unlisted.invalid" : host);
  v1::Pin* active = peer->add_pins();
  active->set_state(v1::ACTIVE);
  active->set_spki(x509::ToPinText(of_leaf));
  v1::Pin* backup = peer->add_pins();
  backup->set_state(v1::BACKUP);
  backup->set_spki(x509::ToPinText(x509::Sha256Digest()));
  return PinSet::FromProto(proto);
}

void ForgetAnyKey(Verdict* verdict) {
  verdict->peer.clear();
  verdict->matched.reset();
}

}  // namespace pinion::cli
