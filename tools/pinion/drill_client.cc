// `pinion drill client`: starts the user's client once for each legitimate server and each impostor.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/pinion/child_process.h"
#include "tools/pinion/drill.h"
#include "tools/pinion/drill/client_cases.h"
#include "tools/pinion/drill/impostor_server.h"
#include "tools/pinion/drill_folder.h"
#include "tools/pinion/interruption.h"

namespace pinion::cli {
namespace {

using drill::ClientCase;
using drill::ImpostorServer;
using drill::Pki;
using drill::Protocol;
using drill::Visit;

constexpr absl::Duration kLook = absl::Milliseconds(10);
// How long to wait for the connections to end after the client has sent a request or has exited.
constexpr absl::Duration kSettle = absl::Seconds(2);
// Time for the client to reload its changed pin file; the server accepts no connection meanwhile.
constexpr absl::Duration kReload = absl::Seconds(2);

// One case, once.
class Round {
 public:
  Round(const ClientCase& which, const Pki& pki, DrillFolder* folder, const DrillOptions& options)
      : case_(which), pki_(pki), folder_(folder), options_(options) {}

  absl::StatusOr<CaseResult> Play() {
    CaseResult result;
    result.name = case_.name;
    result.what = case_.what;
    result.legitimate = case_.legitimate;
    if (later() && !Mentions(options_.command, {"pins", "config"})) {
      result.happened = "the command takes no {pins} or {config}, files that can change";
      return result;
    }
    const absl::Time begin = absl::Now();
    if (absl::Status status = StartServer(); !status.ok()) return status;
    if (absl::Status status = RunClient(); !status.ok()) return status;
    result.took = absl::Now() - begin;
    result.exit_code = exit_code_;
    Judge(&result);
    server_.reset();
    return result;
  }

 private:
  bool later() const { return case_.pins == drill::PinsGiven::kRemovedLater; }

  absl::Status WritePins(drill::PinsGiven pins) {
    return folder_->WritePins({{"server", {drill::kServerHost}, {}, drill::PinsFor(pins, pki_)}});
  }

  absl::Status StartServer() {
    if (absl::Status status = WritePins(case_.pins); !status.ok()) return status;
    const absl::StatusOr<drill::Certified> as = case_.present(pki_);
    if (!as.ok()) return as.status();
    ImpostorServer::Settings settings;
    settings.side.as = *as;
    settings.side.old_tls = case_.protocol == Protocol::kOldTls;
    settings.side.h2 = case_.protocol != Protocol::kNoH2;
    settings.side.asked_ca = x509::EncodePem(pki_.ca.certificate.der());
    settings.plaintext = case_.protocol == Protocol::kPlaintext;
    if (later()) {
      settings.after_first_request = [this] { static_cast<void>(WritePins(drill::PinsGiven::kRemoved)); };
      settings.pause = kReload;
    }
    absl::StatusOr<std::unique_ptr<ImpostorServer>> server = ImpostorServer::Start(std::move(settings));
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  absl::Status RunClient() {
    std::map<std::string, std::string> placeholders = folder_->Placeholders();
    placeholders.merge(AddressPlaceholders(drill::kServerHost, server_->port()));
    placeholders.merge(PinPlaceholders(drill::PinsFor(case_.pins, pki_)));
    absl::StatusOr<std::unique_ptr<ChildProcess>> client =
        ChildProcess::Start(Filled(options_.command, placeholders), folder_->Path(absl::StrCat(case_.name, ".log")));
    if (!client.ok()) return client.status();
    absl::Time deadline = absl::Now() + options_.timeout;
    bool has_requested = false;
    while (absl::Now() < deadline && !interrupted) {
      exit_code_ = (*client)->exit_code();
      if (exit_code_.has_value()) break;
      if (!has_requested && Requested(JudgedVisits())) {
        has_requested = true;
        deadline = std::min(deadline, absl::Now() + kSettle);
      }
      absl::SleepFor(kLook);
    }
    (*client)->End();
    // Data that the client sent before it ended may still be unread.
    deadline = absl::Now() + kSettle;
    while (absl::Now() < deadline && !interrupted && !AllOver()) absl::SleepFor(kLook);
    return interrupted ? absl::CancelledError("interrupted; this drill proved nothing") : absl::OkStatus();
  }

  static bool Requested(const std::vector<Visit>& visits) {
    return std::any_of(visits.begin(), visits.end(), [](const Visit& visit) { return visit.request; });
  }

  bool AllOver() const {
    const std::vector<Visit> visits = server_->visits();
    return std::all_of(visits.begin(), visits.end(), [](const Visit& visit) { return visit.over; });
  }

  // The visits that decide the case. If the pins change, these are the visits after the first request.
  std::vector<Visit> JudgedVisits() const {
    std::vector<Visit> visits = server_->visits();
    if (!later()) return visits;
    const auto first = std::find_if(visits.begin(), visits.end(), [](const Visit& visit) { return visit.request; });
    visits.erase(visits.begin(), first == visits.end() ? first : first + 1);
    return visits;
  }

  void Judge(CaseResult* result) const {
    const std::vector<Visit> visits = JudgedVisits();
    result->connections = visits.size();
    for (const Visit& visit : visits) {
      result->handshake_completed = result->handshake_completed || visit.handshake;
      result->request = result->request || visit.request;
    }
    if (!visits.empty() || &case_ == &drill::ClientCases().front()) result->accepted = result->request;
    if (visits.empty()) {
      const bool once = later() && Requested(server_->visits());
      result->happened = once ? "it connected only once" : "it never connected";
    } else {
      result->happened = WhatHappened(visits);
    }
    if (!exit_code_.has_value() && !result->request) {
      absl::StrAppend(&result->happened, "; ended by the drill after ", absl::FormatDuration(options_.timeout));
    }
  }

  std::string WhatHappened(const std::vector<Visit>& visits) const {
    const auto request = std::find_if(visits.begin(), visits.end(), [](const Visit& visit) { return visit.request; });
    const Visit& decisive = request == visits.end() ? visits.back() : *request;
    const std::string resumed = decisive.resumed ? ", on a resumed session" : later() ? ", by a new handshake" : "";
    if (decisive.request) return absl::StrCat("sent its request", resumed);
    if (decisive.http2) return absl::StrCat("began HTTP/2, sent no request", resumed);
    if (decisive.handshake) return absl::StrCat("closed after the handshake", resumed);
    if (case_.protocol == Protocol::kPlaintext) return "asked for TLS, sent nothing else";
    return decisive.error.empty() ? "closed in the handshake" : absl::StrCat("ended the handshake: ", decisive.error);
  }

  const ClientCase& case_;
  const Pki& pki_;
  DrillFolder* const folder_;
  const DrillOptions& options_;
  std::unique_ptr<ImpostorServer> server_;
  std::optional<int> exit_code_;
};

}  // namespace

absl::StatusOr<DrillReport> DrillClient(const DrillOptions& options) {
  if (!Mentions(options.command, {"address", "port"})) {
    return absl::InvalidArgumentError("the command has no {address} or {port}: it could not find the drill's servers");
  }
  const absl::StatusOr<Pki> pki = Pki::Create();
  if (!pki.ok()) return pki.status();
  const absl::StatusOr<drill::Certified> client = drill::Issue(&pki->ca, pki->client, {drill::kClientIdentity});
  if (!client.ok()) return client.status();
  const absl::StatusOr<std::unique_ptr<DrillFolder>> folder = DrillFolder::Create();
  if (!folder.ok()) return folder.status();
  absl::Status written = (*folder)->WriteIdentity(*client, x509::EncodePem(pki->ca.certificate.der()));
  written.Update((*folder)->WriteConfig(/*is_server=*/false));
  if (!written.ok()) return written;

  DrillReport report = {"client", options.command, {}};
  for (const ClientCase& one : drill::ClientCases()) {
    if (!report.cases.empty() && !options.cases.empty() && options.cases.count(one.name) == 0) continue;
    PrintProgress(one.name, one.what);
    absl::StatusOr<CaseResult> result = Round(one, *pki, folder->get(), options).Play();
    if (!result.ok()) return result.status();
    report.cases.push_back(*std::move(result));
    if (report.Verdict() == "PROVED_NOTHING") {
      PrintControlFailed(report.cases.front().happened, (*folder)->Tail(absl::StrCat(one.name, ".log")));
      break;
    }
  }
  return report;
}

}  // namespace pinion::cli
