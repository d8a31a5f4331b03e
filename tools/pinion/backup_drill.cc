#include "tools/pinion/backup_drill.h"

#include <grpcpp/client_context.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/mutex.h"
#include "pinion/base/socket_address.h"
#include "pinion/echo/echo_service.h"
#include "pinion/workload.h"
#include "pinion/x509/pki/recipe.h"

namespace pinion::cli {
namespace {

// Of the other side; no pin file has them.
constexpr char kOtherHost[] = "backup-drill.invalid";
constexpr auto kDeadline = std::chrono::seconds(10);

// Keeps the last verdict.
class LastVerdict final : public EventSink {
 public:
  void OnHandshake(const HandshakeEvent& event) override {
    const MutexLock lock(mutex_);
    event_ = event;
  }
  std::optional<HandshakeEvent> event() const {
    const MutexLock lock(mutex_);
    return event_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<HandshakeEvent> event_ ABSL_GUARDED_BY(mutex_);
};

// A party of the drill, as PEM.
struct Party {
  std::string certificate;
  std::string key;
};

// The pin file of the other side, which lists it alone.
std::string OtherPins(const x509::PrivateKey& key, const x509::PrivateKey& backup) {
  return absl::StrCat(R"({"version": 1, "peers": [{"name": "drill", "hosts": [")", kOtherHost,
                      R"("], "pins": [{"spki": ")", x509::ToPinText(key.spki_digest()),
                      R"(", "state": "ACTIVE"}, {"spki": ")", x509::ToPinText(backup.spki_digest()),
                      R"(", "state": "BACKUP"}]}]})");
}

x509::CertificateRecipe RecipeFor(const x509::CertificateRequest& request, const std::string& name, absl::Time now) {
  x509::CertificateRecipe recipe = x509::LeafRecipe(name, {}, now);
  recipe.dns = request.names.dns;
  recipe.uris = request.names.uris;
  for (const std::string& address : request.names.addresses) recipe.addresses.push_back(AddressText(address));
  return recipe;
}

struct Drill {
  std::string roots;
  Party backup;
  Party other;
  std::string other_pins;
};

absl::StatusOr<Drill> Prepare(const Peer& peer, const x509::CertificateRequest& request, const x509::PrivateKey& key) {
  const absl::Time now = absl::Now();
  const auto ca_key = x509::PrivateKey::GenerateEc("P-256");
  const auto other_key = x509::PrivateKey::GenerateEc("P-256");
  const auto spare_key = x509::PrivateKey::GenerateEc("P-256");
  for (const auto* made : {&ca_key, &other_key, &spare_key}) {
    if (!made->ok()) return made->status();
  }
  const auto ca_der = x509::IssueCertificate(x509::CaRecipe("Drill CA", now), *ca_key, nullptr);
  if (!ca_der.ok()) return ca_der.status();
  const auto ca = x509::Certificate::FromDer(*ca_der);
  if (!ca.ok()) return ca.status();
  const x509::Issuer issuer = {*ca, *ca_key};
  const auto leaf = x509::IssueCertificate(RecipeFor(request, peer.name, now), key, &issuer);
  if (!leaf.ok()) return leaf.status();
  const auto other = x509::IssueCertificate(x509::LeafRecipe("drill", {kOtherHost}, now), *other_key, &issuer);
  if (!other.ok()) return other.status();
  return Drill{x509::EncodePem(*ca_der),
               {x509::EncodePem(*leaf), key.ToPem()},
               {x509::EncodePem(*other), other_key->ToPem()},
               OtherPins(*other_key, *spare_key)};
}

WorkloadOptions OptionsOf(const Party& party, const std::string& roots, const std::string& pins, bool serves) {
  WorkloadOptions options;
  options.certificate = DataSource::Text(party.certificate);
  options.private_key = DataSource::Text(party.key);
  options.pin_set = DataSource::Text(pins);
  (serves ? options.client_roots : options.server_roots) = DataSource::Text(roots);
  if (!serves) return options;
  options.server.emplace();
  options.server->unlisted_clients = v1::ACCEPT;
  options.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  return options;
}

grpc::Status CallOnce(const std::shared_ptr<grpc::ChannelInterface>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("drill");
  return v1::Echo::NewStub(channel)->UnaryEcho(&context, request, &response);
}

// One call from a client to a server with these options.
absl::Status Call(const WorkloadOptions& server_options, const WorkloadOptions& client_options,
                  const std::string& host) {
  const auto server_workload = Workload::Create(server_options);
  if (!server_workload.ok()) return server_workload.status();
  const auto client_workload = Workload::Create(client_options);
  if (!client_workload.ok()) return client_workload.status();
  EchoService service;
  grpc::ServerBuilder builder;
  builder.RegisterService(&service);
  const auto listener = (*server_workload)->Listen(builder, "127.0.0.1:0");
  if (!listener.ok()) return listener.status();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return absl::UnavailableError("the server of the drill does not start");
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, host);
  const auto channel =
      (*client_workload)->CreateChannel(absl::StrCat("ipv4:127.0.0.1:", (*listener)->port()), arguments);
  if (!channel.ok()) return channel.status();
  const grpc::Status status = CallOnce(*channel);
  server->Shutdown(std::chrono::system_clock::now());
  return status.ok() ? absl::OkStatus() : absl::FailedPreconditionError(status.error_message());
}

// The first host, with a label for the star of a wildcard.
std::string HostOf(const Peer& peer) {
  const x509::HostPattern& first = peer.hosts.front();
  return first.is_wildcard() ? absl::StrCat("drill", first.text().substr(1)) : first.text();
}

}  // namespace

absl::Status DrillBackup(const std::string& pins_text, const Peer& peer, const x509::CertificateRequest& request,
                         const x509::PrivateKey& key) {
  if (key.spki_digest() != request.spki_digest) {
    return absl::FailedPreconditionError(absl::StrCat("the request is by ", x509::ToPinText(request.spki_digest),
                                                      ", and the private key is that of ",
                                                      x509::ToPinText(key.spki_digest())));
  }
  const absl::StatusOr<Drill> drill = Prepare(peer, request, key);
  if (!drill.ok()) return drill.status();
  const bool serves = !peer.hosts.empty();
  const auto verdict = std::make_shared<LastVerdict>();
  WorkloadOptions backup = OptionsOf(drill->backup, drill->roots, drill->other_pins, serves);
  WorkloadOptions other = OptionsOf(drill->other, drill->roots, pins_text, !serves);
  other.events = verdict;
  // The side that holds the backup must accept the other one, which its own pin file lists.
  const absl::Status called = serves ? Call(backup, other, HostOf(peer)) : Call(other, backup, kOtherHost);
  const std::optional<HandshakeEvent> event = verdict->event();
  if (event.has_value() && event->reason != v1::ACCEPTED) return absl::FailedPreconditionError(event->text);
  if (!called.ok()) return called;
  if (event.has_value() && event->matched_state == v1::BACKUP && event->peer == peer.name) return absl::OkStatus();
  return absl::FailedPreconditionError("the peer was accepted, but not by this BACKUP");
}

}  // namespace pinion::cli
