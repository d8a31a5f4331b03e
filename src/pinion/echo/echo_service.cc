#include "pinion/echo/echo_service.h"

namespace pinion {

grpc::Status EchoService::UnaryEcho(grpc::ServerContext* /*context*/, const v1::EchoRequest* request,
                                    v1::EchoResponse* response) {
  response->set_message(request->message());
  return grpc::Status::OK;
}

grpc::Status EchoService::BidirectionalEcho(grpc::ServerContext* /*context*/,
                                            grpc::ServerReaderWriter<v1::EchoResponse, v1::EchoRequest>* stream) {
  v1::EchoRequest request;
  v1::EchoResponse response;
  while (stream->Read(&request)) {
    response.set_message(request.message());
    if (!stream->Write(response)) break;
  }
  return grpc::Status::OK;
}

}  // namespace pinion
