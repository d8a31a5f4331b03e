#include "pinion/testing/lab.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/server_credentials.h>

#include <chrono>
#include <utility>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/pin_file.h"

namespace pinion::testing {
namespace {

void AddPin(v1::Peer* peer, const std::string& spki, v1::PinState state) {
  v1::Pin* pin = peer->add_pins();
  pin->set_spki(spki);
  pin->set_state(state);
}

}  // namespace

Lab::Lab() {
  pin_set_.set_version(1);
  v1::Peer* server = pin_set_.add_peers();
  server->set_name("server");
  server->add_hosts(kServerHost);
  server->add_identities(kServerIdentity);
  AddPin(server, server_.SpkiPin(), v1::ACTIVE);
  AddPin(server, server_backup_.SpkiPin(), v1::BACKUP);
  v1::Peer* client = pin_set_.add_peers();
  client->set_name("client");
  client->add_identities(kClientIdentity);
  AddPin(client, client_.SpkiPin(), v1::ACTIVE);
  AddPin(client, UnusedPin(), v1::BACKUP);
}

IssuedCertificate Lab::Impostor() const { return ca_.Issue({kServerHost, kServerIdentity}); }

std::string Lab::UnusedPin() const { return ca_.Issue({}).SpkiPin(); }

DataSource Lab::PinSetFor(WorkloadOptions options) const {
  v1::PinSet own = pin_set_;
  own.clear_peers();
  for (const v1::Peer& peer : pin_set_.peers()) {
    v1::PinSet alone;
    alone.set_version(1);
    *alone.add_peers() = peer;
    options.pin_set = DataSource::Text(PinFileText(alone));
    auto workload = Workload::Create(options);
    if (absl::IsFailedPrecondition(workload.status())) continue;  // this peer would refuse the party
    OrDie(std::move(workload));
    *own.add_peers() = peer;
  }
  if (own.peers().empty()) {
    v1::Peer* placeholder = own.add_peers();
    placeholder->set_name("placeholder");
    placeholder->add_hosts("placeholder.invalid");
    AddPin(placeholder, UnusedPin(), v1::ACTIVE);
    AddPin(placeholder, UnusedPin(), v1::BACKUP);
  }
  return DataSource::Text(PinFileText(own));
}

WorkloadOptions Lab::OptionsAs(const IssuedCertificate& as) const {
  WorkloadOptions options;
  options.certificate = DataSource::Text(as.CertificatePem());
  options.private_key = DataSource::Text(as.PrivateKeyPem());
  options.clock = clock_.AsFunction();
  return options;
}

WorkloadOptions Lab::OptionsForServer(const IssuedCertificate& as) const {
  WorkloadOptions options = OptionsAs(as);
  options.client_roots = DataSource::Text(ca_.RootPem());
  options.server.emplace();
  options.server->unlisted_clients = v1::ACCEPT;
  options.server->authorization = v1::ALLOW_EVERY_AUTHENTICATED_PEER;
  options.pin_set = PinSetFor(options);
  options.events = server_events_;
  return options;
}

WorkloadOptions Lab::OptionsForClient(const IssuedCertificate& as) const {
  WorkloadOptions options = OptionsAs(as);
  options.server_roots = DataSource::Text(ca_.RootPem());
  options.pin_set = PinSetFor(options);
  options.events = client_events_;
  return options;
}

std::string Lab::Serve(grpc::Service* service) {
  servers_.push_back(std::make_unique<TestServer>(OptionsForServer(server_), std::vector<grpc::Service*>{service}));
  return servers_.back()->address();
}

std::string Lab::ServeAs(const IssuedCertificate& as, grpc::Service* service) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = ca_.RootPem();
  options.pem_key_cert_pairs.push_back({as.PrivateKeyPem(), as.CertificatePem()});
  servers_.push_back(
      std::make_unique<TestServer>(grpc::SslServerCredentials(options), std::vector<grpc::Service*>{service}));
  return servers_.back()->address();
}

std::shared_ptr<grpc::Channel> Lab::ChannelTo(const std::string& address) const {
  return ChannelTo(address, OptionsForClient(client_));
}

std::shared_ptr<grpc::Channel> Lab::ChannelTo(const std::string& address, const WorkloadOptions& options,
                                              const std::string& host) const {
  return ChannelTo(address, *OrDie(Workload::Create(options)), host);
}

std::shared_ptr<grpc::Channel> Lab::ChannelTo(const std::string& address, const Workload& workload,
                                              const std::string& host) const {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, host);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(address, OrDie(workload.ChannelCredentials()), arguments);
}

std::shared_ptr<grpc::ChannelInterface> Lab::CreateChannelTo(const std::string& address,
                                                             const WorkloadOptions& options) const {
  return CreateChannelTo(address, *OrDie(Workload::Create(options)));
}

std::shared_ptr<grpc::ChannelInterface> Lab::CreateChannelTo(const std::string& address,
                                                             const Workload& workload) const {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, kServerHost);
  return OrDie(workload.CreateChannel(address, arguments));
}

grpc::Status Lab::CallServerWith(const IssuedCertificate& server) const {
  const EchoServer echo(OptionsForServer(server));
  return Echo(ChannelTo(echo.address()));
}

HandshakeEvent Lab::CallClientWith(const IssuedCertificate& client) const {
  const size_t before = server_events_->handshakes().size();
  const EchoServer echo(OptionsForServer(server_));
  Echo(ChannelTo(echo.address(), OptionsForClient(client)));
  return server_events_->WaitForHandshake(before).value_or(HandshakeEvent());
}

grpc::Status Echo(const std::shared_ptr<grpc::ChannelInterface>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message("hello");
  const grpc::Status status = v1::Echo::NewStub(channel)->UnaryEcho(&context, request, &response);
  if (status.ok() && response.message() != "hello") return grpc::Status(grpc::StatusCode::DATA_LOSS, "no echo");
  return status;
}

}  // namespace pinion::testing
