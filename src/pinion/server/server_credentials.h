// The server's front door.
//
//   absl::StatusOr<pinion::ServerOptions> options = pinion::ServerOptions::FromFile("server.json");
//   auto credentials = pinion::MakeServerCredentials(*options);
//   builder.AddListeningPort("0.0.0.0:8443", *credentials);
#ifndef PINION_SERVER_SERVER_CREDENTIALS_H_
#define PINION_SERVER_SERVER_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/workload/options.h"

namespace pinion {

// Mutual TLS (1.2 or 1.3) for clients that pass PeerVerifier, on full and resumed handshakes alike. A refused client
// sees its connection close; the reason is an event (telemetry/event_sink.h). A client whose certificate OpenSSL itself
// refuses (no path to the roots, expired) is turned away earlier and makes no event. Live connections are not judged
// again.
//
// Where the options say what to reload from, one thread watches it for as long as the credentials live.
//
// InvalidArgument when a required option is missing, FailedPrecondition when the options have a policy other than
// AllowEveryAuthenticatedPeer(), which credentials alone cannot enforce, or clients would refuse our own certificate or
// its key is not among our own pins in the pin set. One credentials object may serve any number of ports.
absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ServerOptions& options);

}  // namespace pinion

#endif  // PINION_SERVER_SERVER_CREDENTIALS_H_
