#include "pinion/workload/trust_state.h"

#include <algorithm>
#include <utility>

#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"
#include "pinion/etcd/published.h"
#include "pinion/loading/loaders.h"
#include "pinion/options/config_reload.h"
#include "pinion/workload/pin_set_status.h"

namespace pinion {
namespace {

constexpr char kNoRecord[] =
    "there is no record of an earlier pin set: this is the first start with this folder, or the record was lost";

}  // namespace

TrustState::TrustState(const WorkloadOptions& options, Sources sources)
    : options_(options),
      sources_(std::move(sources)),
      connections_(std::make_shared<ConnectionTable>(
          ConnectionTable::Settings{options.events, options.clock, options.drain_window})),
      identity_(sources_.identity, IdentityLoader(options.certificate, options.private_key)),
      next_identity_(sources_.next_identity, options),
      pin_set_(sources_.pin_set, PinSetLoader(options)),
      policies_(options.server.has_value() ? Policies(sources_.policy, sources_.shadow_policy, *options.server)
                                           : Policies()),
      recorder_(FloorOf(options)) {
  if (sources_.server_roots != nullptr) {
    server_roots_.emplace(sources_.server_roots, PeerRootsLoader(kServerRoots, options.server_roots));
  }
  if (sources_.client_roots != nullptr) {
    client_roots_.emplace(sources_.client_roots, PeerRootsLoader(kClientRoots, options.client_roots));
  }
  if (sources_.shadow_pin_set != nullptr) {
    shadow_pin_set_.emplace(sources_.shadow_pin_set, ShadowPinSetLoader(options));
  }
  if (sources_.config != nullptr) {
    config_.emplace(sources_.config, ConfigLoader(options.config_file, options.config_text));
  }
}

TrustState::~TrustState() {
  for (const std::shared_ptr<Source>& source : sources_.All()) source->StopPushing();
}

absl::StatusOr<std::shared_ptr<TrustState>> TrustState::Create(const WorkloadOptions& options, const Sources& sources,
                                                               const std::string& switched_to) {
  const std::shared_ptr<TrustState> trust_state(new TrustState(options, sources));
  {
    const MutexLock lock(trust_state->mutex_);
    trust_state->next_identity_.SwitchTo(switched_to);
  }
  if (absl::Status status = trust_state->Start(); !status.ok()) return status;
  return trust_state;
}

absl::Status TrustState::Start() {
  std::vector<ReloadEvent> news;
  std::vector<ReloadEvent> policy_news;
  {
    const MutexLock lock(mutex_);
    const absl::Time now = options_.clock();
    const Plan plan = ChooseFirst(now);
    for (const absl::Status& error :
         {plan.identity.error, plan.pin_set.error, plan.server_roots.error, plan.client_roots.error}) {
      if (!error.ok()) return error;
    }
    if (absl::Status status = policies_.Start({now, &policy_news}); !status.ok()) return status;
    if (IsFirstStart(FloorOf(options_))) policy_news.push_back({now, "state_dir", 0, "", kNoRecord});
    // Last, so that the floor stays as it is if this fails.
    Record(plan.pin_set, {now, &policy_news});
    // Another process has just raised it.
    if (absl::IsFailedPrecondition(record_status_) || absl::IsUnauthenticated(record_status_)) return record_status_;
    Adopt(plan, {now, &news});
    AdoptNextIdentity(plan.next_identity, {now, &news});
    RenewShadowPinSet({now, &policy_news});
    LookAtConfig({now, &policy_news});
    Install();
  }
  Report(news, {});
  Report(policy_news, {});
  return absl::OkStatus();
}

void TrustState::Watch(std::shared_ptr<Counters> counters) {
  counters_ = std::move(counters);
  for (const std::shared_ptr<Source>& source : sources_.All()) source->StartPushing(this);
}

std::vector<Side> TrustState::Sides() const {
  std::vector<Side> sides;
  if (calls()) sides.push_back(Side::kClient);
  if (serves()) sides.push_back(Side::kServer);
  return sides;
}

bool TrustState::RenewShadowPinSet(const ReloadContext& context) {
  return shadow_pin_set_.has_value() &&
         Commit("shadow_pin_set", Read(&shadow_pin_set_), "", context, &*shadow_pin_set_);
}

void TrustState::LookAtConfig(const ReloadContext& context) {
  if (config_.has_value()) Commit("config", Read(&config_), "", context, &*config_);
}

void TrustState::Report(const std::vector<ReloadEvent>& news, const std::vector<ExpiryEvent>& expiries) const {
  if (options_.events == nullptr) return;
  for (const ReloadEvent& event : news) options_.events->OnReload(event);
  for (const ExpiryEvent& event : expiries) options_.events->OnExpiry(event);
}

void TrustState::Reload() {
  const absl::Time begin = SteadyNow();
  const MutexLock one_at_a_time(reloading_);
  std::vector<ReloadEvent> news;
  std::vector<ExpiryEvent> expiries;
  const Change change = Renew(&news, &expiries);
  const bool is_change = change.any();
  if (is_change && counters_ != nullptr) counters_->AddReload(SteadyNow() - begin);
  size_t closed = change.pin_set ? connections_->CloseRevoked() : 0;
  if (is_change) {
    const MutexLock lock(observing_);
    for (Observer* observer : observers_) observer->OnSnapshot(change);
  }
  if (change.pin_set) closed += connections_->CloseRevoked();  // those that the observers have found
  if (closed > 0 && counters_ != nullptr) counters_->AddClosing(SteadyNow() - begin);
  Report(news, expiries);  // without the lock: a sink may ask for the status
  if (!is_change) return;
  const MutexLock lock(observing_);
  for (Observer* observer : observers_) observer->OnChange(change);
}

TrustState::Change TrustState::Renew(std::vector<ReloadEvent>* news, std::vector<ExpiryEvent>* expiries) {
  const MutexLock lock(mutex_);
  const absl::Time now = options_.clock();
  Plan plan = Choose(now);
  Publish(&plan);
  const ReloadContext context = {now, news};
  Record(plan.pin_set, context);
  Change change = Adopt(plan, context);
  change.shadow_pin_set = RenewShadowPinSet(context);
  change.policies = policies_.Reload(context);
  change.next_identity = AdoptNextIdentity(plan.next_identity, context);
  LookAtConfig(context);
  if (change.any()) Install();
  *expiries = expiry_watch_.Look(*snapshot_, now);
  return change;
}

TrustState::Change TrustState::Adopt(const Plan& plan, const ReloadContext& context) {
  Change change;
  change.identity = Commit("identity", plan.identity, plan.warning, context, &identity_);
  if (calls()) change.server_roots = CommitRoots(kServerRoots, plan.server_roots, context, &*server_roots_);
  if (serves()) change.client_roots = CommitRoots(kClientRoots, plan.client_roots, context, &*client_roots_);
  const std::string warning = PinSetWarning(*plan.pin_set.value, context.now, change.identity ? "" : plan.warning);
  change.pin_set = Commit("pin_set", plan.pin_set, warning, context, &pin_set_);
  if (const std::string notice = pin_set_.TakeNotice(); !notice.empty()) {
    context.news->push_back({context.now, "pin_set", pin_set_.status().generation, "", notice});
  }
  return change;
}

void TrustState::Publish(Plan* plan) {
  bool is_new = plan->identity.value != identity_.in_effect();
  for (const Side side : Sides()) is_new = is_new || plan->roots(side).value != RootsOf(side)->in_effect();
  if (!is_new && published_status_.ok()) return;
  published_status_ = absl::OkStatus();
  for (const std::weak_ptr<const Published>& weak : published_) {
    const std::shared_ptr<const Published> to = weak.lock();
    if (to == nullptr || to->publisher == nullptr) continue;
    published_status_.Update(to->publisher->Publish(PemOf(*plan->identity.value, *plan->roots(to->side).value)));
  }
  // The next reload tries again. Pinion's own check uses the new roots already.
  if (!published_status_.ok()) plan->identity = {identity_.in_effect(), published_status_};
}

void TrustState::Record(const Candidate<PinSet>& pin_set, const ReloadContext& context) {
  std::string copy;
  const bool is_copied = pin_set.value == pin_set_.in_effect() && record_status_.ok();
  if (options_.etcd.has_value() && !is_copied) {
    const std::vector<std::string> texts = pin_set_.TextsOf(pin_set.value);
    if (!texts.empty()) copy = etcd::FromTexts(texts).SerializeAsString();
  }
  absl::Status status = recorder_.Record(pin_set.value, copy);
  if (status != record_status_) {
    context.news->push_back({context.now, "state_dir", 0, std::string(status.message()), ""});
  }
  record_status_ = std::move(status);
}

TrustState::Own TrustState::own() const {
  const std::shared_ptr<const Snapshot> now = snapshot();
  return {now->identity, now->server_roots};
}

absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> TrustState::ProviderForOneChannel(Own* own) {
  const MutexLock lock(mutex_);
  *own = {identity_.in_effect(), server_roots_->in_effect()};
  if (pem_of_ != *own) pem_ = PemOf(*own->identity, *own->server_roots);
  pem_of_ = *own;
  return MakeGrpcProvider(pem_);
}

absl::StatusOr<std::shared_ptr<const TrustState::Published>> TrustState::PublishTo(Side side) {
  const MutexLock lock(mutex_);
  auto published = std::make_shared<Published>();
  published->side = side;
  const GrpcPem pem = PemOf(*identity_.in_effect(), *RootsOf(side)->in_effect());
  if (sources_.AreConstant()) {
    absl::StatusOr<std::shared_ptr<GrpcCertificateProvider>> provider = MakeGrpcProvider(pem);
    if (!provider.ok()) return provider.status();
    published->provider = *std::move(provider);
    return published;
  }
  absl::StatusOr<std::unique_ptr<GrpcPublisher>> publisher = GrpcPublisher::Create(pem);
  if (!publisher.ok()) return publisher.status();
  published->publisher = *std::move(publisher);
  published->provider = published->publisher->provider();
  published_.erase(std::remove_if(published_.begin(), published_.end(), [](const auto& one) { return one.expired(); }),
                   published_.end());
  published_.push_back(published);
  return published;
}

void TrustState::AddObserver(Observer* observer) {
  const MutexLock lock(observing_);
  observers_.push_back(observer);
}

void TrustState::RemoveObserver(Observer* observer) {
  const MutexLock lock(observing_);
  observers_.erase(std::remove(observers_.begin(), observers_.end(), observer), observers_.end());
}

void TrustState::Install() {
  auto next = std::make_shared<Snapshot>();
  const Snapshot before = snapshot_ == nullptr ? Snapshot() : *snapshot_;
  next->generation = before.generation + 1;
  next->identity = identity_.in_effect();
  next->next_identity = next_identity_.value();
  const std::optional<SourceStatus> status = next_identity_.status();
  next->next_identity_fails = status.has_value() && !status->error.ok();
  next->server_roots = InEffect(server_roots_);
  next->client_roots = InEffect(client_roots_);
  next->pin_set = pin_set_.in_effect();
  next->shadow_pin_set = InEffect(shadow_pin_set_);
  next->policy = policies_.policy();
  next->shadow_policy = policies_.shadow();
  MakeVerifiers(options_, before, next.get());
  std::atomic_store(&snapshot_, std::shared_ptr<const Snapshot>(std::move(next)));
}

}  // namespace pinion
