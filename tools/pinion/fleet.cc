// `pinion fleet status`: which pin set the processes of a fleet have in effect.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/etcd/connection.h"
#include "pinion/etcd/published.h"
#include "pinion/json/printed.h"
#include "pinion/json/timestamp.h"
#include "pinion/loading/loaders.h"
#include "tools/pinion/command.h"
#include "tools/pinion/event_log.h"
#include "tools/pinion/json_output.h"

namespace pinion::cli {
namespace {

constexpr absl::Duration kEtcdTimeout = absl::Seconds(10);
constexpr int kPage = 1000;

struct Arguments {
  std::string config;
  std::string prefix;
  int64_t expected = 0;
  std::string output = "table";
};

struct Row {
  std::string key;
  v1::FleetInstance instance;
  std::string state;  // CURRENT, BEHIND, FAILING or UNREADABLE
};

// Whether the instance has this pin set in effect.
std::string StateOf(const v1::FleetInstance& instance, const PinSet& published) {
  const absl::string_view digest(reinterpret_cast<const char*>(published.content().data()), published.content().size());
  const int64_t revocations = published.revocations() == nullptr ? 0 : published.revocations()->version();
  const bool is_current = instance.pin_set_version() == published.version() &&
                          instance.pin_set_sha256() == absl::BytesToHexString(digest) &&
                          instance.fleet_trust_version() == published.trust()->version() &&
                          instance.revocations_version() == revocations;
  return !instance.error().empty() ? "FAILING" : is_current ? "CURRENT" : "BEHIND";
}

absl::StatusOr<std::vector<Row>> ReadInstances(const std::string& prefix, const PinSet& published,
                                               etcd::Client* client) {
  std::vector<Row> rows;
  v1::etcd::RangeRequest request;
  request.set_key(prefix);
  std::string end = prefix;
  ++end.back();
  request.set_range_end(end);
  request.set_limit(kPage);
  for (;;) {
    const absl::StatusOr<v1::etcd::RangeResponse> response = client->Range(request, kEtcdTimeout);
    if (!response.ok()) return response.status();
    for (const v1::etcd::KeyValue& value : response->kvs()) {
      Row row = {value.key(), {}, "UNREADABLE"};
      if (json::ParsePrinted(value.value(), &row.instance).ok()) row.state = StateOf(row.instance, published);
      rows.push_back(std::move(row));
    }
    if (!response->more() || response->kvs().empty()) return rows;
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

std::string Since(const v1::FleetInstance& instance) {
  return FormatRfc3339(json::ToTime(instance.error().empty() ? instance.adopted_at() : instance.failing_since()));
}

void PrintJson(const PinSet& published, const std::vector<Row>& rows, int64_t behind) {
  nlohmann::ordered_json instances = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    instances.push_back({{"key", row.key},
                         {"name", row.instance.name()},
                         {"state", row.state},
                         {"pin_set_version", row.instance.pin_set_version()},
                         {"trust_version", row.instance.fleet_trust_version()},
                         {"revocations_version", row.instance.revocations_version()},
                         {"since", row.state == "UNREADABLE" ? "" : Since(row.instance)},
                         {"error", row.instance.error()}});
  }
  std::cout << JsonText({{"version", 1},
                         {"pin_set_version", published.version()},
                         {"trust_version", published.trust()->version()},
                         {"instances", instances},
                         {"behind", behind}});
}

void PrintTable(const PinSet& published, const std::vector<Row>& rows, int64_t behind) {
  std::cout << "published: version " << published.version() << ", fleet " << published.trust()->fleet() << "; "
            << rows.size() - behind << " of " << rows.size() << " processes have it in effect\n";
  for (const Row& row : rows) {
    std::cout << absl::StrFormat("  %-10s  %s", row.state, Printable(row.key));
    if (row.state != "UNREADABLE") {
      std::cout << "  " << Printable(row.instance.name()) << ", version " << row.instance.pin_set_version()
                << ", since " << Since(row.instance);
    }
    if (!row.instance.error().empty()) std::cout << ": " << Printable(row.instance.error());
    std::cout << "\n";
  }
}

int Status(const Arguments& arguments) {
  absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  if (!options->etcd.has_value()) {
    return Unusable(absl::InvalidArgumentError(absl::StrCat(arguments.config, ": pin_set.etcd is missing")));
  }
  std::string prefix = arguments.prefix;
  if (prefix.empty()) prefix = options->etcd->instance_key.substr(0, options->etcd->instance_key.rfind('/') + 1);
  if (prefix.empty()) {
    return Unusable(absl::InvalidArgumentError(
        "where the processes write is not known: name --prefix, or pin_set.etcd.instance_key in the configuration"));
  }
  options->state_dir.clear();  // the record is that of the service whose configuration this is
  options->events = std::make_shared<EventLog>();
  absl::StatusOr<etcd::Connection> connection = etcd::Connect(*options, Workload::Create);
  if (!connection.ok()) return Unusable(connection.status());
  etcd::Client client(std::move(connection->endpoints));
  const absl::StatusOr<std::shared_ptr<const PinSet>> published = ReadPublished(*options, &client);
  if (!published.ok()) return Unusable(published.status());
  const absl::StatusOr<std::vector<Row>> rows = ReadInstances(prefix, **published, &client);
  if (!rows.ok()) return Unusable(rows.status());
  const int64_t behind =
      std::count_if(rows->begin(), rows->end(), [](const Row& row) { return row.state != "CURRENT"; });
  arguments.output == "json" ? PrintJson(**published, *rows, behind) : PrintTable(**published, *rows, behind);
  if ((*published)->version() >= arguments.expected) return behind == 0 && !rows->empty() ? kYes : kNo;
  std::cerr << "pinion: etcd has version " << (*published)->version() << ", and not version " << arguments.expected
            << ": it was not published, or somebody has put an older one in its place\n";
  return kNo;
}

}  // namespace

void AddFleet(CLI::App* app, int* exit_code) {
  CLI::App* fleet = app->add_subcommand("fleet", "Look at the processes that have their pin set from etcd");
  fleet->require_subcommand(1);
  fleet->footer("Example:\n  pinion fleet status --config publisher.json --prefix /pinion/prod/instances/");
  CLI::App* command = fleet->add_subcommand("status", "Show which processes have the published pin set in effect");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--config", arguments->config, "a configuration with pin_set.etcd")->required();
  command->add_option("--prefix", arguments->prefix,
                      "what the processes' instance_key begins with; by default, the folder of this configuration's");
  command->add_option("--expect", arguments->expected, "the version that was published last, or a lower bound of it");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion fleet status --config publisher.json --prefix /pinion/prod/instances/\n"
      "CURRENT has it in effect, BEHIND another one since that time. FAILING says why it has not adopted what etcd "
      "has.\n"
      "A key whose process no longer exists stays: delete it with etcdctl.\n"
      "JSON: {\"version\": 1, \"pin_set_version\", \"trust_version\", \"instances\": [{\"key\", \"name\", \"state\",\n"
      "  \"pin_set_version\", \"trust_version\", \"revocations_version\", \"since\", \"error\"}], \"behind\"}.\n"
      "Exit code: 0 all have it; 1 one has not, there is none, or etcd has an older one than --expect; 2 unusable "
      "input, or no connection.");
  command->callback([arguments, exit_code] { *exit_code = Status(*arguments); });
}

}  // namespace pinion::cli
