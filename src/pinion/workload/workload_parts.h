// What the channels, credentials and servers of one workload share. Private to the front doors.
#ifndef PINION_WORKLOAD_WORKLOAD_PARTS_H_
#define PINION_WORKLOAD_WORKLOAD_PARTS_H_

#include <sys/types.h>
#include <unistd.h>

#include <memory>

#include "pinion/connection/last_refusals.h"
#include "pinion/transport/debian_1_51/live_socket.h"
#include "pinion/transport/debian_1_51/open_channel.h"
#include "pinion/transport/debian_1_51/poller.h"
#include "pinion/workload/trust_state.h"
#include "pinion/workload_options.h"

namespace pinion {

// What its channels share besides. Not for what gRPC keeps, since the poller must not end with one of gRPC's objects.
struct ChannelParts {
  ChannelOpener opener;
  SocketCloser closer;
  Poller poller;
};

struct WorkloadParts {
  WorkloadOptions options;  // `events` is the queue in front of the application's sink
  std::shared_ptr<TrustState> trust_state;
  // Null where the workload does not call.
  std::shared_ptr<LastRefusals> last_refusals;
  std::shared_ptr<ChannelParts> channels;
  pid_t process = getpid();
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_WORKLOAD_PARTS_H_
