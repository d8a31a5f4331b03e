// What one credentials object judges with and is: pin set and identity, in force together, reloaded together.
#ifndef PINION_WORKLOAD_TRUST_STATE_H_
#define PINION_WORKLOAD_TRUST_STATE_H_

#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/authorization/policy.h"
#include "pinion/handshake/path_cache.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/identity/identity.h"
#include "pinion/identity/peer_roots.h"
#include "pinion/pin/pin_set.h"
#include "pinion/source/file_watcher.h"
#include "pinion/source/reloadable.h"
#include "pinion/telemetry/event_sink.h"
#include "pinion/transport/debian_1_51/certificate_provider.h"
#include "pinion/v1/config.pb.h"
#include "pinion/workload/commit.h"
#include "pinion/workload/expiry_watch.h"
#include "pinion/workload/policies.h"
#include "pinion/workload/reload_control.h"

namespace pinion {

// Safe to use from any thread. Readers never wait for a reload.
//
// At the start everything must be valid, and peers with this pin set would accept this process (own_side.h). Later the
// pin set is adopted when it is valid, and the roots for peers when they are valid and handshakes succeed with them,
// since judging others never waits for what is wrong with ourselves; an identity, when it is valid and peers with the
// pin set would accept it. Everything else stays as it is.
class TrustState final : public Reloading {
 public:
  struct Settings {
    Side side = Side::kClient;
    v1::UnlistedClients unlisted_clients = v1::REFUSE;  // of servers
    std::shared_ptr<EventSink> events;                  // may be null
    std::function<absl::Time()> clock;
    // Whether GrpcProvider is wanted.
    bool publishes = true;
    // Of servers, where no source gives them. May be null.
    std::shared_ptr<const AuthorizationPolicy> policy = nullptr;
    std::shared_ptr<const AuthorizationPolicy> shadow_policy = nullptr;
  };
  struct Change {
    bool identity = false;
    bool peer_roots = false;
    bool pin_set = false;
    bool policies = false;
  };
  // Told of each change of what is in force, after it, on the thread that reloads.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnChange(const Change& change) = 0;
    // Changes nothing.
    virtual void AddConnectionsTo(std::vector<ConnectionStatus>* connections) = 0;
  };
  struct Sources {
    std::shared_ptr<Source> identity;    // certificate, private key, in this order
    std::shared_ptr<Source> peer_roots;  // of a client, for servers; of a server, for clients
    std::shared_ptr<Source> pin_set;
    Policies::Sources policies;
    std::shared_ptr<Source> config;  // null: there is no configuration file
    std::shared_ptr<const v1::Config> running_config;
    // What errors call them.
    IdentityFiles identity_files;
    std::string peer_roots_file;
    std::string pin_set_file;
    std::string config_file;
  };

  static Sources SourcesOf(Side side, const ReloadFrom& files);
  // "ChannelOptions: identity is missing".
  static absl::Status Missing(Side side, absl::string_view option);
  // "server_roots" for a client, "client_roots" for a server.
  static const char* NameOfPeerRoots(Side side) { return side == Side::kClient ? kServerRoots : kClientRoots; }

  // Never changes.
  static absl::StatusOr<std::shared_ptr<TrustState>> Fixed(std::shared_ptr<const Identity> identity,
                                                           std::shared_ptr<const x509::TrustRoots> peer_roots,
                                                           std::shared_ptr<const PinSet> pin_set, Settings settings);
  // Reads the sources; what they give must be valid. Nothing is watched: see Watch.
  static absl::StatusOr<std::shared_ptr<TrustState>> Create(const Sources& sources, Settings settings);

  // Whether a client with these options would read the same, and tell the same sink. Not in a forked child, where
  // nothing watches the files.
  bool IsFor(const ReloadFrom& files, const EventSink* events) const;

  // From now on reloads when one of the files in the sources changes, and looks every `interval`.
  void Watch(absl::Duration interval);

  // An observer removes itself before it ends; when RemoveObserver returns, it is not called any more. Neither from
  // within OnChange.
  void AddObserver(Observer* observer);
  void RemoveObserver(Observer* observer);
  bool IsObserved() const;

  // One at a time; a second caller waits for the first.
  void Reload() override;
  WorkloadStatus Status() const override;

  // What judges now; another object after each change.
  std::shared_ptr<const PeerVerifier> Verifier() const { return std::atomic_load(&verifier_); }
  // What this process presents, and what it judges peers by, now.
  struct Own {
    std::shared_ptr<const Identity> identity;
    std::shared_ptr<const x509::TrustRoots> peer_roots;

    bool operator==(const Own& other) const { return identity == other.identity && peer_roots == other.peer_roots; }
    bool operator!=(const Own& other) const { return !(*this == other); }
  };
  Own own() const;
  std::shared_ptr<const AuthorizationPolicy> policy() const;
  std::shared_ptr<const AuthorizationPolicy> shadow_policy() const;
  // For gates that share it.
  const std::shared_ptr<PathCache>& seen() const { return seen_; }
  // A provider of `own()` for one channel alone: in gRPC 1.51 the end of one of two channels that share a provider can
  // leave the other without certificates.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> ProviderForOneChannel(Own* own);
  // What gRPC serves and dials with; follows the identity in force. Null where the settings don't want it.
  const std::shared_ptr<grpc::experimental::CertificateProviderInterface>& GrpcProvider() const { return provider_; }

 private:
  TrustState(const Sources& sources, Settings settings);

  struct Plan {
    Candidate<Identity> identity;
    Candidate<x509::TrustRoots> peer_roots;
    Candidate<PinSet> pin_set;
    std::string warning;
  };

  absl::Status CheckFit(const Plan& plan, absl::Time now, std::string* warning) const;
  // Plans to stay with the roots in effect where the new ones make every handshake fail.
  void HoldRootsBack(Plan* plan) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts the first values into force.
  absl::Status Start(const Plan& plan, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads everything again; what changed, and what is to be told.
  Change Renew(std::vector<ReloadEvent>* news, std::vector<ExpiryEvent>* expiries);
  // Reports what a restart would apply.
  void LookAtConfig(const ReloadContext& context) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Plan Choose(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives gRPC what is planned, or plans to stay with what it has.
  void Publish(Plan* plan) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Tell(const std::vector<ReloadEvent>& news, std::vector<ExpiryEvent> expiries) const;
  // Makes what is in force judge.
  void Install() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Settings settings_;
  const Sources sources_;
  const pid_t process_ = getpid();
  const std::shared_ptr<PathCache> seen_ = std::make_shared<PathCache>();
  std::mutex reloading_;  // held through a whole reload, and before mutex_
  mutable std::mutex mutex_;
  Reloadable<Identity> identity_ ABSL_GUARDED_BY(mutex_);
  Reloadable<x509::TrustRoots> peer_roots_ ABSL_GUARDED_BY(mutex_);
  Reloadable<PinSet> pin_set_ ABSL_GUARDED_BY(mutex_);
  Policies policies_ ABSL_GUARDED_BY(mutex_);
  std::optional<Reloadable<v1::Config>> config_ ABSL_GUARDED_BY(mutex_);
  ExpiryWatch expiry_watch_ ABSL_GUARDED_BY(mutex_);
  absl::Status published_ ABSL_GUARDED_BY(mutex_);
  // The last that was asked for, and its text, so that a key is encoded once.
  Own pem_of_ ABSL_GUARDED_BY(mutex_);
  GrpcPem pem_ ABSL_GUARDED_BY(mutex_);
  mutable std::mutex observing_;  // held while observers are called, after reloading_
  std::vector<Observer*> observers_ ABSL_GUARDED_BY(observing_);
  std::unique_ptr<GrpcPublisher> publisher_;  // null when fixed
  // After the publisher, whose descriptors it reads: what is declared last ends first.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
  std::shared_ptr<const PeerVerifier> verifier_;  // by std::atomic_load and std::atomic_store
  std::unique_ptr<FileWatcher> watcher_;          // last, so that it ends first
};

// The trust state that ChannelOptions or ServerOptions ask for: watching the files where they name some, and attached
// to their control. `peer_roots` are the options', for this side. The rest of `settings` is the caller's.
// InvalidArgument when a required option is missing.
template <typename Options>
absl::StatusOr<std::shared_ptr<TrustState>> MakeTrustState(const Options& options,
                                                           const std::shared_ptr<const x509::TrustRoots>& peer_roots,
                                                           TrustState::Settings settings) {
  const Side side = settings.side;
  if (options.identity == nullptr) return TrustState::Missing(side, "identity");
  if (peer_roots == nullptr) return TrustState::Missing(side, TrustState::NameOfPeerRoots(side));
  if (options.pin_set == nullptr) return TrustState::Missing(side, "pin_set");
  if (!options.clock) return TrustState::Missing(side, "clock");
  settings.events = options.events;
  settings.clock = options.clock;
  const bool reloads = options.reload_from.has_value();
  absl::StatusOr<std::shared_ptr<TrustState>> trust_state =
      reloads ? TrustState::Create(TrustState::SourcesOf(side, *options.reload_from), std::move(settings))
              : TrustState::Fixed(options.identity, peer_roots, options.pin_set, std::move(settings));
  if (!trust_state.ok()) return trust_state;
  if (reloads) (*trust_state)->Watch(options.reload_from->refresh_interval);
  if (options.reload != nullptr) options.reload->Attach(*trust_state);
  return trust_state;
}

}  // namespace pinion

#endif  // PINION_WORKLOAD_TRUST_STATE_H_
