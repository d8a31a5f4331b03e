#include "pinion/workload/trust_state.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/pin/report_only.h"
#include "pinion/workload/config_reload.h"
#include "pinion/workload/loaders.h"
#include "pinion/workload/own_side.h"

namespace pinion {
namespace {

absl::Time FirstPinToExpire(const PinSet& pin_set) {
  absl::Time first = absl::InfiniteFuture();
  for (const Peer& peer : pin_set.peers()) {
    for (const PeerPin& pin : peer.pins) first = std::min(first, absl::Time(pin.not_after));
  }
  return first;
}

}  // namespace

TrustState::TrustState(const Sources& sources, Settings settings)
    : settings_(std::move(settings)),
      sources_(sources),
      identity_(sources.identity, IdentityLoader(sources.identity_files)),
      peer_roots_(sources.peer_roots, PeerRootsLoader(NameOfPeerRoots(settings_.side), sources.peer_roots_file)),
      pin_set_(sources.pin_set, PinSetLoader(sources.pin_set_file, settings_.clock)),
      policies_(sources.policies, settings_.policy, settings_.shadow_policy) {
  if (sources.config == nullptr) return;
  config_.emplace(sources.config, ConfigLoader(sources.config_file, sources.running_config));
}

TrustState::Sources TrustState::SourcesOf(Side side, const ReloadFrom& files) {
  const auto source = [](const std::string& file) -> std::shared_ptr<Source> {
    return file.empty() ? nullptr : std::make_shared<FileSource>(std::vector<std::string>{file});
  };
  const IdentityFiles& identity = files.identity;
  Sources sources;
  sources.identity =
      std::make_shared<FileSource>(std::vector<std::string>{identity.certificate_file, identity.private_key_file});
  sources.peer_roots_file = side == Side::kClient ? files.server_roots_file : files.client_roots_file;
  sources.peer_roots = source(sources.peer_roots_file);
  sources.pin_set = source(files.pin_set_file);
  sources.policies = {source(files.authorization_policy_file), source(files.shadow_policy_file),
                      files.authorization_policy_file, files.shadow_policy_file};
  sources.identity_files = identity;
  sources.pin_set_file = files.pin_set_file;
  sources.config = files.config == nullptr ? nullptr : source(files.config_file);
  sources.running_config = files.config;
  sources.config_file = files.config_file;
  return sources;
}

absl::Status TrustState::Missing(Side side, absl::string_view option) {
  return absl::InvalidArgumentError(
      absl::StrCat(side == Side::kClient ? "ChannelOptions: " : "ServerOptions: ", option, " is missing"));
}

absl::StatusOr<std::shared_ptr<TrustState>> TrustState::Fixed(std::shared_ptr<const Identity> identity,
                                                              std::shared_ptr<const x509::TrustRoots> peer_roots,
                                                              std::shared_ptr<const PinSet> pin_set,
                                                              Settings settings) {
  const std::shared_ptr<TrustState> trust_state(new TrustState({}, std::move(settings)));
  const std::lock_guard<std::mutex> lock(trust_state->mutex_);
  const absl::Time now = trust_state->settings_.clock();
  Plan plan = {{std::move(identity), {}}, {std::move(peer_roots), {}}, {std::move(pin_set), {}}, ""};
  absl::Status status = CheckReportOnly(*plan.pin_set.value, now);
  status.Update(trust_state->CheckFit(plan, now, &plan.warning));
  if (!status.ok()) return status;
  if (trust_state->settings_.publishes) {
    trust_state->provider_ = MakeGrpcProvider(PemOf(*plan.identity.value, *plan.peer_roots.value));
  }
  status = trust_state->Start(plan, now);
  if (!status.ok()) return status;
  return trust_state;
}

absl::StatusOr<std::shared_ptr<TrustState>> TrustState::Create(const Sources& sources, Settings settings) {
  const std::shared_ptr<TrustState> trust_state(new TrustState(sources, std::move(settings)));
  const std::lock_guard<std::mutex> lock(trust_state->mutex_);
  const absl::Time now = trust_state->settings_.clock();
  const Plan plan = trust_state->Choose(now);
  if (!plan.identity.error.ok()) return plan.identity.error;
  if (!plan.peer_roots.error.ok()) return plan.peer_roots.error;
  if (!plan.pin_set.error.ok()) return plan.pin_set.error;
  if (trust_state->settings_.publishes) {
    absl::StatusOr<std::unique_ptr<GrpcPublisher>> publisher =
        GrpcPublisher::Create(PemOf(*plan.identity.value, *plan.peer_roots.value));
    if (!publisher.ok()) return publisher.status();
    trust_state->publisher_ = *std::move(publisher);
    trust_state->provider_ = trust_state->publisher_->provider();
  }
  if (absl::Status status = trust_state->Start(plan, now); !status.ok()) return status;
  return trust_state;
}

absl::Status TrustState::Start(const Plan& plan, absl::Time now) {
  std::vector<ReloadEvent> news;
  const ReloadContext context = {settings_.side, now, &news};
  Commit("identity", plan.identity, plan.warning, context, &identity_);
  Commit(NameOfPeerRoots(settings_.side), plan.peer_roots, "", context, &peer_roots_);
  Commit("pin_set", plan.pin_set, "", context, &pin_set_);
  if (absl::Status status = policies_.Start(context); !status.ok()) return status;
  LookAtConfig(context);
  Install();
  Tell(news, {});
  return absl::OkStatus();
}

bool TrustState::IsFor(const ReloadFrom& files, const EventSink* events) const {
  const IdentityFiles& ours = sources_.identity_files;
  return process_ == getpid() && settings_.side == Side::kClient && !settings_.publishes &&
         settings_.events.get() == events && sources_.pin_set_file == files.pin_set_file &&
         ours.certificate_file == files.identity.certificate_file &&
         ours.private_key_file == files.identity.private_key_file &&
         sources_.peer_roots_file == files.server_roots_file;
}

void TrustState::Watch(absl::Duration interval) {
  std::vector<std::string> paths = {sources_.identity_files.certificate_file, sources_.identity_files.private_key_file,
                                    sources_.peer_roots_file, sources_.pin_set_file};
  for (const std::string& file : {sources_.policies.policy_file, sources_.policies.shadow_file, sources_.config_file}) {
    if (!file.empty()) paths.push_back(file);
  }
  watcher_ = std::make_unique<FileWatcher>(std::move(paths), interval, [this] { Reload(); });
}

absl::Status TrustState::CheckFit(const Plan& plan, absl::Time now, std::string* warning) const {
  return CheckOwnSide({*plan.identity.value, *plan.peer_roots.value, *plan.pin_set.value, settings_.side}, now,
                      warning);
}

void TrustState::LookAtConfig(const ReloadContext& context) {
  if (!config_.has_value()) return;
  const absl::StatusOr<std::shared_ptr<const v1::Config>> read = config_->Read();
  const Candidate<v1::Config> choice = {read.ok() ? *read : config_->in_force(), read.status()};
  Commit("config", choice, "", context, &*config_);
}

void TrustState::HoldRootsBack(Plan* plan) const {
  const std::shared_ptr<const x509::TrustRoots>& last_good = peer_roots_.in_force();
  const std::shared_ptr<const Identity>& identity = identity_.in_force();
  if (last_good == nullptr || plan->peer_roots.value == last_good) return;
  const absl::Status fault = CheckOwnTls(*identity, *plan->peer_roots.value, settings_.side);
  if (fault.ok() || !CheckOwnTls(*identity, *last_good, settings_.side).ok()) return;
  plan->peer_roots = {last_good, fault};
}

TrustState::Plan TrustState::Choose(absl::Time now) {
  const std::shared_ptr<const Identity>& identity = identity_.in_force();
  const std::shared_ptr<const PinSet>& pin_set = pin_set_.in_force();
  const std::shared_ptr<const x509::TrustRoots>& peer_roots = peer_roots_.in_force();
  const absl::StatusOr<std::shared_ptr<const Identity>> identity_read = identity_.Read();
  const absl::StatusOr<std::shared_ptr<const x509::TrustRoots>> peer_roots_read = peer_roots_.Read();
  const absl::StatusOr<std::shared_ptr<const PinSet>> pin_set_read = pin_set_.Read();
  Plan plan = {{identity_read.ok() ? *identity_read : identity, identity_read.status()},
               {peer_roots_read.ok() ? *peer_roots_read : peer_roots, peer_roots_read.status()},
               {pin_set_read.ok() ? *pin_set_read : pin_set, pin_set_read.status()},
               ""};
  if (plan.identity.value == nullptr || plan.peer_roots.value == nullptr || plan.pin_set.value == nullptr) return plan;
  HoldRootsBack(&plan);
  const bool is_new = identity != nullptr && plan.identity.value != identity;
  absl::Status fit = CheckFit(plan, now, &plan.warning);
  if (fit.ok() && is_new) {
    fit = CheckSameTrust({*plan.identity.value, *plan.peer_roots.value}, {*identity, *peer_roots});
  }
  if (fit.ok()) return plan;
  // Judging others never waits for what is wrong with ourselves: a pin set that is valid is adopted, and the identity
  // that does not fit it is held back. Where that is the one in force, time or the pin set has overtaken it: it stays,
  // refused by all who check it, and said.
  if (!identity_read.ok()) return plan;
  const OwnSide own = {*plan.identity.value, *plan.peer_roots.value, *plan.pin_set.value, settings_.side};
  const absl::Status error = is_new ? HeldBack(fit, own, *identity, now) : fit;
  plan.identity = {identity, error};
  return plan;
}

void TrustState::Tell(const std::vector<ReloadEvent>& news, std::vector<ExpiryEvent> expiries) const {
  if (settings_.events == nullptr) return;
  for (const ReloadEvent& event : news) settings_.events->OnReload(event);
  for (ExpiryEvent& event : expiries) {
    event.side = settings_.side;
    settings_.events->OnExpiry(event);
  }
}

void TrustState::Reload() {
  if (sources_.identity == nullptr) return;  // fixed
  const std::lock_guard<std::mutex> one_at_a_time(reloading_);
  std::vector<ReloadEvent> news;
  std::vector<ExpiryEvent> expiries;
  const Change change = Renew(&news, &expiries);
  Tell(news, std::move(expiries));  // without the lock: a sink may ask for the status
  if (!change.identity && !change.peer_roots && !change.pin_set && !change.policies) return;
  const std::lock_guard<std::mutex> lock(observing_);
  for (Observer* observer : observers_) observer->OnChange(change);
}

TrustState::Change TrustState::Renew(std::vector<ReloadEvent>* news, std::vector<ExpiryEvent>* expiries) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const absl::Time now = settings_.clock();
  Plan plan = Choose(now);
  Publish(&plan);
  const ReloadContext context = {settings_.side, now, news};
  Change change;
  change.identity = Commit("identity", plan.identity, plan.warning, context, &identity_);
  change.peer_roots = Commit(NameOfPeerRoots(settings_.side), plan.peer_roots, "", context, &peer_roots_);
  change.pin_set = Commit("pin_set", plan.pin_set, change.identity ? "" : plan.warning, context, &pin_set_);
  change.policies = policies_.Reload(context);
  LookAtConfig(context);
  if (change.peer_roots || change.pin_set) Install();
  *expiries = expiry_watch_.Look(*identity_.in_force(), *peer_roots_.in_force(), *pin_set_.in_force(), now);
  return change;
}

void TrustState::Publish(Plan* plan) {
  const bool is_new = plan->identity.value != identity_.in_force() || plan->peer_roots.value != peer_roots_.in_force();
  if (publisher_ == nullptr || (!is_new && published_.ok())) return;
  published_ = publisher_->Publish(PemOf(*plan->identity.value, *plan->peer_roots.value));
  if (published_.ok()) return;
  plan->identity = {identity_.in_force(), published_};
  plan->peer_roots = {peer_roots_.in_force(), published_};
}

TrustState::Own TrustState::own() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {identity_.in_force(), peer_roots_.in_force()};
}

std::shared_ptr<grpc::experimental::CertificateProviderInterface> TrustState::ProviderForOneChannel(Own* own) {
  const std::lock_guard<std::mutex> lock(mutex_);
  *own = {identity_.in_force(), peer_roots_.in_force()};
  if (pem_of_ != *own) pem_ = PemOf(*own->identity, *own->peer_roots);
  pem_of_ = *own;
  return MakeGrpcProvider(pem_);
}

std::shared_ptr<const AuthorizationPolicy> TrustState::policy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policies_.policy();
}

std::shared_ptr<const AuthorizationPolicy> TrustState::shadow_policy() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return policies_.shadow();
}

void TrustState::AddObserver(Observer* observer) {
  const std::lock_guard<std::mutex> lock(observing_);
  observers_.push_back(observer);
}

void TrustState::RemoveObserver(Observer* observer) {
  const std::lock_guard<std::mutex> lock(observing_);
  observers_.erase(std::remove(observers_.begin(), observers_.end(), observer), observers_.end());
}

bool TrustState::IsObserved() const {
  const std::lock_guard<std::mutex> lock(observing_);
  return !observers_.empty();
}

void TrustState::Install() {
  std::atomic_store(&verifier_, std::make_shared<const PeerVerifier>(*peer_roots_.in_force(), pin_set_.in_force(),
                                                                     settings_.unlisted_clients));
}

WorkloadStatus TrustState::Status() const {
  WorkloadStatus status;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    status.identity = identity_.status();
    (settings_.side == Side::kClient ? status.server_roots : status.client_roots) = peer_roots_.status();
    status.pin_set = pin_set_.status();
    if (config_.has_value()) status.config = config_->status();
    status.policy = policies_.policy_status();
    status.shadow_policy = policies_.shadow_status();
    status.pin_set_version = pin_set_.in_force()->version();
    status.certificate_expires = identity_.in_force()->certificate().not_after();
    status.pin_expires = FirstPinToExpire(*pin_set_.in_force());
  }
  const std::lock_guard<std::mutex> lock(observing_);
  for (Observer* observer : observers_) observer->AddConnectionsTo(&status.connections);
  return status;
}

}  // namespace pinion
