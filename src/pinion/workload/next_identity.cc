#include "pinion/workload/next_identity.h"

#include <unistd.h>

#include "pinion/loading/loaders.h"

namespace pinion {
namespace {

bool IsMissing(const DataSource& part) { return part.is_file() && access(part.file().c_str(), F_OK) != 0; }

}  // namespace

NextIdentity::NextIdentity(std::shared_ptr<Source> source, const WorkloadOptions& options)
    : certificate_(options.next_certificate), private_key_(options.next_private_key) {
  if (source != nullptr) reloadable_.emplace(std::move(source), IdentityLoader(certificate_, private_key_));
}

Candidate<Identity> NextIdentity::Read() {
  Candidate<Identity> read = pinion::Read(&reloadable_);
  if (absl::IsNotFound(read.error) && IsMissing(certificate_) && IsMissing(private_key_)) return {};
  return read;
}

bool NextIdentity::Commit(const Candidate<Identity>& read, const ReloadContext& context,
                          const std::function<std::string(const std::shared_ptr<const Identity>&)>& warn) {
  if (!reloadable_.has_value()) return false;
  const bool is_new = read.error.ok() && read.value != nullptr && read.value != reloadable_->in_effect();
  return pinion::Commit("next_identity", read, is_new ? warn(read.value) : "", context, &*reloadable_);
}

Candidate<Identity> NextIdentity::Choose(const Candidate<Identity>& identity, const Candidate<Identity>& next) const {
  const auto has_key = [this](const Candidate<Identity>& one) {
    return one.value != nullptr && one.value->SpkiPin() == switched_to_;
  };
  if (switched_to_.empty() || (identity.error.ok() && has_key(identity)) || !has_key(next)) return identity;
  return {next.value, absl::OkStatus()};
}

}  // namespace pinion
