// The echo service, which `pinion serve` and tests use.
#ifndef PINION_ECHO_ECHO_SERVICE_H_
#define PINION_ECHO_ECHO_SERVICE_H_

#include "pinion/v1/echo.grpc.pb.h"

namespace pinion {

// Stateless; returns each message unchanged. Called by gRPC on any thread.
class EchoService final : public v1::Echo::Service {
 public:
  grpc::Status UnaryEcho(grpc::ServerContext* context, const v1::EchoRequest* request,
                         v1::EchoResponse* response) override;
  grpc::Status BidirectionalEcho(grpc::ServerContext* context,
                                 grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) override;
};

}  // namespace pinion

#endif  // PINION_ECHO_ECHO_SERVICE_H_
