// A gRPC channel whose connections can be asked about.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_
#define PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "pinion/base/mutex.h"

namespace pinion {

struct OpenedChannel {
  std::shared_ptr<grpc::Channel> channel;
  int64_t id = 0;  // for ChannelSockets
};

// Opens one channel after the other, since it finds out each one's id by comparing what channelz lists. Safe to use
// from any thread.
class ChannelOpener {
 public:
  // As grpc::CreateCustomChannel, with connections of its own. Internal when gRPC does not list the channel.
  absl::StatusOr<OpenedChannel> Open(const std::string& target,
                                     const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                     grpc::ChannelArguments arguments);

 private:
  Mutex mutex_;
  int64_t newest_ ABSL_GUARDED_BY(mutex_) = 0;  // the id of the youngest channel that was seen
};

// Connects again at once where the channel waits to.
void ResetBackoff(grpc::Channel* channel);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_OPEN_CHANNEL_H_
