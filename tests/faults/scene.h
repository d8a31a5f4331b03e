// A server, its clients and two impostors, all from files, under load.
#ifndef PINION_TESTS_FAULTS_SCENE_H_
#define PINION_TESTS_FAULTS_SCENE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/test_ca.h"
#include "pinion/testing/test_server.h"
#include "pinion/workload.h"
#include "tests/faults/serving_process.h"
#include "tests/soak/load.h"
#include "tests/soak/party_folder.h"

namespace pinion::faults {

// A step that takes longer than this has failed.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

struct SceneSettings {
  std::function<void(WorkloadOptions*)> edit_server;
  std::function<void(WorkloadOptions*)> edit_client;
  // One more member of "policy.json", after its rules.
  std::string policy_member;
  // Runs `pinion serve` instead of a server in this process. The faults then affect its files.
  bool serves_from_process = false;
};

// The server, or the clients.
struct Party {
  std::filesystem::path path;
  testing::IssuedCertificate own;
  std::vector<std::string> names;
  soak::PartyFolder files;
  int64_t number = 0;                                // of the last texts, from Next
  absl::Time expires;                                // of the certificate in them
  std::vector<std::shared_ptr<Workload>> workloads;  // none where a process serves
};

// For one thread. Aborts when it cannot start.
class Scene {
 public:
  static constexpr int kChannels = 2;

  Scene(const std::filesystem::path& folder, const SceneSettings& settings);
  ~Scene();

  // Selects the next victim: the server and the clients in turns.
  void TakeTurn();
  Party& victim() { return *victim_; }
  bool victim_serves() const { return victim_ == &server_; }

  // Good files that differ from all before: a renewed certificate, a pin set and a policy of the next number. A caller
  // that writes only some of them makes a part of the change.
  soak::Texts Next();
  // The contents of the victim's files before they were spoilt.
  soak::Texts Current() const;
  // Whether the victim has adopted the last result of Next, and reports no error.
  bool IsInEffect();
  // Whether each reader of the victim's files reports an error; and whether it keeps what it had before Next.
  bool Complains() const;
  bool HasLastGood() const;

  // A call on each live channel, and one on a new connection.
  bool ServesLiveChannels();
  bool ServesNewConnection();
  // Whether two impostors are refused: one with the client's names and another key, and one with the server's names,
  // which a live channel connects to.
  bool RefusesImpostors();
  // Makes this many denied calls on a live channel; false where one was not denied.
  bool AreDenied(int calls);

  // The legitimate client.
  const testing::IssuedCertificate& client() const { return client_.own; }
  // A client that the server accepts, that no pin set lists, and that may call nothing.
  const testing::IssuedCertificate& unlisted_client() const { return unlisted_client_; }
  const std::string& address() const { return address_; }
  const std::filesystem::path& server_folder() const { return server_.path; }
  // The path of the clients' configuration, for a client in another process.
  std::string client_config() const { return client_.files.config(); }
  ServingProcess& process() { return *process_; }
  // Stops the server, in this process or in its own, without a grace period for calls.
  void StopServer();
  void StartServer();
  soak::Load& load() { return *load_; }

 private:
  Party MakeParty(const std::filesystem::path& path, const std::vector<std::string>& names, bool serves) const;
  std::shared_ptr<grpc::ChannelInterface> ChannelFromFiles(const std::string& address);
  soak::Texts TextsOf(Party* party);

  const testing::TestCa ca_{"Faults CA"};
  const SceneSettings settings_;
  const testing::IssuedCertificate unlisted_client_ = ca_.Issue({"spiffe://faults.test/unlisted"});
  const testing::IssuedCertificate false_client_;
  const testing::IssuedCertificate false_server_;
  const std::vector<std::string> spares_;
  Party server_;
  Party client_;
  Party* victim_;
  int64_t good_number_ = 0;  // before Next
  absl::Time good_expires_;
  std::unique_ptr<testing::EchoServer> echo_;
  std::unique_ptr<testing::EchoServer> impostor_;
  std::unique_ptr<ServingProcess> process_;
  std::string address_;
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels_;
  std::shared_ptr<grpc::ChannelInterface> to_impostor_;
  std::unique_ptr<soak::Load> load_;
};

}  // namespace pinion::faults

#endif  // PINION_TESTS_FAULTS_SCENE_H_
