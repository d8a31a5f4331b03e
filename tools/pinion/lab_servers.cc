#include "tools/pinion/lab_servers.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdio>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/output_file.h"
#include "pinion/event_log.h"
#include "tools/pinion/development_ca.h"
#include "tools/pinion/lab_state.h"

namespace pinion::cli {
namespace {

constexpr char kLoopback[] = "127.0.0.1";
constexpr char kPayments[] = "payments";

}  // namespace

grpc::Status StrangersEcho::UnaryEcho(grpc::ServerContext* /*context*/, const v1::EchoRequest* request,
                                      v1::EchoResponse* response) {
  constexpr size_t kShown = 60;
  std::fputs(absl::StrCat(name_, ": received from a client that checks no pin: \"",
                          absl::CHexEscape(request->message().substr(0, kShown)), "\"\n")
                 .c_str(),
             stderr);
  response->set_message(request->message());
  return grpc::Status::OK;
}

absl::StatusOr<std::unique_ptr<LabServer>> LabServer::OfService(const std::string& folder, const std::string& name,
                                                                const std::string& address, int port) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(absl::StrCat(folder, "/", name, ".json"));
  if (!options.ok()) return options.status();
  options->events = std::make_shared<EventLog>(EventLogOptions{LogFormat::kText, name + ": ", stderr});
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(*std::move(options));
  if (!workload.ok()) return workload.status();
  grpc::ServerBuilder builder;
  absl::StatusOr<std::unique_ptr<Listener>> listener = (*workload)->Listen(builder, absl::StrCat(address, ":", port));
  if (!listener.ok()) return listener.status();
  auto server = std::unique_ptr<LabServer>(new LabServer());
  server->listener_ = *std::move(listener);
  server->port_ = server->listener_->port();
  server->service_ = std::make_unique<EchoService>();
  builder.RegisterService(server->service_.get());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) return absl::UnavailableError(absl::StrCat("cannot start ", name));
  return server;
}

absl::StatusOr<std::unique_ptr<LabServer>> LabServer::OfStranger(const std::string& folder, const std::string& name,
                                                                 const std::string& address, int port) {
  const std::string pki = folder + "/pki";
  const absl::StatusOr<std::string> certificate = ReadFile(CertificatePath(pki, name));
  if (!certificate.ok()) return certificate.status();
  const absl::StatusOr<std::string> key = ReadFile(KeyPath(pki, name));
  if (!key.ok()) return key.status();
  const absl::StatusOr<std::string> roots = ReadFile(CertificatePath(pki, kRootName));
  if (!roots.ok()) return roots.status();
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = *roots;
  options.pem_key_cert_pairs.push_back({*key, *certificate});
  auto server = std::unique_ptr<LabServer>(new LabServer());
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat(address, ":", port), grpc::SslServerCredentials(options), &server->port_);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  server->service_ = std::make_unique<StrangersEcho>(name);
  builder.RegisterService(server->service_.get());
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || server->port_ == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ":", port));
  }
  return server;
}

LabServer::~LabServer() {
  if (listener_ != nullptr) listener_->Stop();
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
}

absl::Status LabServers::Start(v1::Lab* lab) {
  if (absl::Status status = Hold(kPayments, 0); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<LabServer>> ledger = LabServer::OfService(folder_, "ledger", kLedgerHost, 0);
  if (!ledger.ok()) return ledger.status();
  ledger_ = *std::move(ledger);
  absl::StatusOr<std::unique_ptr<LabServer>> impostor = LabServer::OfStranger(folder_, kBreakImpostor, kLoopback, 0);
  if (!impostor.ok()) return impostor.status();
  impostor_ = *std::move(impostor);
  lab->set_payments_port(payments_->port());
  lab->set_ledger_port(ledger_->port());
  lab->set_impostor_port(impostor_->port());
  return absl::OkStatus();
}

absl::Status LabServers::Follow(const v1::Lab& lab) {
  const std::string holder = HolderOf(lab);
  if (holder == holder_) return absl::OkStatus();
  return Hold(holder, static_cast<int>(lab.payments_port()));
}

absl::Status LabServers::Hold(const std::string& holder, int port) {
  payments_.reset();
  absl::StatusOr<std::unique_ptr<LabServer>> next = holder == kPayments
                                                        ? LabServer::OfService(folder_, holder, kLoopback, port)
                                                        : LabServer::OfStranger(folder_, holder, kLoopback, port);
  if (!next.ok()) return next.status();
  payments_ = *std::move(next);
  holder_ = holder;
  return ReplaceFile(folder_ + "/holder", holder).status();
}

std::string HolderOf(const v1::Lab& lab) {
  return lab.broken() == kBreakImpostor || lab.broken() == kBreakExpired ? lab.broken() : kPayments;
}

}  // namespace pinion::cli
