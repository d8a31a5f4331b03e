// The `pinion` command-line tool.
#include <google/protobuf/stubs/common.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "pinion/base/descriptor.h"
#include "pinion/base/printable.h"
#include "pinion/base/rfc3339.h"
#include "pinion/grpc_log.h"
#include "pinion/standard_streams.h"
#include "pinion/transport/backend.h"
#include "pinion/version.h"
#include "pinion/x509/library.h"
#include "tools/pinion/command.h"
#include "tools/pinion/help.h"

namespace pinion::cli {

int Unusable(const absl::Status& status) {
  std::cerr << "pinion: " << Printable(status.message()) << "\n";
  return kUnusable;
}

void AddOutputOption(CLI::App* command, std::string* output, const std::vector<std::string>& formats) {
  command->add_option("-o,--output", *output, "table for people, json for programs")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
}

absl::StatusOr<absl::Time> TimeOption(absl::string_view name, const std::optional<std::string>& text,
                                      absl::Time otherwise) {
  if (!text.has_value()) return otherwise;
  const std::optional<absl::Time> time = ParseRfc3339(*text);
  if (time.has_value()) return *time;
  return absl::InvalidArgumentError(absl::StrCat(name, ": not RFC 3339, such as 2026-12-01T00:00:00Z"));
}

void AddDurationOption(CLI::App* command, const std::string& name, absl::Duration* duration, absl::Duration least,
                       const std::string& help, absl::Duration most) {
  CLI::Option* const option = command->add_option_function<std::string>(
      name, [duration](const std::string& text) { absl::ParseDuration(text, duration); }, help);
  if (*duration != absl::ZeroDuration()) option->default_str(absl::FormatDuration(*duration));
  option->check([least, most](const std::string& text) -> std::string {
    absl::Duration given;
    if (!absl::ParseDuration(text, &given) || given < least || given == absl::InfiniteDuration()) {
      return absl::StrCat("not a time of ", absl::FormatDuration(least), " or more, such as 500ms, 10s or 24h");
    }
    return given <= most ? "" : absl::StrCat("more than ", absl::FormatDuration(most));
  });
}

namespace {

void WriteGrpcLine(const std::string& line) {
  std::fputs(absl::StrCat(FormatRfc3339(absl::Now()), " ", line, "\n").c_str(), stderr);
}

// The versions at run time, not those at build time.
std::string VersionText() {
  return absl::StrCat("pinion ", PINION_VERSION, "\ngRPC ", grpc::Version(), ", transport ", BackendName(), "\n",
                      x509::LibraryVersion(), "\nprotobuf ",
                      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION));
}

int Main(int argc, char** argv) {
  x509::SkipCleanupAtExit();
  // Debian builds abseil with assertions, so that gRPC would search for deadlocks at each lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  SetGrpcLog(WriteGrpcLine);
  CLI::App app("Mutual-TLS gRPC with pinned keys: serve, call, and look at pins and certificates.", "pinion");
  app.formatter(MakeHelpFormatter());
  app.set_help_flag("-h,--help", "print this text");
  app.require_subcommand(1);
  app.set_version_flag("--version", VersionText, "print the versions of pinion and of what it runs with");
  int exit_code = kUnusable;
  for (const auto add :
       {AddServe, AddCall,   AddPin,    AddPins,   AddSign,     AddVerifySet,  AddTrust,    AddRevoke, AddPublish,
        AddFleet, AddVerify, AddProbe,  AddCheck,  AddRehearse, AddCensus,     AddAdoption, AddPolicy, AddDrill,
        AddPki,   AddLab,    AddExpiry, AddImport, AddExport,   AddCompletion, AddMan}) {
    add(&app, &exit_code);
  }
  // Set after the subcommands, which would otherwise inherit it.
  app.footer(
      "Examples:\n"
      "  pinion pki init dev\n"
      "  pinion pin payments.pem\n"
      "  pinion probe localhost:8443\n"
      "  pinion check orders.json payments.json");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kYes : kUnusable;
  }
  return exit_code;
}

}  // namespace
}  // namespace pinion::cli

PINION_RESERVE_STANDARD_STREAMS();

int main(int argc, char** argv) { return pinion::cli::Main(argc, argv); }
