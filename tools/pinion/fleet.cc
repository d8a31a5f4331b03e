// `pinion fleet status`: which pin set the processes of a fleet have in effect.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/etcd/connection.h"
#include "pinion/etcd/published.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"
#include "pinion/loading/loaders.h"
#include "tools/pinion/command.h"
#include "tools/pinion/etcd_config.h"
#include "tools/pinion/fleet_row.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kEtcdTimeout = absl::Seconds(10);
constexpr int kPage = 1000;

struct Arguments {
  std::vector<std::string> files;
  std::string config;
  std::string prefix;
  int64_t expected = 0;
  std::string output = "table";
};

// Whether the instance has this pin set in effect.
std::string StateOf(const v1::FleetInstance& instance, const PinSet& published) {
  const int64_t revocations = published.revocations() == nullptr ? 0 : published.revocations()->version();
  const bool is_current = instance.pin_set_version() == published.version() &&
                          instance.pin_set_sha256() == x509::ToHex(published.content()) &&
                          instance.fleet_trust_version() == published.trust()->version() &&
                          instance.revocations_version() == revocations;
  return !instance.error().empty() ? "FAILING" : is_current ? "CURRENT" : "BEHIND";
}

FleetRow RowOf(const v1::etcd::KeyValue& value, const PinSet& published) {
  FleetRow row;
  row.key = value.key();
  row.state = "UNREADABLE";
  v1::FleetInstance instance;
  if (!json::ParsePrinted(value.value(), &instance).ok()) return row;
  row.state = StateOf(instance, published);
  row.name = instance.name();
  row.pin_set_version = instance.pin_set_version();
  row.fleet_trust_version = instance.fleet_trust_version();
  row.revocations_version = instance.revocations_version();
  row.error = instance.error();
  row.since = json::ToTime(row.error.empty() ? instance.adopted_at() : instance.failing_since());
  return row;
}

absl::Status ReadInstances(const std::string& prefix, const PinSet& published, etcd::Client* client,
                           std::vector<FleetRow>* rows) {
  v1::etcd::RangeRequest request;
  request.set_key(prefix);
  std::string end = prefix;
  ++end.back();
  request.set_range_end(end);
  request.set_limit(kPage);
  for (;;) {
    const absl::StatusOr<v1::etcd::RangeResponse> response = client->Range(request, kEtcdTimeout);
    if (!response.ok()) return response.status();
    for (const v1::etcd::KeyValue& value : response->kvs()) rows->push_back(RowOf(value, published));
    if (!response->more() || response->kvs().empty()) return absl::OkStatus();
    request.set_key(response->kvs().rbegin()->key() + '\0');
  }
}

absl::StatusOr<std::shared_ptr<const PinSet>> ReadPublished(const WorkloadOptions& options, etcd::Client* client) {
  v1::etcd::RangeRequest request;
  request.set_key(options.etcd->key);
  const absl::StatusOr<v1::etcd::RangeResponse> response = client->RangeFromAny(request, kEtcdTimeout);
  if (!response.ok()) return response.status();
  if (response->kvs().empty()) return absl::NotFoundError(absl::StrCat("etcd has no key ", options.etcd->key));
  const absl::StatusOr<v1::PublishedPinSet> published =
      etcd::Parse(options.etcd->key, response->kvs(0).value(),
                  [&](const std::string& part) { return client->Get(part, kEtcdTimeout); });
  if (!published.ok()) return published.status();
  return PinSetLoader(options)(etcd::TextsOf(*published), nullptr);
}

// What the processes should have in effect.
struct Published {
  int64_t version = 0;
  std::string fleet;  // empty if it is not known
  int64_t trust_version = 0;
};

void PrintJson(const Published& published, const std::vector<FleetRow>& rows, int64_t behind) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const FleetRow& row : rows) {
    instances.push_back({{"key", row.key},
                         {"name", row.name},
                         {"state", row.state},
                         {"pin_set_version", row.pin_set_version},
                         {"trust_version", row.fleet_trust_version},
                         {"revocations_version", row.revocations_version},
                         {"since", row.since == absl::InfinitePast() ? "" : FormatRfc3339(row.since)},
                         {"error", row.error}});
  }
  std::cout << JsonText({{"version", 1},
                         {"pin_set_version", published.version},
                         {"trust_version", published.trust_version},
                         {"instances", instances},
                         {"behind", behind}});
}

void PrintTable(const Published& published, const std::vector<FleetRow>& rows, int64_t behind) {
  std::cout << "published: version " << published.version
            << (published.fleet.empty() ? "" : absl::StrCat(", fleet ", published.fleet)) << "; "
            << rows.size() - behind << " of " << rows.size() << " processes have it in effect\n";
  for (const FleetRow& row : rows) {
    std::cout << absl::StrFormat("  %-10s  %s", row.state, Printable(row.key));
    if (!row.name.empty()) std::cout << "  " << Printable(row.name);
    if (row.pin_set_version > 0) std::cout << ", version " << row.pin_set_version;
    if (row.since != absl::InfinitePast()) std::cout << ", since " << FormatRfc3339(row.since);
    if (!row.error.empty()) std::cout << ": " << Printable(row.error);
    std::cout << "\n";
  }
}

absl::Status ReadFromEtcd(const Arguments& arguments, Published* published, std::vector<FleetRow>* rows) {
  const absl::StatusOr<WorkloadOptions> options = EtcdConfig(arguments.config);
  if (!options.ok()) return options.status();
  std::string prefix = arguments.prefix;
  if (prefix.empty()) prefix = options->etcd->instance_key.substr(0, options->etcd->instance_key.rfind('/') + 1);
  if (prefix.empty() && arguments.files.empty()) {
    return absl::InvalidArgumentError(
        "where the processes write is not known: name --prefix, pin_set.etcd.instance_key in the configuration, or the "
        "files of processes");
  }
  absl::StatusOr<etcd::Connection> connection = etcd::Connect(*options, Workload::Create);
  if (!connection.ok()) return connection.status();
  etcd::Client client(std::move(connection->endpoints));
  const absl::StatusOr<std::shared_ptr<const PinSet>> pin_set = ReadPublished(*options, &client);
  if (!pin_set.ok()) return pin_set.status();
  *published = {(*pin_set)->version(), (*pin_set)->trust()->fleet(), (*pin_set)->trust()->version()};
  return prefix.empty() ? absl::OkStatus() : ReadInstances(prefix, **pin_set, &client, rows);
}

int Status(const Arguments& arguments) {
  Published published;
  published.version = arguments.expected;
  std::vector<FleetRow> rows;
  if (arguments.config.empty() && (arguments.files.empty() || arguments.expected == 0)) {
    return Unusable(
        absl::InvalidArgumentError("what was published is not known: --config, of a process that has it from etcd, is "
                                   "required, or --expect with files"));
  }
  if (!arguments.config.empty()) {
    if (absl::Status status = ReadFromEtcd(arguments, &published, &rows); !status.ok()) return Unusable(status);
  }
  for (const std::string& file : arguments.files) {
    absl::StatusOr<std::vector<FleetRow>> more = RowsOfFile(file, published.version, absl::Now());
    if (!more.ok()) return Unusable(more.status());
    rows.insert(rows.end(), more->begin(), more->end());
  }
  const int64_t behind =
      std::count_if(rows.begin(), rows.end(), [](const FleetRow& row) { return row.state != "CURRENT"; });
  arguments.output == "json" ? PrintJson(published, rows, behind) : PrintTable(published, rows, behind);
  if (published.version >= arguments.expected) return behind == 0 && !rows.empty() ? kYes : kNo;
  std::cerr << "pinion: etcd has version " << published.version << ", and not version " << arguments.expected
            << ": it was not published, or somebody has put an older one in its place\n";
  return kNo;
}

}  // namespace

void AddFleet(CLI::App* app, int* exit_code) {
  CLI::App* fleet = app->add_subcommand("fleet", "Look at the pin sets of a fleet's processes");
  fleet->require_subcommand(1);
  fleet->footer("Example:\n  pinion fleet status --config publisher.json --prefix /pinion/prod/instances/");
  CLI::App* command = fleet->add_subcommand("status", "Show which processes have the published pin set in effect");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->files, "the status or the census of a process");
  command->add_option("--config", arguments->config, "a configuration with pin_set.etcd");
  command->add_option("--prefix", arguments->prefix,
                      "what the processes' instance_key begins with; by default, the folder of this configuration's");
  command->add_option("--expect", arguments->expected, "the version that was published last, or a lower bound of it");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion fleet status --config publisher.json --prefix /pinion/prod/instances/\n"
      "  pinion fleet status --expect 7 orders-status.json payments-census.json\n"
      "CURRENT has it in effect, BEHIND another one since that time. FAILING says why it has not adopted what its "
      "source\n"
      "has. STALE is a file that is no longer written; UNREADABLE says nothing that can be read.\n"
      "A status is what `pinion serve --status-file` writes. A census (adoption.census_file) names the processes that\n"
      "are connected to the one that writes it, and the version of each; BEHIND is then since it was seen first.\n"
      "A key whose process no longer exists stays: delete it with etcdctl.\n"
      "JSON: {\"version\": 1, \"pin_set_version\", \"trust_version\", \"instances\": [{\"key\", \"name\", \"state\",\n"
      "  \"pin_set_version\", \"trust_version\", \"revocations_version\", \"since\", \"error\"}], \"behind\"}.\n"
      "Exit code: 0 all have it; 1 one has not, there is none, or etcd has an older one than --expect; 2 unusable "
      "input, or no connection.");
  command->callback([arguments, exit_code] { *exit_code = Status(*arguments); });
}

}  // namespace pinion::cli
