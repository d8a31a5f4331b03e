#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/handshake/own_key.h"
#include "tools/pinion/checks.h"
#include "tools/pinion/judged_chain.h"

namespace pinion::cli {
namespace {

PeerVerifier VerifierOf(const ConfigFile& config) {
  return PeerVerifier(*config.peer_roots, config.pin_set, config.unlisted_clients);
}

void CheckPair(const ConfigFile& client, const ConfigFile& server, absl::Time now, std::vector<Finding>* findings) {
  const std::string client_file = absl::CHexEscape(client.file);
  const std::string server_file = absl::CHexEscape(server.file);
  const std::string& certificate = server.options.certificate.file();
  const std::vector<HostVerdict> judged = JudgeAsServer(VerifierOf(client), server.identity->chain(), now);
  for (const HostVerdict& one : judged) {
    AddServedBackup(one.verdict, certificate, client.options.pin_set.file(), findings);
    AddVerdict(one.verdict, "SERVER_REFUSED", certificate,
               absl::StrCat("a client with ", client_file, " that dials \"", one.host, "\" would refuse the server of ",
                            server_file),
               findings);
  }
  if (judged.empty()) {
    findings->push_back({Severity::kInfo,
                         "SERVER_UNKNOWN",
                         {certificate},
                         absl::StrCat("the certificate of ", server_file, " is for no host that the pin set of ",
                                      client_file, " lists, so such a client cannot dial it"),
                         "if it is to, add the host to its peer in that pin set"});
  }
  const Verdict verdict = JudgeAsClient(VerifierOf(server), client.identity->chain(), now);
  const std::string& client_certificate = client.options.certificate.file();
  AddServedBackup(verdict, client_certificate, server.options.pin_set.file(), findings);
  AddVerdict(verdict, "CLIENT_REFUSED", client_certificate,
             absl::StrCat("a server with ", server_file, " would refuse the client of ", client_file), findings);
}

// The roots with which users of the pin file judge servers, or clients: those of the configurations that name the pin
// file, or otherwise the given ones together.
std::vector<x509::TrustRoots> RootsFor(const Deployment& deployment, const PinFile& pins, PeerRole judged) {
  std::vector<x509::TrustRoots> all;
  for (const ConfigFile& config : deployment.configs) {
    const bool judges_them = config.is_server == (judged == PeerRole::kClient);
    if (judges_them && config.options.pin_set.file() == pins.file) all.push_back(*config.peer_roots);
  }
  if (!all.empty()) return all;
  if (std::optional<x509::TrustRoots> given = GivenRoots(deployment); given.has_value()) all.push_back(*given);
  return all;
}

bool HasIssuerPin(const std::vector<const Peer*>& peers) {
  return std::any_of(peers.begin(), peers.end(), [](const Peer* peer) {
    return std::any_of(peer->pins.begin(), peer->pins.end(),
                       [](const PeerPin& pin) { return pin.pin.kind == PinKind::kIssuerSpki; });
  });
}

// Without roots there is no path, so only the key is checked.
void CheckKeyAlone(const PinFile& pins, const ChainFile& given, absl::Time now, std::vector<Finding>* findings) {
  const x509::Certificate& leaf = given.chain.front();
  findings->push_back({Severity::kInfo,
                       "NO_ROOTS",
                       {given.file},
                       absl::StrCat("without a CA's certificate nothing but its key is judged by ", pins.file),
                       "give the CA's certificate, too, or the configuration that names it"});
  if (HasIssuerPin(pins.pin_set->FindByNames(leaf.names()))) return;
  std::string warning;
  const absl::Status status = CheckOwnKey(*pins.pin_set, {leaf}, x509::Purpose::kServerAuth, now, &warning);
  if (!status.ok()) findings->push_back(FromError(Severity::kError, "CERTIFICATE_REFUSED", given.file, status));
}

void CheckCertificate(const Deployment& deployment, const PinFile& pins, const ChainFile& given, absl::Time now,
                      std::vector<Finding>* findings) {
  const x509::SubjectAltNames& names = given.chain.front().names();
  const PeerRole role = IsForListedHost(*pins.pin_set, names) ? PeerRole::kServer : PeerRole::kClient;
  const std::vector<x509::TrustRoots> all_roots = RootsFor(deployment, pins, role);
  if (all_roots.empty()) return CheckKeyAlone(pins, given, now, findings);
  const std::string file = absl::CHexEscape(pins.file);
  for (const x509::TrustRoots& roots : all_roots) {
    const PeerVerifier verifier(roots, pins.pin_set, v1::ACCEPT);
    if (role == PeerRole::kServer) {
      for (const HostVerdict& one : JudgeAsServer(verifier, given.chain, now)) {
        AddVerdict(one.verdict, "CERTIFICATE_REFUSED", given.file,
                   absl::StrCat("clients with ", file, " that dial \"", one.host, "\" would refuse it"), findings);
      }
      continue;
    }
    AddVerdict(JudgeAsClient(verifier, given.chain, now), "CERTIFICATE_REFUSED", given.file,
               absl::StrCat("servers with ", file, " would refuse it"), findings);
    if (!pins.pin_set->FindByNames(names).empty()) continue;
    findings->push_back(
        {Severity::kInfo,
         "CERTIFICATE_UNLISTED",
         {given.file},
         absl::StrCat("no peer of ", file, " has a host or an identity of it, which are ", names.ToString()),
         "if it is a peer's, add its names and its pin there"});
  }
}

bool IsFor(const x509::SubjectAltNames& names, const x509::HostPattern& host) {
  if (!host.is_wildcard()) return names.Covers(*x509::HostName::Parse(host.text()));
  return std::any_of(names.dns.begin(), names.dns.end(), [&host](const std::string& dns) {
    const absl::StatusOr<x509::HostName> name = x509::HostName::Parse(dns);
    return name.ok() ? host.Matches(*name) : dns == host.text();
  });
}

void CheckHosts(const PinFile& pins, const std::vector<x509::Certificate>& leaves, std::vector<Finding>* findings) {
  for (size_t i = 0; i < pins.pin_set->peers().size(); ++i) {
    const Peer& peer = pins.pin_set->peers()[i];
    std::vector<std::string> without;
    for (const x509::HostPattern& host : peer.hosts) {
      const bool has_one = std::any_of(leaves.begin(), leaves.end(),
                                       [&host](const x509::Certificate& leaf) { return IsFor(leaf.names(), host); });
      if (!has_one) without.push_back(host.text());
    }
    if (without.empty()) continue;
    findings->push_back({Severity::kInfo, "HOST_WITHOUT_CERTIFICATE",
                         PlaceOf(pins.text, pins.file, absl::StrCat("peers[", i, "].hosts")),
                         absl::StrCat("peer \"", peer.name, "\": no certificate was given for ",
                                      absl::StrJoin(without, ", "), ", so nothing was judged as it"),
                         "give its server's certificate or configuration, too, or ask it with --against"});
  }
}

}  // namespace

void CheckBothSides(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings) {
  for (const ConfigFile& client : deployment.configs) {
    for (const ConfigFile& server : deployment.configs) {
      if (!client.is_server && server.is_server) CheckPair(client, server, now, findings);
    }
  }
}

void CheckCertificates(const Deployment& deployment, absl::Time now, std::vector<Finding>* findings) {
  std::vector<x509::Certificate> leaves;
  for (const ChainFile& given : deployment.chains) leaves.push_back(given.chain.front());
  for (const ConfigFile& config : deployment.configs) {
    if (config.is_server) leaves.push_back(config.identity->certificate());
  }
  for (const PinFile& pins : deployment.pin_files) {
    for (const ChainFile& given : deployment.chains) CheckCertificate(deployment, pins, given, now, findings);
    CheckHosts(pins, leaves, findings);
  }
}

}  // namespace pinion::cli
