// The client's front door: credentials that drop into any gRPC C++ code.
//
//   absl::StatusOr<pinion::ChannelOptions> options = pinion::ChannelOptions::FromFile("client.json");
//   auto credentials = pinion::MakeChannelCredentials(*options);
//   auto channel = grpc::CreateChannel("payments.internal:8443", *credentials);
#ifndef PINION_CLIENT_CHANNEL_CREDENTIALS_H_
#define PINION_CLIENT_CHANNEL_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/workload/options.h"

namespace pinion {

// Mutual TLS (1.2 or 1.3) to servers that pass PeerVerifier. A refused connection fails its calls with UNAVAILABLE and
// the explanation in the status text: see refusal.h. Each call also re-checks the live connection's certificate against
// the host it is for, so a pin that is revoked or runs out stops calls at once; the connection itself, and streams on
// it, last until the server or the application ends them.
//
// Where the options say what to reload from, one thread watches it for as long as the credentials live.
//
// InvalidArgument when a required option is missing, FailedPrecondition when servers would refuse our own certificate
// or its key is not among our own pins in the pin set. One credentials object serves any number of channels, from any
// thread.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const ChannelOptions& options);

}  // namespace pinion

#endif  // PINION_CLIENT_CHANNEL_CREDENTIALS_H_
