#include "tests/soak/site.h"

#include <grpcpp/support/channel_arguments.h>

#include <utility>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"
#include "pinion/x509/key.h"

namespace pinion::soak {
namespace {

using testing::Lab;
using testing::OrDie;

bool IsInEffect(const Party& party, const Workload& workload) {
  const WorkloadStatus status = workload.Status();
  const SourceStatus& roots = status.client_roots.has_value() ? *status.client_roots : *status.server_roots;
  return status.pin_set_version == party.version && status.pin_set.error.ok() && roots.generation == party.roots &&
         roots.error.ok() && status.identity.generation == party.generation && status.identity.error.ok() &&
         (party.policy == 0 || (status.policy->generation == party.policy && status.policy->error.ok()));
}

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> TryToOpenChannelOf(const Workload& workload,
                                                                           const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, Lab::kServerHost);
  return workload.CreateChannel(address, arguments);
}

}  // namespace

void Party::ChangePins(const Pins& server, const Pins& client, Manner manner) {
  folder.Change({{kPins, PinFile(++version, server, client)}}, manner);
}

void Party::ChangeIdentity(const Texts& texts, Manner manner) {
  ++generation;
  folder.Change(texts, manner);
}

void Party::ChangeRoots(const std::string& pem, Manner manner) {
  ++roots;
  folder.Change({{kRoots, pem}}, manner);
}

void Party::ChangePolicy(Manner manner) {
  ++policy;
  folder.Change({{kPolicy, PolicyFile(policy)}}, manner);
}

bool Party::AwaitInEffect() const {
  for (const std::shared_ptr<Workload>& workload : workloads) {
    if (!testing::WaitUntil([&] { return IsInEffect(*this, *workload); }, kPatience)) return false;
  }
  return true;
}

Site::Site(const std::filesystem::path& folder, int channels, bool with_journals)
    : first_server(IssueServer(ca)),
      first_client(IssueClient(ca)),
      server{PartyFolder(folder / "server", {}, /*serves=*/true),
             kFirstVersion,
             /*generation=*/1,
             /*roots=*/1,
             /*policy=*/1,
             {},
             {}},
      client{PartyFolder(folder / "client", {}, /*serves=*/false),
             kFirstVersion,
             /*generation=*/1,
             /*roots=*/1,
             /*policy=*/0,
             {},
             {}} {
  const std::string pins = PinFile(server.version, {{first_server.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}},
                                   {{first_client.SpkiPin(), "ACTIVE"}, {SparePin(), "BACKUP"}});
  for (const auto& [party, own] : {std::pair{&server, &first_server}, std::pair{&client, &first_client}}) {
    Texts texts = IdentityTexts(*own);
    texts[kRoots] = ca.RootPem();
    texts[kPins] = pins;
    if (party->policy > 0) texts[kPolicy] = PolicyFile(party->policy);
    party->folder.Change(texts, Manner::kRename);
  }
  const auto options_of = [with_journals](Party* party) {
    WorkloadOptions options = OrDie(WorkloadOptions::FromFile(party->folder.config()));
    options.events = party->journals.emplace_back(with_journals ? std::make_shared<Journal>() : nullptr);
    return options;
  };
  echo_ = std::make_unique<testing::EchoServer>(options_of(&server));
  server.workloads.push_back(echo_->workload());
  address_ = echo_->address();
  for (int i = 0; i < channels; ++i) {
    client.workloads.push_back(OrDie(Workload::Create(options_of(&client))));
    channels_.push_back(OpenChannel(address_, *client.workloads.back()));
  }
}

testing::IssuedCertificate IssueServer(const testing::TestCa& ca) {
  return ca.Issue({Lab::kServerHost, Lab::kServerIdentity});
}

testing::IssuedCertificate IssueClient(const testing::TestCa& ca) { return ca.Issue({Lab::kClientIdentity}); }

std::string SparePin() { return x509::ToPinText(OrDie(x509::PrivateKey::GenerateEc("P-256")).spki_digest()); }

absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> TryToOpenChannel(const std::string& address,
                                                                         const WorkloadOptions& options) {
  const absl::StatusOr<std::shared_ptr<Workload>> workload = Workload::Create(options);
  if (!workload.ok()) return workload.status();
  return TryToOpenChannelOf(**workload, address);
}

std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const WorkloadOptions& options) {
  return OrDie(TryToOpenChannel(address, options));
}

std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const Workload& workload) {
  return OrDie(TryToOpenChannelOf(workload, address));
}

Probe ProbeAs(const std::string& address, const testing::IssuedCertificate& client, const std::string& roots,
              const std::string& pin_file) {
  WorkloadOptions options;
  options.certificate = DataSource::Text(client.CertificatePem());
  options.private_key = DataSource::Text(client.PrivateKeyPem());
  options.server_roots = DataSource::Text(roots);
  options.pin_set = DataSource::Text(pin_file);
  const auto journal = std::make_shared<Journal>();
  options.events = journal;
  Probe probe;
  probe.ok = testing::Echo(OpenChannel(address, options)).ok();
  for (const Entry<HandshakeEvent>& entry : journal->handshakes()) {
    if (entry.event.reason == v1::ACCEPTED) probe.presented_pin = entry.event.presented_pin;
  }
  return probe;
}

}  // namespace pinion::soak
