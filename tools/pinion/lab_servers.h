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

// Echo under gRPC's own mutual TLS, with any certificate. Logs on stderr what clients that check no pin send to it.
class StrangersEcho final : public v1::Echo::Service {
 public:
  explicit StrangersEcho(std::string name) : name_(std::move(name)) {}
  grpc::Status UnaryEcho(grpc::ServerContext* context, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override;

 private:
  const std::string name_;
};

// One running server; the destructor stops it.
class LabServer {
 public:
  // A server with Pinion, configured by FOLDER/NAME.json. Port 0 selects a free port.
  static absl::StatusOr<std::unique_ptr<LabServer>> OfService(const std::string& folder, const std::string& name,
                                                              const std::string& address, int port);
  // A server with gRPC only, with pki/NAME.pem and its key.
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

// All servers: payments (or the server that holds its address), ledger, and an impostor of payments at another address.
class LabServers {
 public:
  explicit LabServers(std::string folder) : folder_(std::move(folder)) {}

  // Starts them on free ports, and records the ports in *lab.
  absl::Status Start(v1::Lab* lab);
  // Gives payments' address to the server that *lab names, and records it in FOLDER/holder: "payments", "impostor" or
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

// The server that must hold payments' address.
std::string HolderOf(const v1::Lab& lab);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_LAB_SERVERS_H_
