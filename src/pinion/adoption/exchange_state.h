// The state of an Exchange and the ends of its streams. Private to adoption/.
#ifndef PINION_ADOPTION_EXCHANGE_STATE_H_
#define PINION_ADOPTION_EXCHANGE_STATE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "pinion/adoption/adoption_watch.h"
#include "pinion/adoption/answer_reports.h"
#include "pinion/adoption/conversation.h"
#include "pinion/adoption/exchange.h"
#include "pinion/adoption/gate.h"
#include "pinion/adoption/position.h"
#include "pinion/base/mutex.h"
#include "pinion/census/census.h"
#include "pinion/census/census_store.h"
#include "pinion/census/pin_set_witness.h"

namespace pinion {

// The functions are for the streams' thread, except for those that lock.
struct Exchange::State : std::enable_shared_from_this<State> {
  State(const WorkloadOptions& options, std::shared_ptr<TrustState> the_trust_state);

  const std::shared_ptr<TrustState> trust_state;
  const std::function<absl::Time()> clock;
  const std::shared_ptr<EventSink> events;  // may be null
  const std::string process;                // its random id
  std::weak_ptr<MessageStreams> streams;
  absl::flat_hash_set<Handler*> handlers;
  std::shared_ptr<const Position> position;
  absl::Time presented_since = absl::InfinitePast();  // by the steady clock
  AdoptionWatch watch;
  Gate gate;
  PinSetWitness witness;
  AnswerReports answer_reports;
  const std::shared_ptr<Judgements> judgements = std::make_shared<Judgements>();
  std::vector<AdoptionEvent> news;  // to be reported
  const AdoptionOptions settings;
  std::optional<CensusStore> store;  // empty if the census is not kept
  absl::Status stored;               // why it is not on disk
  int64_t streams_begun = 0;
  bool is_looking = false;
  int looks = 0;

  mutable Mutex mutex;
  Census census ABSL_GUARDED_BY(mutex);
  AdoptionStatus known ABSL_GUARDED_BY(mutex);  // as of the last look
  // With a remote address.
  struct Exchanges {
    int64_t count = 0;
    bool has_spoken = false;  // and the census knows the process
  };
  std::map<std::pair<Side, std::string>, Exchanges> exchanges ABSL_GUARDED_BY(mutex);

  void TakePosition();
  void SayToAll();
  // Looks again and again while there is something to look at.
  void StartLooking();
  void Look();
  std::vector<CountedConnection> Connections() const;
  // Returns how many exchanges this address has now.
  int64_t CountExchange(Side side, const std::string& address);
  // Reads the census of an earlier process. On error, its file is left alone.
  void Load();
  absl::Status Save();
  // OK if no process that another one of this peer knows blocks the candidate with this pin.
  absl::Status CheckReplicas(const std::string& candidate) const;
  // Does what the gate has decided.
  void Act(Gate::Action action, absl::Time now);
  // Records that the next identity is presented, and presents it.
  absl::Status SwitchToNext(const Gate::Seen& seen, const AdoptionStatus& status);
  void Report(const absl::Status& error);
};

// One end of one stream.
class Exchange::Handler final : public MessageHandler {
 public:
  Handler(std::shared_ptr<State> state, MessageStream* stream, PeerKey peer, const std::string& host);

  // Counts the exchange of this address; returns false if there is another one.
  bool TakeAddress();
  void set_channel(std::shared_ptr<OfChannel> channel) { channel_ = std::move(channel); }

  // Sends a statement if there is something new to say.
  void Say();
  void OnMessage(const std::string& message) override;
  void OnEnd(const absl::Status& status) override;

 private:
  // Tells the census; returns why the exchange cannot go on.
  absl::Status Note(const v1::Statement& statement);

  const std::shared_ptr<State> state_;
  MessageStream* const stream_;
  StreamKey key_;  // without a process before the first statement
  Conversation conversation_;
  std::string address_;                 // empty until it is counted
  std::shared_ptr<OfChannel> channel_;  // null on a server
  bool renewed_ = false;
};

}  // namespace pinion

#endif  // PINION_ADOPTION_EXCHANGE_STATE_H_
