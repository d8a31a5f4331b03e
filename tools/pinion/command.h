// What the subcommands share: their registration and exit codes.
#ifndef PINION_TOOLS_PINION_COMMAND_H_
#define PINION_TOOLS_PINION_COMMAND_H_

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace pinion::cli {

// Exit codes.
inline constexpr int kYes = 0;
inline constexpr int kNo = 1;
// Wrong usage, or input that cannot be read.
inline constexpr int kUnusable = 2;
// A call failed: this plus gRPC's status code.
inline constexpr int kCallFailed = 64;
// A call failed because the pin set refused the server; curl's number for the same.
inline constexpr int kPinRefused = 90;

// How long a command waits for another process that edits the same file, which takes some milliseconds.
inline constexpr absl::Duration kEditPatience = absl::Seconds(10);

// Each adds its subcommand to the app; the subcommand sets *exit_code when it runs. One file each.
void AddAdoption(CLI::App* app, int* exit_code);
void AddCall(CLI::App* app, int* exit_code);
void AddCensus(CLI::App* app, int* exit_code);
void AddCheck(CLI::App* app, int* exit_code);
void AddCompletion(CLI::App* app, int* exit_code);
void AddDrill(CLI::App* app, int* exit_code);
void AddExpiry(CLI::App* app, int* exit_code);
void AddExport(CLI::App* app, int* exit_code);
void AddFleet(CLI::App* app, int* exit_code);
void AddImport(CLI::App* app, int* exit_code);
void AddLab(CLI::App* app, int* exit_code);
void AddMan(CLI::App* app, int* exit_code);
void AddPin(CLI::App* app, int* exit_code);
void AddPins(CLI::App* app, int* exit_code);
void AddPki(CLI::App* app, int* exit_code);
void AddPolicy(CLI::App* app, int* exit_code);
void AddProbe(CLI::App* app, int* exit_code);
void AddPublish(CLI::App* app, int* exit_code);
void AddRehearse(CLI::App* app, int* exit_code);
void AddRevoke(CLI::App* app, int* exit_code);
void AddServe(CLI::App* app, int* exit_code);
void AddSign(CLI::App* app, int* exit_code);
void AddTrust(CLI::App* app, int* exit_code);
void AddVerify(CLI::App* app, int* exit_code);
void AddVerifySet(CLI::App* app, int* exit_code);

// Reports on stderr what is wrong with the input; returns kUnusable.
int Unusable(const absl::Status& status);

// The value of the option with this name, in RFC 3339; `otherwise` if it is absent; InvalidArgument for other text.
absl::StatusOr<absl::Time> TimeOption(absl::string_view name, const std::optional<std::string>& text,
                                      absl::Time otherwise);

// Adds -o table|json, or of other formats.
void AddOutputOption(CLI::App* command, std::string* output,
                     const std::vector<std::string>& formats = {"table", "json"});

// Adds --format, whose values are the formats of other software's pins.
void AddFormatOption(CLI::App* command, std::string* format);

// Adds an option for a duration in the format of configuration files, such as 500ms, 10s or 2m, from `least` to `most`.
// `*duration` is its default, which the help shows unless it is zero.
void AddDurationOption(CLI::App* command, const std::string& name, absl::Duration* duration, absl::Duration least,
                       const std::string& help, absl::Duration most = absl::InfiniteDuration());

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_COMMAND_H_
