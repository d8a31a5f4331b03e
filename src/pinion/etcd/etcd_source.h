// The pin set of a fleet as a source: a key in etcd.
#ifndef PINION_ETCD_ETCD_SOURCE_H_
#define PINION_ETCD_ETCD_SOURCE_H_

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/etcd/client.h"
#include "pinion/source/source.h"
#include "pinion/v1/published.pb.h"

namespace pinion::etcd {

// Reads the key with a linearizable read, and then watches it, on one thread. What etcd delivers is no more than a
// candidate: signatures and versions decide whether it is adopted, never etcd's revision. Every kRecheck, and after
// each failure, it reads the key again, since a watch may be late without saying so.
class EtcdSource final : public Source {
 public:
  // A first Read waits so long for etcd.
  static constexpr absl::Duration kStartPatience = absl::Seconds(5);
  // While etcd does not answer, Read returns the last content for so long, and an error from then on.
  static constexpr absl::Duration kPatience = absl::Seconds(30);
  static constexpr absl::Duration kRecheck = absl::Minutes(1);

  // After a failure, how long it waits at first.
  static constexpr absl::Duration kFirstBackoff = absl::Seconds(1);
  // Between two pushes, so that a user who writes to etcd all the time does not keep each process busy.
  static constexpr absl::Duration kPause = absl::Milliseconds(20);

  struct Connected {
    std::vector<Endpoint> endpoints;
    std::shared_ptr<const void> keeps;  // alive what they need
  };
  struct Settings {
    std::vector<std::string> endpoints;  // their names
    std::string key;
    std::string state_dir;     // may be empty
    std::string instance_key;  // empty: nothing is written
    // Called until it succeeds.
    std::function<absl::StatusOr<Connected>()> connect;
  };

  explicit EtcdSource(Settings settings);
  ~EtcdSource() override;

  absl::StatusOr<SourceContent> Read() override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<SourceContent> ReadKept() override;
  bool is_constant() const override { return false; }
  void StartPushing(SourceListener* listener) override;
  void StopPushing() override;

  // What is written to instance_key, after each change. To be called before StartPushing.
  void ReportWith(std::function<v1::FleetInstance()> report) { report_ = std::move(report); }

 private:
  // What etcd has said, and about which store.
  struct Seen {
    uint64_t cluster = 0;
    int64_t revision = 0;      // of the store
    int64_t mod_revision = 0;  // of the key; 0 if it does not exist
  };

  void Run();
  // Reads the key and then watches it. OK: it must be read again at once.
  absl::Status Follow();
  absl::Status FollowWatch(Watch* watch);
  // Makes client_, if there is none yet.
  absl::Status Connect() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads the key and takes its value, until `end`.
  absl::Status Fetch(absl::Time end);
  absl::Status FirstFetch();
  // Whether the key has another value than the one that was taken, without reading it.
  absl::StatusOr<bool> HasChanged();
  // Notes what the header says about the store: another cluster, or an earlier revision.
  void Note(const v1::etcd::ResponseHeader& header);
  // Takes a value, or its absence, as the content. Returns the error if its parts cannot be read until `end`.
  absl::Status Take(const v1::etcd::KeyValue* value, absl::Time end);
  absl::Status TakeEvents(const v1::etcd::WatchResponse& response);
  void SetNotice(std::string notice) ABSL_LOCKS_EXCLUDED(mutex_);
  void SetContent(absl::StatusOr<SourceContent> content) ABSL_LOCKS_EXCLUDED(mutex_);
  void NoteOutage(const absl::Status& error) ABSL_LOCKS_EXCLUDED(mutex_);
  void Push();
  void Report();
  // Returns false if it was stopped.
  bool Sleep(absl::Duration time) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Duration Jittered(absl::Duration time);
  std::string Provenance() const;

  const Settings settings_;
  std::function<v1::FleetInstance()> report_;
  // Used by the thread, and before it starts.
  Seen seen_;
  bool is_read_ = false;  // what `seen_` says is the newest value, apart from what the watch will say
  std::string reported_;
  bool report_fails_ = false;
  int64_t lacks_parts_ = 0;  // the mod_revision of a value whose parts were not there
  absl::Time pushed_ = absl::InfinitePast();
  bool is_pushing_ = false;
  absl::Duration backoff_;
  std::minstd_rand random_{std::random_device()()};
  SourceListener* listener_ = nullptr;
  std::thread thread_;

  Mutex mutex_;
  CondVar stopped_;
  bool is_stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_first_ ABSL_GUARDED_BY(mutex_) = true;
  // An error: what etcd has is no pin set.
  absl::StatusOr<SourceContent> content_ ABSL_GUARDED_BY(mutex_) = absl::UnavailableError("etcd was not read yet");
  std::string notice_ ABSL_GUARDED_BY(mutex_);
  // Set once, and used by one thread at a time, apart from Cancel.
  std::unique_ptr<Client> client_;
  std::shared_ptr<const void> keeps_;
  bool is_outage_told_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status outage_ ABSL_GUARDED_BY(mutex_);
  absl::Time outage_since_ ABSL_GUARDED_BY(mutex_);  // by the steady clock
};

}  // namespace pinion::etcd

#endif  // PINION_ETCD_ETCD_SOURCE_H_
