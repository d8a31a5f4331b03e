#include "pinion/testing/live_lab.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/wait_until.h"

namespace pinion::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr char kServer[] = "server";
constexpr char kClient[] = "client";

std::string MakeFolder() {
  std::string path = std::filesystem::temp_directory_path() / "pinion-live-lab-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) OrDie<int>(absl::UnavailableError("cannot make " + path));
  return path;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path + ".next") << text;
  std::filesystem::rename(path + ".next", path);
}

void Await(const char* what, const std::function<bool()>& condition) {
  if (WaitUntil(condition, kPatience)) return;
  OrDie<int>(absl::DeadlineExceededError(absl::StrCat("timed out waiting for ", what)));
}

}  // namespace

LiveLab::LiveLab() : folder_(MakeFolder()), server_(lab_.server()), client_(lab_.client()) {
  server_keys_ = {{server_, "ACTIVE"}, {lab_.server_backup(), "BACKUP"}};
  client_keys_ = {{client_, "ACTIVE"}, {Issue(Lab::kClientIdentity), "BACKUP"}};
  WriteParty(kServer, server_);
  WriteParty(kClient, client_);
  PublishPins();
}

LiveLab::~LiveLab() {
  running_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string LiveLab::Serve(grpc::Service* service) {
  WorkloadOptions options = OptionsOf(kServer);
  options.events = lab_.OptionsForServer(lab_.server()).events;
  running_.push_back(std::make_unique<TestServer>(options, std::vector<grpc::Service*>{service}));
  return running_.back()->address();
}

std::shared_ptr<grpc::ChannelInterface> LiveLab::ChannelTo(const std::string& address) {
  WorkloadOptions options = OptionsOf(kClient);
  options.events = lab_.OptionsForClient(lab_.client()).events;
  clients_.push_back(OrDie(Workload::Create(std::move(options))));
  return lab_.CreateChannelTo(address, *clients_.back());
}

WorkloadOptions LiveLab::OptionsOf(const std::string& party) const {
  WorkloadOptions options = OrDie(WorkloadOptions::FromFile(absl::StrCat(folder_, "/", party, "/config.json")));
  options.drain_window = drain_window_;
  return options;
}

void LiveLab::RotateServerKey() {
  for (Pinned& key : server_keys_) {
    if (absl::string_view(key.state) == "ACTIVE") key.state = "RETIRING";
    if (absl::string_view(key.state) == "BACKUP") key.state = "ACTIVE";
  }
  server_keys_.push_back({Issue(Lab::kServerIdentity, Lab::kServerHost), "BACKUP"});
  PublishPins();
  ServeActiveKey();
}

void LiveLab::RevokeServerKey() {
  for (Pinned& key : server_keys_) {
    const bool is_backup = absl::string_view(key.state) == "BACKUP";
    if (key.certificate.SpkiPin() == server_pin()) key.state = "REVOKED";
    if (is_backup) key.state = "ACTIVE";
  }
  server_keys_.push_back({Issue(Lab::kServerIdentity, Lab::kServerHost), "BACKUP"});
  PublishPins();
}

void LiveLab::ServeActiveKey() {
  for (const Pinned& key : server_keys_) {
    if (absl::string_view(key.state) == "ACTIVE") server_ = key.certificate;
  }
  WriteParty(kServer, server_);
  for (const std::unique_ptr<TestServer>& server : running_) {
    server->workload()->Reload();
    // gRPC checks for a new certificate once a second.
    Await("the server's next key", [&] { return PinMetAt(server->address()) == server_pin(); });
  }
}

void LiveLab::RotateClientKey() {
  for (Pinned& key : client_keys_) {
    if (absl::string_view(key.state) == "ACTIVE") key.state = "RETIRING";
    if (absl::string_view(key.state) != "BACKUP") continue;
    key.state = "ACTIVE";
    client_ = key.certificate;
  }
  client_keys_.push_back({Issue(Lab::kClientIdentity), "BACKUP"});
  PublishPins();
  WriteParty(kClient, client_);
  for (const std::shared_ptr<Workload>& client : clients_) client->Reload();
}

IssuedCertificate LiveLab::Issue(const std::string& identity, const std::string& host) const {
  return lab_.ca().Issue(host.empty() ? std::vector<std::string>{identity} : std::vector<std::string>{host, identity});
}

void LiveLab::WriteParty(const std::string& party, const IssuedCertificate& own) const {
  const std::string folder = absl::StrCat(folder_, "/", party);
  std::filesystem::create_directories(folder);
  own.WriteFiles(folder, "own");
  lab_.ca().WriteRootFile(folder);
  Write(folder + "/config.json", absl::StrCat(R"({
  "identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem"},
  "pin_set": {"file": "pins.json"},
  )",
                                              party == kServer ? R"("trust": {"client_roots_file": "ca.pem"},
  "server": {"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "ACCEPT"})"
                                                               : R"("trust": {"server_roots_file": "ca.pem"})",
                                              "\n}\n"));
}

std::string LiveLab::PinFile() const {
  const auto pins = [](const std::vector<Pinned>& keys) {
    return absl::StrJoin(keys, ", ", [](std::string* out, const Pinned& key) {
      absl::StrAppend(out, R"({"spki": ")", key.certificate.SpkiPin(), R"(", "state": ")", key.state, R"("})");
    });
  };
  return absl::StrCat(R"({"version": )", version_, R"(, "peers": [{"name": "server", "hosts": [")", Lab::kServerHost,
                      R"("], "identities": [")", Lab::kServerIdentity, R"("], "pins": [)", pins(server_keys_),
                      R"(]}, {"name": "client", "identities": [")", Lab::kClientIdentity, R"("], "pins": [)",
                      pins(client_keys_), "]}]}");
}

void LiveLab::PublishPins() {
  ++version_;
  for (const char* party : {kServer, kClient}) Write(absl::StrCat(folder_, "/", party, "/pins.json"), PinFile());
  std::vector<std::shared_ptr<Workload>> workloads = clients_;
  for (const std::unique_ptr<TestServer>& server : running_) workloads.push_back(server->workload());
  for (const std::shared_ptr<Workload>& workload : workloads) {
    workload->Reload();
    const WorkloadStatus status = workload->Status();
    if (status.pin_set_version != version_) OrDie<int>(status.pin_set.error);
  }
}

std::string LiveLab::PinMetAt(const std::string& address) const {
  WorkloadOptions options = OptionsOf(kClient);
  const auto sink = std::make_shared<RecordingSink>();
  options.events = sink;
  lab_.ChannelTo(address, options)->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(5));
  const std::vector<HandshakeEvent> handshakes = sink->handshakes();
  return handshakes.empty() ? "" : handshakes.back().presented_pin;
}

}  // namespace pinion::testing
