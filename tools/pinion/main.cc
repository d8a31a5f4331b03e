// The `pinion` command-line tool.
#include <iostream>
#include <iterator>

#include "pinion/reload/file.h"
#include "tools/pinion/command.h"

namespace pinion::cli {

int Unusable(const absl::Status& status) {
  std::cerr << "pinion: " << status.message() << "\n";
  return kUnusable;
}

absl::StatusOr<std::string> ReadFileOrStdin(const std::string& file) {
  if (file != "-") return ReadFile(file);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

void AddOutputOption(CLI::App* command, std::string* output, const std::vector<std::string>& formats) {
  command->add_option("-o,--output", *output, "table for people, json for programs")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
}

void AddStatusFileOption(CLI::App* command, std::string* path) {
  command->add_option("--status-file", *path, "keep how things stand in this file, as JSON, renewed every second");
}

namespace {

int Main(int argc, char** argv) {
  CLI::App app("Mutual-TLS gRPC with pinned keys: serve, call, and look at pins and certificates.", "pinion");
  app.require_subcommand(1);
  int exit_code = kUnusable;
  for (const auto add : {AddServe, AddCall, AddPin, AddPins, AddVerify, AddProbe, AddCheck, AddPolicy, AddDrill, AddPki,
                         AddLab, AddImport, AddExport, AddCompletion, AddMan}) {
    add(&app, &exit_code);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kYes : kUnusable;
  }
  return exit_code;
}

}  // namespace
}  // namespace pinion::cli

int main(int argc, char** argv) { return pinion::cli::Main(argc, argv); }
