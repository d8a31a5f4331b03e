// Asks the processes on the other sides of this process's connections whether they would accept its next identity, and
// answers them.
#ifndef PINION_ADOPTION_EXCHANGE_H_
#define PINION_ADOPTION_EXCHANGE_H_

#include <functional>
#include <memory>
#include <string>

#include "pinion/connection/connection_verifier.h"
#include "pinion/transport/message_streams.h"
#include "pinion/workload/trust_state.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

// The key that the workload has switched to, by its census file: "sha256/…="; empty if it has not.
std::string SwitchedTo(const AdoptionOptions& options);

// The exchanges of a workload (proto/pinion/v1/adoption.proto). An exchange uses a connection that was accepted anyway:
// it makes none, ends with it, and no call waits for it. Thread-safe.
class Exchange final : public TrustState::Observer {
 public:
  static constexpr absl::string_view kMethod = "/pinion.v1.Adoption/Exchange";

  Exchange(const WorkloadOptions& options, std::shared_ptr<TrustState> trust_state);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // Offers exchanges on a server that is not started yet; `connection_verifier` verifies its clients.
  std::shared_ptr<MessageStreams::Served> Serve(grpc::ServerBuilder* builder,
                                                std::shared_ptr<ConnectionVerifier> connection_verifier);

  // The exchange of a channel, on its last connection.
  class OfChannel;
  // `renew`, if any, is called on the exchange's thread when the server has another certificate than the connection was
  // made with.
  std::shared_ptr<OfChannel> ForChannel(std::function<void()> renew);

  // Sets the member about the next identity, from the census.
  void AddTo(WorkloadStatus* status) const;

  void OnSnapshot(const TrustState::Change& /*change*/) override {}
  void OnChange(const TrustState::Change& change) override;

 private:
  struct State;
  class Handler;

  const std::shared_ptr<TrustState> trust_state_;
  const std::shared_ptr<State> state_;  // shared with the streams' thread
  const std::shared_ptr<MessageStreams> streams_;
};

// Start and Stop are thread-safe.
class Exchange::OfChannel : public std::enable_shared_from_this<OfChannel> {
 public:
  OfChannel(std::shared_ptr<State> state, std::function<void()> renew)
      : state_(std::move(state)), renew_(std::move(renew)) {}

  // The channel has a new connection, which was verified as `host`. Ends the exchange on the one before.
  void Start(const std::shared_ptr<grpc::Channel>& channel, const std::string& host);
  // The same for each connection of this channel from now on, without keeping the channel.
  void Follow(const std::shared_ptr<grpc::Channel>& channel, const std::string& host);
  // Ends the exchange, so that it does not keep the connection open.
  void Stop();

 private:
  friend class Exchange::Handler;

  void StartOn(const std::shared_ptr<grpc::Channel>& channel, const std::string& host, absl::Duration patience);
  // For the streams' thread.
  void StopNow();
  void Open();
  void Renew();
  // Runs the task unless Start or Stop is called before.
  void In(absl::Duration delay, std::function<void()> task);
  void Ended(const MessageStream* stream, const absl::Status& status);

  const std::shared_ptr<State> state_;
  const std::function<void()> renew_;
  std::weak_ptr<grpc::Channel> channel_;
  std::string host_;
  absl::Duration patience_;          // until there is a connection; infinite if the channel is followed
  int64_t starts_ = 0;               // the number of Start and Stop so far
  MessageStream* stream_ = nullptr;  // null if there is none
  // By the steady clock.
  absl::Time not_before_ = absl::InfinitePast();
  absl::Time renewed_at_ = absl::InfinitePast();
};

}  // namespace pinion

#endif  // PINION_ADOPTION_EXCHANGE_H_
