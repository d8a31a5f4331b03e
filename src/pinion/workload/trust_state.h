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
#include "pinion/event_sink.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/source/file_watcher.h"
#include "pinion/source/reloadable.h"
#include "pinion/transport/debian_1_51/certificate_provider.h"
#include "pinion/workload/commit.h"
#include "pinion/workload/expiry_watch.h"
#include "pinion/workload/policies.h"
#include "pinion/workload/snapshot.h"
#include "pinion/workload/sources.h"
#include "pinion/workload_options.h"
#include "pinion/workload_status.h"

namespace pinion {

// Safe to use from any thread. Readers never wait for a reload. What is adopted when: see Workload.
class TrustState final {
 public:
  struct Change {
    bool identity = false;
    bool server_roots = false;
    bool client_roots = false;
    bool pin_set = false;
    bool policies = false;
  };
  // Called at each change of what is in effect, after it, on the thread that reloads.
  class Observer {
   public:
    virtual ~Observer() = default;
    // First, on every observer, before anything is reported and before OnChange on any: decides calls by the policies,
    // and closes the connections that it knows and that have to end at once.
    virtual void OnSnapshot(const Change& change) = 0;
    virtual void OnChange(const Change& change) = 0;
    // Changes nothing.
    virtual void AddConnectionsTo(std::vector<ConnectionStatus>* connections) = 0;
  };

  // Errors as of Workload::Create. Nothing is watched: see Watch.
  static absl::StatusOr<std::shared_ptr<TrustState>> Create(const WorkloadOptions& options, const Sources& sources);

  // From now on reloads when one of the options' files changes, and every refresh_interval. Nothing where they have
  // none.
  void Watch();

  // An observer removes itself before it ends; when RemoveObserver returns, it is not called any more. Neither from
  // within OnChange.
  void AddObserver(Observer* observer);
  void RemoveObserver(Observer* observer);

  // One at a time; a second caller waits for the first.
  void Reload();
  WorkloadStatus Status() const;

  bool calls() const { return server_roots_.has_value(); }
  bool serves() const { return client_roots_.has_value(); }
  // What is in effect; another object after each change. Never null.
  std::shared_ptr<const Snapshot> snapshot() const { return std::atomic_load(&snapshot_); }
  // For verifiers of servers that share it.
  const std::shared_ptr<PathCache>& seen() const { return seen_; }
  // What a channel presents, and judges servers by.
  struct Own {
    std::shared_ptr<const Identity> identity;
    std::shared_ptr<const x509::TrustRoots> server_roots;

    bool operator==(const Own& other) const { return identity == other.identity && server_roots == other.server_roots; }
    bool operator!=(const Own& other) const { return !(*this == other); }
  };
  Own own() const;
  // A provider of `own()` for one channel alone: in gRPC 1.51 the end of one of two channels that share a provider can
  // leave the other without certificates.
  std::shared_ptr<GrpcCertificateProvider> ProviderForOneChannel(Own* own);
  // What gRPC serves or dials with. Follows the identity in effect and that side's roots for as long as it lives, which
  // must be as long as gRPC may use the provider.
  struct Published {
    Side side = Side::kClient;
    std::unique_ptr<GrpcPublisher> publisher;  // null where nothing can change
    // After the publisher, whose descriptors it reads: what is declared last ends first.
    std::shared_ptr<GrpcCertificateProvider> provider;
  };
  // Another one each time. The workload must have the side.
  absl::StatusOr<std::shared_ptr<const Published>> PublishTo(Side side);

 private:
  TrustState(const WorkloadOptions& options, const Sources& sources);

  // Roots are null on a side that the workload does not have.
  struct Plan {
    Candidate<Identity> identity;
    Candidate<x509::TrustRoots> server_roots;
    Candidate<x509::TrustRoots> client_roots;
    Candidate<PinSet> pin_set;
    std::string warning;

    Candidate<x509::TrustRoots>& roots(Side side) { return side == Side::kClient ? server_roots : client_roots; }
  };
  std::vector<Side> Sides() const;
  const std::optional<Reloadable<x509::TrustRoots>>& RootsOf(Side side) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return side == Side::kClient ? server_roots_ : client_roots_;
  }
  // Whether peers would accept what is planned, on every side; `*side` is the one where they would not.
  absl::Status CheckFit(Plan& plan, absl::Time now, Side* side) const;
  // Plans to stay with the roots in effect where the new ones make every handshake fail.
  void HoldRootsBack(Plan* plan) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Plans to stay with the identity in effect where peers would refuse the new one.
  void HoldIdentityBack(Plan* plan, absl::Time now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Plan Choose(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts the first values into effect.
  absl::Status Start() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads everything again; what changed, and what is to be reported.
  Change Renew(std::vector<ReloadEvent>* news, std::vector<ExpiryEvent>* expiries);
  Change Adopt(const Plan& plan, const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reports what a restart would apply.
  void LookAtConfig(const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives gRPC what is planned, or plans to stay with what it has.
  void Publish(Plan* plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Report(const std::vector<ReloadEvent>& news, const std::vector<ExpiryEvent>& expiries) const;
  // Makes what was adopted the next snapshot.
  void Install() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const WorkloadOptions options_;
  const std::shared_ptr<PathCache> seen_ = std::make_shared<PathCache>();
  Mutex reloading_;  // held through a whole reload, and before mutex_
  mutable Mutex mutex_;
  Reloadable<Identity> identity_ ABSL_GUARDED_BY(mutex_);
  // Which of these two there are never changes.
  std::optional<Reloadable<x509::TrustRoots>> server_roots_;
  std::optional<Reloadable<x509::TrustRoots>> client_roots_;
  Reloadable<PinSet> pin_set_ ABSL_GUARDED_BY(mutex_);
  Policies policies_ ABSL_GUARDED_BY(mutex_);
  std::optional<Reloadable<v1::Config>> config_ ABSL_GUARDED_BY(mutex_);
  ExpiryWatch expiry_watch_ ABSL_GUARDED_BY(mutex_);
  absl::Status published_status_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<const Published>> published_ ABSL_GUARDED_BY(mutex_);
  // The last that was asked for, and its text, so that a key is encoded once.
  Own pem_of_ ABSL_GUARDED_BY(mutex_);
  GrpcPem pem_ ABSL_GUARDED_BY(mutex_);
  mutable Mutex observing_;  // held while observers are called, after reloading_
  std::vector<Observer*> observers_ ABSL_GUARDED_BY(observing_);
  std::shared_ptr<const Snapshot> snapshot_;  // by std::atomic_load and std::atomic_store
  std::unique_ptr<FileWatcher> watcher_;      // last, so that it ends first
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_TRUST_STATE_H_
