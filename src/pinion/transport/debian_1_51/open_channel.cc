#include "pinion/transport/open_channel.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "pinion/base/mutex.h"
#include "pinion/base/process_wide.h"
#include "pinion/transport/debian_1_51/socket_mutator.h"
#include "pinion/transport/grpc/channelz.h"
#include "pinion/transport/grpc/listed_channel.h"

namespace pinion {
namespace {

using channelz::Member;

constexpr int kAttempts = 100;

// Searches the channels that are newer than `*newest`, and sets *newest to the newest channel. Returns the id of the
// channel with this target; 0 unless there is exactly one.
int64_t FindOnly(const std::string& target, int64_t* newest) {
  int64_t id = 0;
  int found = 0;
  for (;;) {
    const nlohmann::json page = channelz::Take(grpc_channelz_get_top_channels(*newest + 1));
    const int64_t before = *newest;
    for (const nlohmann::json& channel : Member(page, "channel")) {
      const int64_t this_id = channelz::Number(Member(channel, "ref"), "channelId");
      *newest = std::max(*newest, this_id);
      if (Member(Member(channel, "data"), "target") != target) continue;
      id = this_id;
      ++found;
    }
    if (*newest == before || Member(page, "end") == true) break;
  }
  return found == 1 ? id : 0;
}

// gRPC 1.51 lists a channel before it is constructed, and a list that is requested at that moment crashes the process.
// So the process opens one of Pinion's channels at a time.
struct ChannelOpening {
  Mutex mutex;
  int64_t newest ABSL_GUARDED_BY(mutex) = 0;  // the id of the newest channel seen so far
};

}  // namespace

absl::StatusOr<OpenedChannel> OpenChannel(const std::string& target,
                                          const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                          const grpc::ChannelArguments& arguments,
                                          std::shared_ptr<OpenedDescriptors> descriptors) {
  grpc::ChannelArguments listed = Listed(arguments);
  RecordDescriptors(std::move(descriptors), &listed);
  // gRPC does not expose the id of a channel. It is the new channel with this target. If other code opened a channel to
  // the same target at the same moment, the channel is opened again.
  auto& opening = ProcessWide<ChannelOpening>();
  const MutexLock lock(opening.mutex);
  FindOnly(target, &opening.newest);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    OpenedChannel opened;
    opened.channel = grpc::CreateCustomChannel(target, credentials, listed);
    opened.id = FindOnly(target, &opening.newest);
    if (opened.id != 0) return opened;
  }
  return NotListed(target);
}

}  // namespace pinion
