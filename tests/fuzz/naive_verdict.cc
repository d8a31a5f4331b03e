#include "tests/fuzz/naive_verdict.h"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/x509/tolerated_faults.h"

namespace pinion::fuzz {
namespace {

struct Deleter {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

Owned<X509> Parse(const std::string& der) {
  const auto* next = reinterpret_cast<const unsigned char*>(der.data());
  return Owned<X509>(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
}

std::string Base64OfSha256(const unsigned char* bytes, size_t size) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes, size, digest);
  unsigned char text[64];
  return std::string(reinterpret_cast<char*>(text), EVP_EncodeBlock(text, digest, sizeof(digest)));
}

std::string SpkiPin(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  std::string pin = absl::StrCat("sha256/", Base64OfSha256(der, size > 0 ? size : 0));
  OPENSSL_free(der);
  return pin;
}

std::string CertificatePin(const std::string& der) {
  return absl::StrCat("sha256/", Base64OfSha256(reinterpret_cast<const unsigned char*>(der.data()), der.size()));
}

// The path, leaf first; empty where OpenSSL's strict check finds none.
std::vector<std::string> SpkiPinsInThisOrder(const Handshake& handshake, X509* leaf) {
  const Owned<X509_STORE> store(X509_STORE_new());
  for (const std::string& root : handshake.surroundings->roots) X509_STORE_add_cert(store.get(), Parse(root).get());
  const Owned<STACK_OF(X509)> untrusted(sk_X509_new_null());
  for (const std::string& other : handshake.presented.others) {
    if (Owned<X509> parsed = Parse(other); parsed != nullptr) sk_X509_push(untrusted.get(), parsed.release());
  }
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf, untrusted.get());
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(parameters,
                              X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(
      parameters, handshake.role == PeerRole::kServer ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(handshake.now));
  X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy));
  X509_STORE_CTX_set_verify_cb(context.get(), &x509::PassOverTheTolerated);
  std::vector<std::string> pins;
  if (X509_verify_cert(context.get()) != 1 || X509_check_ca(leaf) != 0) return pins;
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; i < sk_X509_num(chain); ++i) pins.push_back(SpkiPin(sk_X509_value(chain, i)));
  return pins;
}

// OpenSSL takes the first issuer that fits; where that leads to no root, another order may.
std::vector<std::string> SpkiPinsOfPath(Handshake handshake, X509* leaf) {
  std::vector<std::string>& others = handshake.presented.others;
  std::vector<std::string> pins = SpkiPinsInThisOrder(handshake, leaf);
  for (size_t turn = 1; turn < others.size() && pins.empty(); ++turn) {
    std::rotate(others.begin(), others.begin() + 1, others.end());
    pins = SpkiPinsInThisOrder(handshake, leaf);
  }
  return pins;
}

// The dNSNames or the URIs.
std::multiset<std::string> NamesOf(const X509* leaf, int type) {
  std::multiset<std::string> names;
  const Owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != type) continue;
    names.insert(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.ia5)),
                             ASN1_STRING_length(name->d.ia5)));
  }
  return names;
}

bool HasIdentity(const v1::Peer& peer, const std::multiset<std::string>& uris) {
  return std::any_of(peer.identities().begin(), peer.identities().end(),
                     [&uris](const std::string& identity) { return uris.count(identity) > 0; });
}

bool IsForHost(X509* leaf, const std::string& dialled) {
  std::string host = dialled;
  if (!host.empty() && host.back() == '.') host.pop_back();
  if (X509_check_ip_asc(leaf, host.c_str(), 0) == 1) return true;
  return X509_check_host(leaf, host.data(), host.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

// X509-SVID: a certificate with a SPIFFE ID has no other URI, and the ID names a workload.
bool KeepsSpiffeRules(const X509* leaf) {
  static const auto* const scheme = new std::regex("spiffe:[^]*", std::regex::icase);
  static const auto* const rule = new std::regex("spiffe://[a-z0-9._-]{1,255}(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)+");
  const std::multiset<std::string> uris = NamesOf(leaf, GEN_URI);
  return std::none_of(uris.begin(), uris.end(), [&uris](const std::string& uri) {
    return std::regex_match(uri, *scheme) && (uris.size() > 1 || uri.size() > 2048 || !std::regex_match(uri, *rule));
  });
}

// Whether the name is a host of the peer, as a pattern, or is directly below one of its wildcards.
bool IsAHostOf(const v1::Peer& peer, std::string dns) {
  absl::AsciiStrToLower(&dns);
  if (!dns.empty() && dns.back() == '.') dns.pop_back();
  const size_t dot = dns.find('.');
  return std::any_of(peer.hosts().begin(), peer.hosts().end(), [&](const std::string& host) {
    return host == dns || (dot != 0 && dot != std::string::npos && host == "*" + dns.substr(dot));
  });
}

// The peers that a client's names belong to.
std::vector<const v1::Peer*> PeersOf(const X509* leaf, const v1::PinSet& pins) {
  std::vector<const v1::Peer*> peers;
  const std::multiset<std::string> dns = NamesOf(leaf, GEN_DNS);
  for (const v1::Peer& peer : pins.peers()) {
    const bool by_host =
        std::any_of(dns.begin(), dns.end(), [&peer](const std::string& name) { return IsAHostOf(peer, name); });
    if (by_host || HasIdentity(peer, NamesOf(leaf, GEN_URI))) peers.push_back(&peer);
  }
  return peers;
}

bool PinHolds(const v1::Pin& pin, const std::string& leaf, const std::vector<std::string>& path, absl::Time now) {
  if (pin.state() == v1::REVOKED) return false;
  if (pin.has_not_before() && now < absl::FromUnixSeconds(pin.not_before().seconds())) return false;
  if (pin.has_not_after() && now >= absl::FromUnixSeconds(pin.not_after().seconds())) return false;
  if (pin.has_issuer_spki()) return std::count(path.begin() + 1, path.end(), pin.issuer_spki()) > 0;
  return pin.has_spki() ? pin.spki() == path.front() : pin.certificate() == CertificatePin(leaf);
}

bool NoneRevoked(const v1::PinSet& pins, const std::vector<std::string>& path) {
  for (const v1::Peer& peer : pins.peers()) {
    for (const v1::Pin& pin : peer.pins()) {
      const std::string& spki = pin.has_spki() ? pin.spki() : pin.issuer_spki();
      if (pin.state() == v1::REVOKED && std::count(path.begin(), path.end(), spki) > 0) return false;
    }
  }
  return true;
}

}  // namespace

NaiveVerdict JudgeNaively(const Handshake& handshake) {
  NaiveVerdict verdict;
  const v1::PinSet& pins = handshake.surroundings->pins;
  const Owned<X509> leaf = Parse(handshake.presented.leaf);
  verdict.leaf_parses = leaf != nullptr;
  if (leaf == nullptr) return verdict;
  verdict.leaf_revoked = !NoneRevoked(pins, {SpkiPin(leaf.get())});
  const std::vector<std::string> path = SpkiPinsOfPath(handshake, leaf.get());
  verdict.path_holds =
      !path.empty() && (X509_get_key_usage(leaf.get()) & KU_DIGITAL_SIGNATURE) != 0 && KeepsSpiffeRules(leaf.get());
  const v1::Peer* peer = nullptr;
  if (handshake.role == PeerRole::kServer) {
    if (handshake.dialled_peer >= 0) peer = &pins.peers(handshake.dialled_peer);
    verdict.name_holds = peer != nullptr && IsForHost(leaf.get(), handshake.host) &&
                         (peer->identities().empty() || HasIdentity(*peer, NamesOf(leaf.get(), GEN_URI)));
  } else {
    const std::vector<const v1::Peer*> named = PeersOf(leaf.get(), pins);
    const bool has_name = !NamesOf(leaf.get(), GEN_URI).empty() || !NamesOf(leaf.get(), GEN_DNS).empty();
    if (named.size() == 1) peer = named.front();
    verdict.name_holds =
        peer != nullptr || (named.empty() && has_name && handshake.surroundings->unlisted_clients == v1::ACCEPT);
  }
  if (verdict.path_holds) {
    verdict.none_revoked = NoneRevoked(pins, path);
    verdict.pin_holds = peer == nullptr;
    for (const v1::Pin& pin : (peer == nullptr ? v1::Peer::default_instance() : *peer).pins()) {
      verdict.pin_holds = verdict.pin_holds || PinHolds(pin, handshake.presented.leaf, path, handshake.now);
    }
  }
  verdict.is_report_only = peer != nullptr && peer->has_report_only_until() &&
                           handshake.now < absl::FromUnixSeconds(peer->report_only_until().seconds());
  ERR_clear_error();
  return verdict;
}

}  // namespace pinion::fuzz
