// Lets gRPC send and receive protobuf's messages, where no generated code of a service does.
#ifndef PINION_TRANSPORT_PROTOBUF_MESSAGES_H_
#define PINION_TRANSPORT_PROTOBUF_MESSAGES_H_

// The first is where newer versions of gRPC have it, the second where 1.51 has it.
#if __has_include(<grpcpp/impl/proto_utils.h>)
#include <grpcpp/impl/proto_utils.h>
#else
#include <grpcpp/impl/codegen/proto_utils.h>
#endif

#endif  // PINION_TRANSPORT_PROTOBUF_MESSAGES_H_
