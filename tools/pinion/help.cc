#include "tools/pinion/help.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pinion::cli {
namespace {

// Where the help texts of options and subcommands begin.
constexpr size_t kColumn = 30;

// A term that leaves no room for its help has a line of its own.
void AppendItem(const std::string& term, const std::string& help, std::string* text) {
  std::string line = absl::StrCat("  ", term);
  if (line.size() >= kColumn) {
    absl::StrAppend(text, line, "\n");
    line.clear();
  }
  line.resize(kColumn, ' ');
  absl::StrAppend(text, line, help, "\n");
}

std::string WordOf(const OptionShape& operand) {
  return absl::StrCat(operand.names.front(), operand.repeats ? "..." : "");
}

std::string TermOf(const OptionShape& option, bool is_operand) {
  const std::string term = is_operand ? WordOf(option) : absl::StrJoin(option.names, ",");
  if (!option.choices.empty()) return absl::StrCat(term, " {", absl::StrJoin(option.choices, ","), "}");
  if (is_operand || !option.takes_value) return term;
  return absl::StrCat(term, " VALUE", option.repeats ? "..." : "");
}

void AppendOptions(const char* title, const std::vector<OptionShape>& options, bool are_operands, std::string* text) {
  if (options.empty()) return;
  absl::StrAppend(text, "\n", title, ":\n");
  for (const OptionShape& option : options) {
    std::string help = option.help;
    if (!option.default_value.empty()) absl::StrAppend(&help, " (default: ", option.default_value, ")");
    if (option.required && !are_operands) help += " (required)";
    if (!option.needs.empty()) absl::StrAppend(&help, " (with ", absl::StrJoin(option.needs, ", "), ")");
    if (!option.excludes.empty()) absl::StrAppend(&help, " (not with ", absl::StrJoin(option.excludes, ", "), ")");
    AppendItem(TermOf(option, are_operands), help, text);
  }
}

std::string UsageOf(const CommandShape& command) {
  std::string usage = absl::StrCat("Usage: ", command.path, " [OPTIONS]");
  for (const OptionShape& operand : command.operands) {
    const std::string word = WordOf(operand);
    absl::StrAppend(&usage, operand.required ? " " + word : absl::StrCat(" [", word, "]"));
  }
  return absl::StrCat(usage, command.subcommands.empty() ? "" : " SUBCOMMAND", "\n");
}

std::string HelpOf(const CommandShape& command) {
  std::string text = absl::StrCat(command.description, "\n", command.footer, "\n\n", UsageOf(command));
  AppendOptions("Operands", command.operands, /*are_operands=*/true, &text);
  AppendOptions("Options", command.options, /*are_operands=*/false, &text);
  if (!command.subcommands.empty()) text += "\nSubcommands:\n";
  for (const CommandShape& subcommand : command.subcommands) {
    AppendItem(subcommand.path.substr(command.path.size() + 1), subcommand.description, &text);
  }
  return text;
}

class HelpFormatter final : public CLI::FormatterBase {
 public:
  // `path` is the command's, such as "pinion pki issue".
  std::string make_help(const CLI::App* app, std::string path, CLI::AppFormatMode /*mode*/) const override {
    const size_t last_word = path.rfind(' ');
    return HelpOf(ShapeOf(*app, last_word == std::string::npos ? "" : path.substr(0, last_word)));
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> MakeHelpFormatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace pinion::cli
