// Which values a reload puts into effect.
#include <string>

#include "absl/strings/str_cat.h"
#include "pinion/base/mutex.h"
#include "pinion/workload/trust_state.h"

namespace pinion {

absl::Status TrustState::CheckFit(Plan& plan, absl::Time now, Side* side) {
  for (const Side one : Sides()) {
    std::string warning;
    const OwnSide own = {plan.identity.value, plan.roots(one).value, *plan.pin_set.value, one};
    if (absl::Status status = CheckOwnSide(own, now, &presented_chains_, &warning); !status.ok()) {
      *side = one;
      return status;
    }
    if (plan.warning.empty()) plan.warning = warning;
  }
  return absl::OkStatus();
}

void TrustState::HoldRootsBack(Plan* plan) {
  for (const Side side : Sides()) {
    const std::shared_ptr<const x509::TrustRoots>& last_good = RootsOf(side)->in_effect();
    const std::shared_ptr<const Identity>& identity = identity_.in_effect();
    if (last_good == nullptr || plan->roots(side).value == last_good) continue;
    const absl::Status fault = presented_chains_.Of(identity, plan->roots(side).value, side).status();
    if (fault.ok() || !presented_chains_.Of(identity, last_good, side).ok()) continue;
    plan->roots(side) = {last_good, fault};
  }
}

void TrustState::HoldIdentityBack(Plan* plan, absl::Time now) {
  const std::shared_ptr<const Identity>& identity = identity_.in_effect();
  const bool is_new = identity != nullptr && plan->identity.value != identity;
  Side side = Sides().front();
  absl::Status fit = CheckFit(*plan, now, &side);
  if (fit.ok() && is_new) {
    RootedIdentity renewed = {*plan->identity.value, {}};
    RootedIdentity in_effect = {*identity, {}};
    for (const Side one : Sides()) {
      renewed.peer_roots.push_back(plan->roots(one).value);
      in_effect.peer_roots.push_back(RootsOf(one)->in_effect());
    }
    fit = CheckSameTrust(renewed, in_effect);
  }
  // A problem with the own identity must not delay the verification of peers: a valid pin set is adopted, and an
  // identity that does not fit it is held back. If the identity in effect no longer fits, because time has passed or
  // the pin set has changed, it stays in effect, peers refuse it, and the error is reported.
  if (fit.ok() || !plan->identity.error.ok()) return;
  plan->is_misfit = true;
  const OwnSide own = {plan->identity.value, plan->roots(side).value, *plan->pin_set.value, side};
  plan->identity = {identity, is_new ? HeldBack(fit, own, *identity, now) : fit};
}

TrustState::Plan TrustState::Choose(absl::Time now) {
  Plan plan;
  plan.next_identity = next_identity_.Read();
  plan.identity = next_identity_.Choose(Read(&identity_), plan.next_identity);
  plan.pin_set = Read(&pin_set_);
  sources_.documents.Use(plan.pin_set.value);  // which is adopted, whatever becomes of the rest
  plan.server_roots = Read(&server_roots_);
  plan.client_roots = Read(&client_roots_);
  if (plan.identity.value == nullptr || plan.pin_set.value == nullptr) return plan;
  for (const Side side : Sides()) {
    if (plan.roots(side).value == nullptr) return plan;
  }
  HoldRootsBack(&plan);
  HoldIdentityBack(&plan, now);
  return plan;
}

TrustState::Plan TrustState::ChooseFirst(absl::Time now) {
  Plan plan = Choose(now);
  if (!plan.is_misfit || plan.next_identity.value == nullptr) return plan;
  const std::string before = next_identity_.switched_to();
  for (const std::string& pin : {plan.next_identity.value->SpkiPin(), std::string()}) {
    next_identity_.SwitchTo(pin);
    Plan other = Choose(now);
    if (!other.identity.error.ok()) continue;
    other.warning =
        absl::StrCat("presented in place of the other one, which cannot be: ", plan.identity.error.message());
    return other;
  }
  next_identity_.SwitchTo(before);
  return plan;
}

TrustState::Plan TrustState::InEffectWith(const std::shared_ptr<const Identity>& identity) const {
  Plan plan;
  plan.identity.value = identity;
  plan.server_roots.value = pinion::InEffect(server_roots_);
  plan.client_roots.value = pinion::InEffect(client_roots_);
  plan.pin_set.value = pin_set_.in_effect();
  return plan;
}

bool TrustState::AdoptNextIdentity(const Candidate<Identity>& read, const ReloadContext& context) {
  return next_identity_.Commit(read, context, [&](const auto& next) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Plan plan = InEffectWith(next);
    Side side = Sides().front();
    return std::string(CheckFit(plan, context.now, &side).message());
  });
}

absl::Status TrustState::CheckReady() {
  const MutexLock lock(mutex_);
  const absl::Time now = options_.clock();
  Plan plan = InEffectWith(identity_.in_effect());
  if (now >= plan.pin_set.value->expires()) {
    return absl::FailedPreconditionError(absl::StrCat("the pin set, version ", plan.pin_set.value->version(),
                                                      ", has expired; publish the next version"));
  }
  Side side = Sides().front();
  return CheckFit(plan, now, &side);
}

absl::Status TrustState::CheckNextIdentity() {
  const MutexLock lock(mutex_);
  if (next_identity_.value() == nullptr) return absl::NotFoundError("there is no next identity");
  Plan plan = InEffectWith(next_identity_.value());
  HoldIdentityBack(&plan, options_.clock());
  return plan.identity.error;
}

void TrustState::SwitchTo(const std::string& pin) {
  {
    const MutexLock lock(mutex_);
    next_identity_.SwitchTo(pin);
  }
  Reload();
}

}  // namespace pinion
