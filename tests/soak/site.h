// A server by Workload::Listen and channels by Workload::CreateChannel, all from files.
#ifndef PINION_TESTS_SOAK_SITE_H_
#define PINION_TESTS_SOAK_SITE_H_

#include <grpcpp/impl/channel_interface.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/testing/echo_server.h"
#include "pinion/testing/test_ca.h"
#include "pinion/testing/test_server.h"
#include "pinion/workload.h"
#include "tests/soak/journal.h"
#include "tests/soak/party_folder.h"

namespace pinion::soak {

// The soak gives up on any step after this time.
inline constexpr absl::Duration kPatience = absl::Seconds(20);

// The first version of the pin files; a lower one is left for the older file.
inline constexpr int64_t kFirstVersion = 2;

// The server, or the clients: their files, and everything in this process that reads them.
struct Party {
  PartyFolder folder;
  int64_t version = kFirstVersion;  // of the pin file
  int64_t generation = 1;           // of the identity
  int64_t roots = 1;                // the generation of the peers' roots
  int64_t policy = 0;               // its number, and its generation; 0 for a client, which has none
  // The readers, and the events that each receives; null where they are not recorded.
  std::vector<std::shared_ptr<Workload>> workloads;
  std::vector<std::shared_ptr<Journal>> journals;

  // Changes the pin file, to the next version.
  void ChangePins(const Pins& server, const Pins& client, Manner manner);
  // One change for the readers, by either manner: until all files are replaced, they keep the old ones.
  void ChangeIdentity(const Texts& texts, Manner manner);
  void ChangeRoots(const std::string& pem, Manner manner);
  // Changes the policy to the one with the next number.
  void ChangePolicy(Manner manner);
  // Whether each reader adopts the last changes before kPatience ends. gRPC itself serves with them within about a
  // second.
  bool AwaitInEffect() const;
};

// For one thread; aborts when it cannot start.
class Site {
 public:
  // Measurements of memory omit the journals, which only grow.
  Site(const std::filesystem::path& folder, int channels, bool with_journals = true);

  const std::string& address() const { return address_; }
  const std::vector<std::shared_ptr<grpc::ChannelInterface>>& channels() const { return channels_; }

  // The CA and the identities at the start.
  const testing::TestCa ca{"Soak CA"};
  const testing::IssuedCertificate first_server;
  const testing::IssuedCertificate first_client;
  Party server;
  Party client;

 private:
  std::unique_ptr<testing::EchoServer> echo_;
  std::string address_;
  std::vector<std::shared_ptr<grpc::ChannelInterface>> channels_;
};

testing::IssuedCertificate IssueServer(const testing::TestCa& ca);
testing::IssuedCertificate IssueClient(const testing::TestCa& ca);
// The pin of an unused key.
std::string SparePin();

// A channel of a workload of its own, which uses the server's host name for the address.
absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> TryToOpenChannel(const std::string& address,
                                                                         const WorkloadOptions& options);
// The same; aborts on failure.
std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const WorkloadOptions& options);
// One more channel of this workload.
std::shared_ptr<grpc::ChannelInterface> OpenChannel(const std::string& address, const Workload& workload);

// The result of one new handshake of a client that reads no file.
struct Probe {
  bool ok = false;            // the whole call
  std::string presented_pin;  // by the server, where the client accepted it
};
Probe ProbeAs(const std::string& address, const testing::IssuedCertificate& client, const std::string& roots,
              const std::string& pin_file);

}  // namespace pinion::soak

#endif  // PINION_TESTS_SOAK_SITE_H_
