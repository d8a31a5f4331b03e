// The laboratory's servers, in this process.
#ifndef PINION_TOOLS_PINION_LAB_SERVERS_H_
#define PINION_TOOLS_PINION_LAB_SERVERS_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pinion/echo/echo_service.h"
#include "pinion/v1/lab.pb.h"
#include "pinion/workload.h"

namespace pinion::cli {

// Echo under gRPC's own mutual TLS, with whatever certificate there is; says on stderr who was taken in.
class StrangersEcho final : public v1::Echo::Service {
 public:
  explicit StrangersEcho(std::string who) : who_(std::move(who)) {}
  grpc::Status UnaryEcho(grpc::ServerContext* context, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override;

 private:
  const std::string who_;
};

// One server, from construction on; ends what runs when it is destroyed.
class LabServer {
 public:
  // By Pinion, from FOLDER/NAME.json. Port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<LabServer>> OfService(const std::string& folder, const std::string& name,
                                                              const std::string& address, int port);
  // By gRPC alone, with pki/NAME.pem and its key.
  static absl::StatusOr<std::unique_ptr<LabServer>> OfStranger(const std::string& folder, const std::string& name,
                                                               const std::string& address, int port);
  ~LabServer();
  LabServer(const LabServer&) = delete;
  LabServer& operator=(const LabServer&) = delete;

  int port() const { return port_; }

 private:
  LabServer() = default;

  int port_ = 0;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

// All of them: payments and ledger, an impostor of payments at an address of its own; and whoever holds payments'
// address.
class LabServers {
 public:
  explicit LabServers(std::string folder) : folder_(std::move(folder)) {}

  // Starts them on free ports, and notes these in *lab.
  absl::Status Start(v1::Lab* lab);
  // Gives payments' address to whom *lab says, and says that it did: FOLDER/holder has "payments", "impostor" or
  // "expired".
  absl::Status Follow(const v1::Lab& lab);

 private:
  absl::Status Hold(const std::string& holder, int port);

  const std::string folder_;
  std::string holder_;
  std::unique_ptr<LabServer> payments_;
  std::unique_ptr<LabServer> ledger_;
  std::unique_ptr<LabServer> impostor_;
};

// Who is to hold payments' address.
std::string HolderOf(const v1::Lab& lab);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_SERVERS_H_
