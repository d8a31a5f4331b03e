// Reads the parts of a workload, checks them against each other, and puts them into effect together.
#ifndef PINION_WORKLOAD_TRUST_STATE_H_
#define PINION_WORKLOAD_TRUST_STATE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/connection/connection_table.h"
#include "pinion/event_sink.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/loading/sources.h"
#include "pinion/source/reloadable.h"
#include "pinion/source/source.h"
#include "pinion/telemetry/counters.h"
#include "pinion/transport/certificate_provider.h"
#include "pinion/workload/commit.h"
#include "pinion/workload/expiry_watch.h"
#include "pinion/workload/floor_recorder.h"
#include "pinion/workload/next_identity.h"
#include "pinion/workload/own_side.h"
#include "pinion/workload/policies.h"
#include "pinion/workload/snapshot.h"
#include "pinion/workload_metrics.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

// Thread-safe. Readers never wait for a reload. Workload documents when a part is adopted.
class TrustState final : private SourceListener {
 public:
  struct Change {
    bool identity = false;
    bool server_roots = false;
    bool client_roots = false;
    bool pin_set = false;
    bool shadow_pin_set = false;
    bool policies = false;
    bool next_identity = false;

    bool any() const {
      return identity || server_roots || client_roots || pin_set || shadow_pin_set || policies || next_identity;
    }
  };
  // Called after each change of the configuration in effect, on the thread that reloads.
  class Observer {
   public:
    virtual ~Observer() = default;
    // Called on every observer before the change is reported. The observer switches to the new policies and adds its
    // new connections to the table. Both before and after this, the connections that must be closed immediately are
    // closed.
    virtual void OnSnapshot(const Change& change) = 0;
    // Called after the change is reported. The observer judges its connections.
    virtual void OnChange(const Change& change) = 0;
  };

  // Returns the errors of Workload::Create. Does not start to watch files: see Watch. `switched_to` is as for SwitchTo.
  static absl::StatusOr<std::shared_ptr<TrustState>> Create(const WorkloadOptions& options, const Sources& sources,
                                                            const std::string& switched_to = "");

  ~TrustState();

  // Starts to reload when a source pushes a change. `counters` count how long each reload takes.
  void Watch(std::shared_ptr<Counters> counters = std::make_shared<Counters>());

  // An observer must be removed before it is destroyed; it is not called after RemoveObserver returns. Neither function
  // may be called within OnChange.
  void AddObserver(Observer* observer);
  void RemoveObserver(Observer* observer);

  // Reloads are serialized; a second caller waits for the first.
  void Reload();
  // OK if peers with the pin set in effect would accept what is presented.
  absl::Status CheckReady();
  // OK if the next identity can be presented: peers with the pin set in effect would accept it.
  absl::Status CheckNextIdentity();
  // Reloads, and presents the next identity from now on while it has the key with this pin, "sha256/…="; empty: not.
  void SwitchTo(const std::string& pin);
  WorkloadStatus Status() const;
  // The same, in a time that does not depend on the number of connections.
  WorkloadStatus StatusWithoutConnections() const;
  // Sets what does not come from counters.
  void AddTo(WorkloadMetrics* metrics) const;

  bool calls() const { return server_roots_.has_value(); }
  bool serves() const { return client_roots_.has_value(); }
  // The snapshot in effect; a new object after each change. Never null.
  std::shared_ptr<const Snapshot> snapshot() const { return std::atomic_load(&snapshot_); }
  // The live connections of the workload's channels and listeners. Never null.
  const std::shared_ptr<ConnectionTable>& connections() const { return connections_; }
  // Shared by the verifiers of servers.
  const std::shared_ptr<PathCache>& seen() const { return seen_; }
  // What a channel presents, and the roots that it verifies servers with.
  struct Own {
    std::shared_ptr<const Identity> identity;
    std::shared_ptr<const x509::TrustRoots> server_roots;

    bool operator==(const Own& other) const { return identity == other.identity && server_roots == other.server_roots; }
    bool operator!=(const Own& other) const { return !(*this == other); }
  };
  Own own() const;
  // Returns a provider of `own()` for one channel, which does not change when another identity is put into effect.
  absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> ProviderForOneChannel(Own* own);
  // The certificates that gRPC presents and verifies with. Tracks the identity in effect and the roots of that side;
  // must outlive gRPC's use of the provider.
  struct Published {
    Side side = Side::kClient;
    std::unique_ptr<GrpcPublisher> publisher;  // null if nothing can change
    // Declared after the publisher so that it is destroyed first: it reads the publisher's descriptors.
    std::shared_ptr<GrpcCertificateProvider> provider;
  };
  // Returns a new object on each call. The workload must have the side.
  absl::StatusOr<std::shared_ptr<const Published>> PublishTo(Side side);

 private:
  TrustState(const WorkloadOptions& options, Sources sources);
  void OnMaybeChanged() override { Reload(); }

  // Roots are null for a side that the workload does not have.
  struct Plan {
    Candidate<Identity> identity;  // to be presented
    Candidate<Identity> next_identity;
    Candidate<x509::TrustRoots> server_roots;
    Candidate<x509::TrustRoots> client_roots;
    Candidate<PinSet> pin_set;
    std::string warning;
    bool is_misfit = false;  // peers would refuse the identity

    Candidate<x509::TrustRoots>& roots(Side side) { return side == Side::kClient ? server_roots : client_roots; }
  };
  std::vector<Side> Sides() const;
  const std::optional<Reloadable<x509::TrustRoots>>& RootsOf(Side side) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return side == Side::kClient ? server_roots_ : client_roots_;
  }
  // Whether peers would accept the planned values on every side; `*side` is the first side on which they would not.
  absl::Status CheckFit(Plan& plan, absl::Time now, Side* side) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Plans to keep the roots in effect if the new ones make every handshake fail.
  void HoldRootsBack(Plan* plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Plans to keep the identity in effect if peers would refuse the new one.
  void HoldIdentityBack(Plan* plan, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads everything but the policies.
  Plan Choose(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // As Choose, for a start: of two identities, one that peers would refuse is not presented.
  Plan ChooseFirst(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is in effect, but with this identity.
  Plan InEffectWith(const std::shared_ptr<const Identity>& identity) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts the first values into effect.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads all sources again; returns what changed and collects what must be reported.
  Change Renew(std::vector<ReloadEvent>* news, std::vector<ExpiryEvent>* expiries);
  Change Adopt(const Plan& plan, const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns true if the next identity has changed. It is offered even if peers with this pin set would refuse it.
  bool AdoptNextIdentity(const Candidate<Identity>& read, const ReloadContext& context)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts the shadow pin set into effect if it is one; nothing depends on it. Returns true if it has changed.
  bool RenewShadowPinSet(const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reports the changes that a restart would apply.
  void LookAtConfig(const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Records the pin set before it is adopted. On error it is adopted all the same: what it revokes must not wait.
  void Record(const Candidate<PinSet>& pin_set, const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Publishes the plan to gRPC; if that fails, plans to keep what gRPC has.
  void Publish(Plan* plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(const std::vector<ReloadEvent>& news, const std::vector<ExpiryEvent>& expiries) const;
  // Makes the adopted values the next snapshot.
  void Install() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WorkloadOptions options_;
  Sources sources_;
  const std::shared_ptr<ConnectionTable> connections_;
  const std::shared_ptr<PathCache> seen_ = std::make_shared<PathCache>();
  std::shared_ptr<Counters> counters_;  // null before Watch
  Mutex reloading_;                     // held through a whole reload, and before mutex_
  mutable Mutex mutex_;
  Reloadable<Identity> identity_ ABSL_GUARDED_BY(mutex_);
  NextIdentity next_identity_ ABSL_GUARDED_BY(mutex_);
  // Whether each of these two is present never changes.
  std::optional<Reloadable<x509::TrustRoots>> server_roots_;
  std::optional<Reloadable<x509::TrustRoots>> client_roots_;
  Reloadable<PinSet> pin_set_ ABSL_GUARDED_BY(mutex_);
  std::optional<Reloadable<PinSet>> shadow_pin_set_ ABSL_GUARDED_BY(mutex_);
  Policies policies_ ABSL_GUARDED_BY(mutex_);
  std::optional<Reloadable<v1::Config>> config_ ABSL_GUARDED_BY(mutex_);
  PresentedChains presented_chains_ ABSL_GUARDED_BY(mutex_);
  ExpiryWatch expiry_watch_ ABSL_GUARDED_BY(mutex_);
  absl::Status published_status_ ABSL_GUARDED_BY(mutex_);
  FloorRecorder recorder_ ABSL_GUARDED_BY(mutex_);
  absl::Status record_status_ ABSL_GUARDED_BY(mutex_);  // why the pin set in effect is not recorded
  std::vector<std::weak_ptr<const Published>> published_ ABSL_GUARDED_BY(mutex_);
  // The last requested value and its text, so that a key is encoded only once.
  Own pem_of_ ABSL_GUARDED_BY(mutex_);
  GrpcPem pem_ ABSL_GUARDED_BY(mutex_);
  mutable Mutex observing_;  // held while observers are called, after reloading_
  std::vector<Observer*> observers_ ABSL_GUARDED_BY(observing_);
  std::shared_ptr<const Snapshot> snapshot_;  // by std::atomic_load and std::atomic_store
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_TRUST_STATE_H_
