#include "pinion/transport/open_channel.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/transport/grpc/channelz.h"

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
Mutex& OpeningMutex() {
  static auto* const mutex = new Mutex();  // never destroyed, since threads may use it until the process ends
  return *mutex;
}

}  // namespace

absl::StatusOr<OpenedChannel> ChannelOpener::Open(const std::string& target,
                                                  const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                                  grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 1);
  arguments.SetInt(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // gRPC does not expose the id of a channel. It is the new channel with this target. If other code opened a channel to
  // the same target at the same moment, the channel is opened again.
  const MutexLock one_at_a_time(OpeningMutex());
  const MutexLock lock(mutex_);
  FindOnly(target, &newest_);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    OpenedChannel opened;
    opened.channel = grpc::CreateCustomChannel(target, credentials, arguments);
    opened.id = FindOnly(target, &newest_);
    if (opened.id != 0) return opened;
  }
  return absl::InternalError(absl::StrCat("gRPC's channelz does not show the channel to ", absl::CHexEscape(target),
                                          "; without it Pinion could not end its connections"));
}

void ResetBackoff(grpc::Channel* channel) { grpc::experimental::ChannelResetConnectionBackoff(channel); }

}  // namespace pinion
