#include "tools/pinion/fleet_row.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "pinion/base/file.h"
#include "pinion/base/printable.h"
#include "pinion/census/census_store.h"
#include "pinion/json/timestamp.h"
#include "tools/pinion/input_kind.h"
#include "tools/pinion/status_file.h"

namespace pinion::cli {
namespace {

// A process writes its status every second, and its census at least each minute.
constexpr absl::Duration kStale = absl::Minutes(5);

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return time.seconds() == 0 ? absl::InfinitePast() : json::ToTime(time);
}

FleetRow RowOfStatus(const std::string& file, const v1::Status& status, int64_t version, absl::Time now) {
  FleetRow row;
  row.key = file;
  row.name = "its process";
  row.pin_set_version = status.pin_set_version();
  row.fleet_trust_version = status.fleet_trust_version();
  row.revocations_version = status.revocations_version();
  row.since = TimeOf(status.pin_set().adopted());
  for (const v1::Status::Source* part : {&status.pin_set(), &status.server_roots(), &status.client_roots(),
                                         &status.authorization_policy(), &status.shadow_policy()}) {
    if (part->error().empty()) continue;
    row.error = part->error();
    row.since = TimeOf(part->failing_since());
    break;
  }
  row.state = now - TimeOf(status.written()) > kStale ? "STALE"
              : !row.error.empty()                    ? "FAILING"
              : row.pin_set_version >= version        ? "CURRENT"
                                                      : "BEHIND";
  return row;
}

std::vector<FleetRow> RowsOfCensus(const std::string& file, const v1::CensusFile& census, int64_t version,
                                   absl::Time now) {
  std::vector<FleetRow> rows;
  const bool is_stale = now - TimeOf(census.written()) > kStale;
  if (is_stale) rows.push_back({file, "STALE", "the processes that it was connected to"});
  for (const v1::CensusFile::Peer& peer : census.peers()) {
    const std::string name = peer.name().empty() ? "unlisted" : peer.name();
    for (const v1::CensusFile::Process& process : peer.processes()) {
      if (is_stale || process.streams() == 0) continue;
      FleetRow row;
      row.key = file;
      row.name = absl::StrCat(name, " ", process.id());
      row.pin_set_version = process.pin_set_version();
      row.since = TimeOf(process.first_seen());
      row.state = row.pin_set_version >= version ? "CURRENT" : "BEHIND";
      rows.push_back(std::move(row));
    }
    if (is_stale || peer.silent() == 0) continue;
    rows.push_back(
        {file, "UNREADABLE", absl::StrCat(name, ", ", peer.silent(), " connections of processes that say nothing")});
  }
  return rows;
}

}  // namespace

absl::StatusOr<std::vector<FleetRow>> RowsOfFile(const std::string& file, int64_t version, absl::Time now) {
  const absl::StatusOr<std::string> text = ReadFile(file);
  if (!text.ok()) return text.status();
  const InputKind kind = KindOf(*text);
  if (kind == InputKind::kStatus) {
    const absl::StatusOr<v1::Status> status = ParseStatus(*text);
    if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(Printable(file), ": ", status.status().message()));
    return std::vector<FleetRow>{RowOfStatus(file, *status, version, now)};
  }
  if (kind != InputKind::kCensus) {
    return absl::InvalidArgumentError(absl::StrCat(
        Printable(file),
        ": neither a status nor a census; name what a process writes as --status-file or adoption.census_file"));
  }
  const absl::StatusOr<v1::CensusFile> census = ReadCensus(file);
  if (!census.ok()) return census.status();
  return RowsOfCensus(file, *census, version, now);
}

}  // namespace pinion::cli
