// A hold on what credentials reload: how it stands, and a push.
#ifndef PINION_WORKLOAD_RELOAD_CONTROL_H_
#define PINION_WORKLOAD_RELOAD_CONTROL_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "pinion/connection/connection_status.h"
#include "pinion/identity/identity.h"
#include "pinion/source/reloadable.h"
#include "pinion/v1/config.pb.h"

namespace pinion {

// Files that are watched.
struct ReloadFrom {
  IdentityFiles identity;
  // ChannelOptions read the first, ServerOptions the second.
  std::string server_roots_file;
  std::string client_roots_file;
  std::string pin_set_file;
  // Of servers; empty where there is none.
  std::string authorization_policy_file;
  std::string shadow_policy_file;
  // The configuration file that named these, and what it said when it was read; empty where there is none. A running
  // process applies no edit of it, and reports each.
  std::string config_file;
  std::shared_ptr<const v1::Config> config;
  // How often to look, besides at each change that the system tells of; for file systems that tell nothing.
  absl::Duration refresh_interval = absl::Seconds(10);
};

// What is in force, and what is wrong with what should be.
struct WorkloadStatus {
  SourceStatus identity;
  std::optional<SourceStatus> server_roots;  // of clients
  std::optional<SourceStatus> client_roots;  // of servers
  SourceStatus pin_set;
  // Empty where no file has one.
  std::optional<SourceStatus> policy;
  std::optional<SourceStatus> shadow_policy;
  // The error is what a restart would apply.
  std::optional<SourceStatus> config;
  int64_t pin_set_version = 0;
  // Our certificate's end.
  absl::Time certificate_expires;
  // The first end among the pins that are accepted today; InfiniteFuture when none has one.
  absl::Time pin_expires = absl::InfiniteFuture();
  // Of channels from CreateChannel and servers from Listen; credentials alone don't know theirs. A connection is listed
  // within 0.1 s after its handshake.
  std::vector<ConnectionStatus> connections;
};

// Something that reloads.
class Reloading {
 public:
  virtual ~Reloading() = default;
  virtual void Reload() = 0;
  virtual WorkloadStatus Status() const = 0;
};

// Stands in the options that credentials are made from. Safe to use from any thread, not from a signal handler.
class ReloadControl {
 public:
  // Reads everything again now, as on SIGHUP; when it returns, what could be adopted is in force. Does nothing before
  // there are credentials, and when they are gone.
  void ReloadNow();
  // Empty before there are credentials, and when they are gone.
  std::optional<WorkloadStatus> Status() const;

  // The rest is for the credentials.
  void Attach(std::weak_ptr<Reloading> reloading);
  // Also for the next channel of these options, for as long as this lives.
  void Keep(std::shared_ptr<Reloading> reloading);
  // Null where nothing is attached, or it is gone.
  std::shared_ptr<Reloading> Attached() const;
  // Held from Attached to Keep, so that channels opened at once have one between them.
  std::unique_lock<std::mutex> LockOpening() { return std::unique_lock<std::mutex>(opening_); }

 private:
  std::mutex opening_;
  mutable std::mutex mutex_;
  std::weak_ptr<Reloading> reloading_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Reloading> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace pinion

#endif  // PINION_WORKLOAD_RELOAD_CONTROL_H_
