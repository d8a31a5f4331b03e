// The client's front door, whole: a channel that holds its live connections to what is in force.
//
//   absl::StatusOr<pinion::ChannelOptions> options = pinion::ChannelOptions::FromFile("client.json");
//   auto channel = pinion::CreateChannel("payments.internal:8443", *options);
//   auto stub = Payments::NewStub(*channel);
#ifndef PINION_CLIENT_CREATE_CHANNEL_H_
#define PINION_CLIENT_CREATE_CHANNEL_H_

#include <grpcpp/impl/channel_interface.h>
#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/workload/options.h"

namespace pinion {

// What every generated stub takes: a channel to servers that pass PeerVerifier as the target's host. Where
// MakeChannelCredentials asks at each call, this asks when something changes, and then also ends connections:
//  - A key that is REVOKED: its connection is closed at once, with the calls and streams on it. The same for a
//  connection
//    whose host the pin set gives to another peer, of which its key is no pin.
//  - A server that is no longer accepted for another reason (its pin was removed, a certificate or root has ended): new
//    calls go to a new connection, within a third of options.drain_window; what is left on the old one when the window
//    is over is cut.
//  - Our own identity was replaced: new calls go to a new connection, which uses it; the old one ends with its calls.
// Refused and failed connections are tried again soon (200 ms at first, 1.5 s at most), and at once when the pin set or
// identity changes. Stubs never notice. A call's own authority (ClientContext::set_authority) changes what the server
// reads, not whom the connection is verified as.
//
// Channels made from copies of one ChannelOptions that names files share what they read, for as long as one of them or
// of the options lives: any number of channels are one watcher, and parse each change once. The first of them, and each
// that is made while there is no other, reads the files; later ones use what is in force.
//
// `target` is a TCP target: HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT, ipv6:[ADDRESS]:PORT, or a list of addresses
// (ipv4:ADDRESS:PORT,ADDRESS:PORT) with the host to verify in GRPC_ARG_DEFAULT_AUTHORITY. Any other is InvalidArgument,
// since Pinion could not close its connections. Other errors as of MakeChannelCredentials, of the first channel.
// `arguments` as of grpc::CreateCustomChannel; Pinion sets those that it needs, and turns off service configuration
// from DNS. Safe to use from any thread, but not while another thread forks; not to be released within an EventSink.
absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> CreateChannel(const std::string& target,
                                                                      const ChannelOptions& options,
                                                                      const grpc::ChannelArguments& arguments = {});

}  // namespace pinion

#endif  // PINION_CLIENT_CREATE_CHANNEL_H_
