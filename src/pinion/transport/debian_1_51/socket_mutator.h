// Records the descriptors that a channel opens. Private to this implementation.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_SOCKET_MUTATOR_H_
#define PINION_TRANSPORT_DEBIAN_1_51_SOCKET_MUTATOR_H_

#include <grpcpp/support/channel_arguments.h>

#include <memory>

#include "pinion/transport/opened_descriptors.h"

namespace pinion {

// Sets a socket mutator that adds each descriptor of the channel to `descriptors` before it connects. A mutator that
// the arguments have already is called after it.
void RecordDescriptors(std::shared_ptr<OpenedDescriptors> descriptors, grpc::ChannelArguments* arguments);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_SOCKET_MUTATOR_H_
