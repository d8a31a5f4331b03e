// `pinion publish`: puts a signed pin set into etcd.
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "pinion/base/printable.h"
#include "pinion/etcd/connection.h"
#include "tools/pinion/command.h"
#include "tools/pinion/etcd_config.h"
#include "tools/pinion/json_output.h"
#include "tools/pinion/publisher.h"

namespace pinion::cli {
namespace {

struct Arguments {
  std::string file;
  std::string config;
  std::string trust;
  std::string revocations;
  bool replace = false;
  std::vector<std::string> without;
  std::string output = "table";
};

int Report(const Publisher& publisher, const Arguments& arguments, const std::string& key) {
  const PinSet& next = publisher.next();
  const FleetTrust& trust = *next.trust();
  if (arguments.output == "json") {
    std::cout << JsonText({{"version", 1},
                           {"key", key},
                           {"pin_set_version", next.version()},
                           {"fleet", trust.fleet()},
                           {"epoch", trust.epoch()},
                           {"trust_version", trust.version()},
                           {"revocations_version", next.revocations() == nullptr ? 0 : next.revocations()->version()},
                           {"published", publisher.has_written()},
                           {"revision", publisher.revision()}});
    return kYes;
  }
  std::cout << (publisher.has_written() ? "PUBLISHED" : "UNCHANGED") << "  " << Printable(key) << ": version "
            << next.version() << ", for fleet " << trust.fleet() << ", epoch " << trust.epoch() << ", under version "
            << trust.version() << " of the trust file";
  if (next.revocations() != nullptr)
    std::cout << ", with version " << next.revocations()->version() << " of the revocations";
  std::cout << "; revision " << publisher.revision() << "\n";
  return kYes;
}

int Publish(const Arguments& arguments) {
  if (arguments.file.empty() && arguments.revocations.empty()) {
    return Unusable(absl::InvalidArgumentError("nothing to publish: name a pin file, --revocations, or both"));
  }
  absl::StatusOr<WorkloadOptions> options = EtcdConfig(arguments.config);
  if (!options.ok()) return Unusable(options.status());
  absl::StatusOr<etcd::Connection> connection = etcd::Connect(*options, Workload::Create);
  if (!connection.ok()) return Unusable(connection.status());
  const std::string trust = arguments.trust.empty() ? options->fleet_trust.file() : arguments.trust;
  Publisher publisher({arguments.file, trust, arguments.revocations, arguments.replace, arguments.without}, *options,
                      std::move(connection->endpoints));
  if (absl::Status status = publisher.ReadCurrent(); !status.ok()) return Unusable(status);
  absl::Status status = publisher.MakeNext();
  if (status.ok() && !publisher.is_published()) status = publisher.Write();
  if (status.ok()) return Report(publisher, arguments, options->etcd->key);
  Unusable(status);
  const bool is_refused =
      absl::IsFailedPrecondition(status) || absl::IsUnauthenticated(status) || absl::IsAborted(status);
  return is_refused ? kNo : kUnusable;
}

}  // namespace

void AddPublish(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("publish", "Put a signed pin set, or revocations, into etcd for a fleet");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("FILE", arguments->file, "the pin file; its signatures are in FILE.sig");
  command->add_option("--config", arguments->config, "a configuration with pin_set.etcd")->required();
  command->add_option("--trust", arguments->trust, "the trust file; by default, fleet_trust_file of the configuration");
  command->add_option("--revocations", arguments->revocations, "the revocations; by default, those in etcd stay");
  command->add_flag("--replace", arguments->replace, "also what was signed under another fleet's trust file");
  command->add_option("--without", arguments->without,
                      "a document that the pin set lists no longer, since none uses it");
  AddOutputOption(command, &arguments->output);
  command->footer(
      "Examples:\n"
      "  pinion publish pins.json --config publisher.json\n"
      "  pinion publish --config publisher.json --revocations revocations.json\n"
      "It is judged as the processes judge it, that start or have what etcd has now. Of two publishers at the same "
      "time,\n"
      "one succeeds.\n"
      "JSON: {\"version\": 1, \"key\", \"pin_set_version\", \"fleet\", \"epoch\", \"trust_version\", "
      "\"revocations_version\",\n  \"published\", \"revision\"}.\n"
      "Exit code: 0 etcd has it; 1 processes would refuse it, or another publisher was first; 2 unusable input, or no\n"
      "  connection.");
  command->callback([arguments, exit_code] { *exit_code = Publish(*arguments); });
}

}  // namespace pinion::cli
