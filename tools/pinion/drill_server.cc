// `pinion drill server`: calls the user's server as clients that it should, or should not, accept.
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/file.h"
#include "pinion/base/host_port.h"
#include "tools/pinion/child_process.h"
#include "tools/pinion/drill.h"
#include "tools/pinion/drill/hostile_client.h"
#include "tools/pinion/drill/impostor_server.h"
#include "tools/pinion/drill/server_cases.h"
#include "tools/pinion/drill_folder.h"
#include "tools/pinion/interruption.h"

namespace pinion::cli {
namespace {

using drill::Callers;
using drill::Certified;
using drill::Play;
using drill::Protocol;
using drill::Served;
using drill::ServerCase;
using drill::Target;

constexpr absl::Duration kLook = absl::Milliseconds(20);
constexpr int kFlood = 200;
constexpr char kOutput[] = "server.log";

// The server under test, when the drill has started it.
struct Started {
  std::unique_ptr<DrillFolder> folder;
  std::unique_ptr<ChildProcess> process;
};

std::string PinOf(const x509::PrivateKey& key) { return x509::ToPinText(key.spki_digest()); }

absl::Status Interrupted() { return absl::CancelledError("interrupted; this drill proved nothing"); }

absl::StatusOr<Callers> MakeCallers(const drill::Pki& pki) {
  const std::vector<std::string> names = {drill::kClientIdentity};
  const absl::StatusOr<Certified> legitimate = drill::Issue(&pki.ca, pki.client, names);
  if (!legitimate.ok()) return legitimate.status();
  return Callers{*legitimate, names, pki.ca, pki.stranger, pki.other, pki.revoked};
}

absl::StatusOr<Certified> LoadCertified(const std::string& certificate_file, const std::string& key_file) {
  const absl::StatusOr<std::string> certificates = ReadInput(certificate_file);
  if (!certificates.ok()) return certificates.status();
  const absl::StatusOr<std::string> key_pem = ReadInput(key_file);
  if (!key_pem.ok()) return key_pem.status();
  const absl::StatusOr<std::vector<std::string>> chain =
      x509::DecodePem(*certificates, x509::BesideCertificates::kPrivateKey);
  if (!chain.ok()) return absl::InvalidArgumentError(absl::StrCat(certificate_file, ": ", chain.status().message()));
  const absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(*key_pem);
  if (!key.ok()) return absl::InvalidArgumentError(absl::StrCat(key_file, ": ", key.status().message()));
  const absl::StatusOr<x509::Certificate> leaf = x509::Certificate::FromDer(chain->front());
  if (!leaf.ok()) return absl::InvalidArgumentError(absl::StrCat(certificate_file, ": ", leaf.status().message()));
  if (!key->Matches(*leaf)) {
    return absl::InvalidArgumentError(absl::StrCat(key_file, " is not the key of ", certificate_file));
  }
  return Certified{*key, *chain};
}

// Loads the user's files, for a server that is already running.
absl::StatusOr<Callers> LoadCallers(const ServerDrillOptions& options, const drill::Pki& pki) {
  const absl::StatusOr<Certified> legitimate = LoadCertified(options.certificate_file, options.private_key_file);
  if (!legitimate.ok()) return legitimate.status();
  const absl::StatusOr<x509::Certificate> leaf = x509::Certificate::FromDer(legitimate->chain.front());
  if (!leaf.ok()) return leaf.status();
  std::vector<std::string> names = leaf->names().uris;
  names.insert(names.end(), leaf->names().dns.begin(), leaf->names().dns.end());
  Callers callers = {*legitimate, names, std::nullopt, pki.stranger, pki.other, std::nullopt};
  if (options.ca_certificate_file.empty()) return callers;
  const absl::StatusOr<Certified> ca = LoadCertified(options.ca_certificate_file, options.ca_private_key_file);
  if (!ca.ok()) return ca.status();
  const absl::StatusOr<x509::Certificate> certificate = x509::Certificate::FromDer(ca->chain.front());
  if (!certificate.ok()) return certificate.status();
  callers.ca = x509::Issuer{*certificate, ca->key};
  return callers;
}

absl::Status WriteFiles(const drill::Pki& pki, DrillFolder* folder) {
  const absl::StatusOr<Certified> server = drill::Issue(&pki.ca, pki.server, {drill::kServerHost, "127.0.0.1"});
  if (!server.ok()) return server.status();
  const drill::KnownPins client = {PinOf(pki.client), PinOf(pki.client_backup), ""};
  // No client of the drill uses its other pins.
  const drill::KnownPins former = {PinOf(pki.server), PinOf(pki.server_backup), PinOf(pki.revoked)};
  absl::Status status = folder->WriteIdentity(*server, x509::EncodePem(pki.ca.certificate.der()));
  status.Update(folder->WritePins({{"client", {}, {drill::kClientIdentity}, client},
                                   {"former-client", {}, {drill::kFormerClientIdentity}, former}}));
  status.Update(folder->WriteConfig(/*is_server=*/true));
  return status;
}

// A port without a listener.
absl::StatusOr<int> FreePort() {
  const absl::StatusOr<drill::Listening> listening = drill::ListenOnLoopback();
  if (!listening.ok()) return listening.status();
  close(listening->fd);
  return listening->port;
}

absl::Status AwaitListening(const Target& target, Started* started) {
  const absl::Time deadline = absl::Now() + target.timeout;
  while (!interrupted) {
    const std::optional<int> exit_code = started->process->exit_code();
    const std::string tail = absl::StrCat("\n", started->folder->Tail(kOutput));
    if (exit_code.has_value()) {
      return absl::UnavailableError(absl::StrCat("the server ended with exit code ", *exit_code, tail));
    }
    if (absl::Now() > deadline) {
      return absl::UnavailableError(absl::StrCat("the server did not listen on ", target.host, ":", target.port,
                                                 " within ", absl::FormatDuration(target.timeout), tail));
    }
    const int fd = drill::Dial(target.host, target.port, absl::Now() + kLook);
    if (fd >= 0) return close(fd) == 0 ? absl::OkStatus() : absl::InternalError("cannot close a socket");
    absl::SleepFor(kLook);
  }
  return Interrupted();
}

absl::StatusOr<Started> StartServer(const ServerDrillOptions& options, const drill::Pki& pki, Target* target) {
  absl::StatusOr<std::unique_ptr<DrillFolder>> folder = DrillFolder::Create();
  if (!folder.ok()) return folder.status();
  if (absl::Status status = WriteFiles(pki, folder->get()); !status.ok()) return status;
  const absl::StatusOr<int> port = FreePort();
  if (!port.ok()) return port.status();
  target->host = "127.0.0.1";
  target->port = *port;
  std::map<std::string, std::string> placeholders = (*folder)->Placeholders();
  placeholders.merge(AddressPlaceholders(target->host, *port));
  placeholders.merge(PinPlaceholders({PinOf(pki.client), PinOf(pki.client_backup), ""}));
  absl::StatusOr<std::unique_ptr<ChildProcess>> process =
      ChildProcess::Start(Filled(options.command, placeholders), (*folder)->Path(kOutput));
  if (!process.ok()) return process.status();
  Started started = {*std::move(folder), *std::move(process)};
  if (absl::Status status = AwaitListening(*target, &started); !status.ok()) return status;
  return started;
}

std::string WhatHappened(const Served& served, absl::Duration timeout) {
  if (!served.connected) return "accepted no connection";
  if (!served.denial.empty()) return absl::StrCat("answered with ", served.denial);
  if (served.answered) return "answered the request";
  if (served.silent) return absl::StrCat("neither answered nor closed within ", absl::FormatDuration(timeout));
  const std::string how = served.error.empty() ? "" : absl::StrCat(": ", served.error);
  return absl::StrCat(served.handshake ? "closed after the handshake" : "ended the handshake", how);
}

absl::Status PlayCall(const ServerCase& one, const Callers& callers, const Target& target, CaseResult* result) {
  drill::TlsSide side;
  if (one.present != nullptr) {
    absl::StatusOr<Certified> as = one.present(callers);
    if (!as.ok()) return as.status();
    side.as = *std::move(as);
  }
  side.old_tls = one.protocol == Protocol::kOldTls;
  const absl::StatusOr<Served> served = drill::Call(target, side, one.protocol == Protocol::kPlaintext);
  if (!served.ok()) return served.status();
  result->connections = 1;
  result->handshake_completed = served->handshake && one.protocol != Protocol::kPlaintext;
  result->request = served->answered && served->denial.empty();
  result->accepted = result->request;
  result->happened = WhatHappened(*served, target.timeout);
  return absl::OkStatus();
}

void PlaySlowly(const Target& target, absl::Duration limit, CaseResult* result) {
  const std::optional<absl::Duration> closed = drill::TimeUntilClosed(target, limit);
  result->connections = 1;
  result->accepted = !closed.has_value();
  result->happened =
      closed.has_value()
          ? absl::StrCat("closed after ", absl::FormatDuration(absl::Trunc(*closed, absl::Milliseconds(100))))
          : absl::StrCat("still open after ", absl::FormatDuration(limit));
}

absl::StatusOr<CaseResult> PlayCase(const ServerCase& one, const Callers& callers, const Target& target,
                                    absl::Duration handshake_limit) {
  CaseResult result;
  result.name = one.name;
  result.what = one.what;
  result.legitimate = one.legitimate;
  const absl::Time begin = absl::Now();
  absl::Status status;
  if (one.play == Play::kSlowHandshake) {
    PlaySlowly(target, handshake_limit, &result);
  } else if (one.play == Play::kHalfOpenFlood) {
    const drill::HalfOpenFlood flood(target, kFlood);
    status = PlayCall(one, callers, target, &result);
    result.connections += flood.size();
  } else {
    status = PlayCall(one, callers, target, &result);
  }
  result.took = absl::Now() - begin;
  if (absl::IsFailedPrecondition(status)) {
    result.happened = std::string(status.message());
  } else if (!status.ok()) {
    return status;
  }
  if (interrupted) return Interrupted();
  return result;
}

}  // namespace

absl::StatusOr<DrillReport> DrillServer(const ServerDrillOptions& options) {
  if (options.address.empty() && !Mentions(options.command, {"address", "port"})) {
    return absl::InvalidArgumentError(
        "the command has no {address} or {port}: it would not listen where the drill calls");
  }
  const absl::StatusOr<drill::Pki> pki = drill::Pki::Create();
  if (!pki.ok()) return pki.status();
  Target target;
  target.path = options.path;
  target.timeout = options.timeout;
  target.stop = &interrupted;
  Started started;
  absl::StatusOr<Callers> callers = options.address.empty() ? MakeCallers(*pki) : LoadCallers(options, *pki);
  if (!callers.ok()) return callers.status();
  if (options.address.empty()) {
    absl::StatusOr<Started> made = StartServer(options, *pki, &target);
    if (!made.ok()) return made.status();
    started = *std::move(made);
  } else {
    absl::StatusOr<HostPort> address = ParseHostPort(options.address);
    if (!address.ok()) return address.status();
    target.host = std::move(address->host);
    target.port = address->port;
  }
  target.authority = absl::StrCat(drill::kServerHost, ":", target.port);

  DrillReport report = {"server", options.command, {}};
  for (const ServerCase& one : drill::ServerCases()) {
    if (!report.cases.empty() && !options.cases.empty() && options.cases.count(one.name) == 0) continue;
    PrintProgress(one.name, one.what);
    absl::StatusOr<CaseResult> result = PlayCase(one, *callers, target, options.handshake_limit);
    if (!result.ok()) return result.status();
    report.cases.push_back(*std::move(result));
    if (report.Verdict() == "PROVED_NOTHING") {
      PrintControlFailed(report.cases.front().happened, started.folder == nullptr ? "" : started.folder->Tail(kOutput));
      break;
    }
  }
  return report;
}

}  // namespace pinion::cli
