// The state that the channels, credentials and servers of one workload share. Private to the public entry points.
#ifndef PINION_ADOPTION_WORKLOAD_PARTS_H_
#define PINION_ADOPTION_WORKLOAD_PARTS_H_

#include <sys/types.h>
#include <unistd.h>

#include <memory>

#include "pinion/adoption/exchange.h"
#include "pinion/connection/last_refusals.h"
#include "pinion/recording/handshake_recorder.h"
#include "pinion/telemetry/counters.h"
#include "pinion/telemetry/event_queue.h"
#include "pinion/transport/live_socket.h"
#include "pinion/transport/poller.h"
#include "pinion/workload/trust_state.h"
#include "pinion/workload_options.h"

namespace pinion {

// State that only its channels share. Objects that gRPC keeps must not own it, since gRPC would then destroy the
// poller.
struct ChannelParts {
  SocketCloser closer;
  Poller poller;
};

struct WorkloadParts {
  WorkloadOptions options;  // `events` counts, and passes the events to the queue
  std::shared_ptr<Counters> counters = std::make_shared<Counters>();
  std::shared_ptr<EventQueue> queue;  // in front of the application's sink; null if there is none
  std::shared_ptr<TrustState> trust_state;
  std::shared_ptr<Exchange> exchange;           // null if it is DISABLED
  std::shared_ptr<HandshakeRecorder> recorder;  // null if nothing is recorded
  // Null if the workload does not call.
  std::shared_ptr<LastRefusals> last_refusals;
  std::shared_ptr<ChannelParts> channels;
  pid_t process = getpid();
};

}  // namespace pinion

#endif  // PINION_ADOPTION_WORKLOAD_PARTS_H_
