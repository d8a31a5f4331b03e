// The greeter of gRPC's quick start.
#ifndef GREETER_SERVICE_H_
#define GREETER_SERVICE_H_

#include "helloworld.grpc.pb.h"

class GreeterServiceImpl final : public helloworld::Greeter::Service {
  grpc::Status SayHello(grpc::ServerContext* /*context*/, const helloworld::HelloRequest* request,
                        helloworld::HelloReply* reply) override {
    reply->set_message("Hello " + request->name());
    return grpc::Status::OK;
  }
};

#endif  // GREETER_SERVICE_H_
