// The kinds of protection of a client.
#ifndef PINION_TESTS_BENCH_LOAD_DIALER_H_
#define PINION_TESTS_BENCH_LOAD_DIALER_H_

#include <grpcpp/impl/channel_interface.h>

#include <functional>
#include <memory>
#include <string>

#include "pinion/event_sink.h"

namespace pinion::bench {

// Opens a fresh channel to the target, with a connection of its own. Callable from any thread.
using Dialer = std::function<std::shared_ptr<grpc::ChannelInterface>()>;

// `kind` is one of
//   insecure     no TLS
//   stock        gRPC's own mutual TLS, the configuration's files read once
//   credentials  Workload::ChannelCredentials: pins, judged again at each call
//   pinion       Workload::CreateChannel
// `config` is a client's configuration file; "insecure" needs none. `events` may be null. Ends the process when it
// cannot make credentials.
Dialer MakeDialer(const std::string& kind, const std::string& config, const std::string& target,
                  const std::shared_ptr<EventSink>& events);

}  // namespace pinion::bench

#endif  // PINION_TESTS_BENCH_LOAD_DIALER_H_
