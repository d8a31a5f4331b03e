#include "pinion/etcd/connection.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/etcd/etcd_options.h"
#include "pinion/etcd/published.h"

namespace pinion::etcd {
namespace {

constexpr int kKeepaliveMs = 10'000;  // etcd closes connections that ask more often than every 5 s
constexpr int kKeepaliveTimeoutMs = 5'000;
// A member that restarts, or that is refused, must not be dialled several times a second by each process of a fleet.
constexpr int kFirstReconnectMs = 1'000;
constexpr int kLastReconnectMs = 10'000;

// Of the workload that calls etcd: what concerns it alone.
class EtcdEvents final : public EventSink {
 public:
  explicit EtcdEvents(std::shared_ptr<EventSink> to) : to_(std::move(to)) {}

  void OnHandshake(const HandshakeEvent& event) override { to_->OnHandshake(event); }
  void OnReload(const ReloadEvent& event) override {
    ReloadEvent named = event;
    named.source = absl::StrCat("etcd ", event.source);
    to_->OnReload(named);
  }
  void OnExpiry(const ExpiryEvent& event) override { to_->OnExpiry(event); }
  void OnEventsLost(int64_t count) override { to_->OnEventsLost(count); }

 private:
  const std::shared_ptr<EventSink> to_;
};

}  // namespace

absl::StatusOr<Connection> Connect(
    const WorkloadOptions& options,
    const std::function<absl::StatusOr<std::shared_ptr<Workload>>(WorkloadOptions)>& make) {
  WorkloadOptions own = OptionsToCallEtcd(options);
  if (options.events != nullptr) own.events = std::make_shared<EtcdEvents>(options.events);
  absl::StatusOr<std::shared_ptr<Workload>> workload = make(std::move(own));
  if (!workload.ok()) {
    return absl::Status(workload.status().code(), absl::StrCat("etcd: ", workload.status().message()));
  }
  Connection connection;
  connection.workload = *std::move(workload);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMostBytes));
  for (const std::string& name : options.etcd->endpoints) {
    absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> channel =
        connection.workload->CreateChannel(name, arguments);
    if (!channel.ok()) {
      return absl::Status(channel.status().code(),
                          absl::StrCat("etcd: ", Printable(name), ": ", channel.status().message()));
    }
    connection.endpoints.push_back({name, *std::move(channel), [workload = connection.workload.get(), name] {
                                      const std::optional<Refusal> refusal = workload->LastRefusal(name);
                                      return refusal.has_value() ? refusal->text : std::string();
                                    }});
  }
  return connection;
}

}  // namespace pinion::etcd
