// `pinion man`: manual pages, from the same tree of commands as the help.
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "pinion/base/output_file.h"
#include "tools/pinion/command.h"
#include "tools/pinion/command_tree.h"

namespace pinion::cli {
namespace {

// Escapes text for roff: a backslash begins an escape there, and a dot or quote at the start of a line a request.
std::string Escape(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}, {"'", "\\(aq"}, {"`", "\\(ga"}});
  return escaped.empty() || escaped.front() != '.' ? escaped : "\\&" + escaped;
}

std::string Bold(absl::string_view text) { return absl::StrCat("\\fB", Escape(text), "\\fR"); }
std::string Italic(absl::string_view text) { return absl::StrCat("\\fI", Escape(text), "\\fR"); }

std::string Value(const OptionShape& option) {
  if (option.choices.empty()) return Italic("VALUE");
  return absl::StrCat("{", Escape(absl::StrJoin(option.choices, ",")), "}");
}

// Each subcommand has its own page; "pinion pki issue" is "pinion-pki-issue".
std::string PageName(const CommandShape& command) { return absl::StrReplaceAll(command.path, {{" ", "-"}}); }

std::string Synopsis(const CommandShape& command) {
  std::vector<std::string> parts = {Bold(command.path)};
  for (const OptionShape& option : command.options) {
    if (option.required) parts.push_back(absl::StrCat(Bold(option.names.back()), " ", Value(option)));
  }
  parts.push_back(absl::StrCat("[", Italic("OPTION"), "...]"));
  for (const OptionShape& operand : command.operands) {
    const std::string word = absl::StrCat(Italic(operand.names.front()), operand.repeats ? "..." : "");
    parts.push_back(operand.required ? word : absl::StrCat("[", word, "]"));
  }
  if (!command.subcommands.empty()) parts.push_back(Italic("COMMAND"));
  return absl::StrJoin(parts, " ");
}

void AppendItem(const std::string& term, const std::string& help, std::string* page) {
  absl::StrAppend(page, ".TP\n", term, "\n", help, "\n");
}

void AppendOptions(const std::string& title, const std::vector<OptionShape>& options, bool are_operands,
                   std::string* page) {
  if (options.empty()) return;
  absl::StrAppend(page, ".SH ", title, "\n");
  for (const OptionShape& option : options) {
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(are_operands ? Italic(name) : Bold(name));
    const bool shows_value = are_operands ? !option.choices.empty() : option.takes_value;
    std::string help = Escape(option.help);
    if (!option.default_value.empty()) absl::StrAppend(&help, " (", Escape(option.default_value), ")");
    if (option.required) absl::StrAppend(&help, " (required)");
    AppendItem(absl::StrCat(absl::StrJoin(names, ", "), shows_value ? " " + Value(option) : ""), help, page);
  }
}

void AppendFooter(const std::string& footer, std::string* page) {
  if (footer.empty()) return;
  absl::StrAppend(page, ".SH EXAMPLES AND NOTES\n.nf\n");
  for (const absl::string_view line : absl::StrSplit(footer, '\n')) absl::StrAppend(page, Escape(line), "\n");
  absl::StrAppend(page, ".fi\n");
}

std::string Page(const CommandShape& command) {
  std::string page =
      absl::StrCat(".TH ", Escape(absl::AsciiStrToUpper(PageName(command))), " 1 \"\" Pinion Pinion\n.ad l\n");
  absl::StrAppend(&page, ".SH NAME\n", Escape(PageName(command)), " \\- ", Escape(command.description), "\n");
  absl::StrAppend(&page, ".SH SYNOPSIS\n", Synopsis(command), "\n");
  AppendOptions("OPERANDS", command.operands, true, &page);
  AppendOptions("OPTIONS", command.options, false, &page);
  if (!command.subcommands.empty()) absl::StrAppend(&page, ".SH COMMANDS\n");
  for (const CommandShape& subcommand : command.subcommands) {
    AppendItem(Bold(subcommand.path), Escape(subcommand.description), &page);
  }
  AppendFooter(command.footer, &page);
  return page;
}

// The subcommand of `root` with these words; null if there is none.
const CommandShape* Find(const CommandShape& root, const std::vector<std::string>& words) {
  const CommandShape* found = &root;
  for (const std::string& word : words) {
    const CommandShape* next = nullptr;
    for (const CommandShape& subcommand : found->subcommands) {
      if (subcommand.path == absl::StrCat(found->path, " ", word)) next = &subcommand;
    }
    if (next == nullptr) return nullptr;
    found = next;
  }
  return found;
}

int Run(const CommandShape& root, const std::vector<std::string>& words) {
  const CommandShape* const command = Find(root, words);
  if (command == nullptr) {
    return Unusable(absl::InvalidArgumentError(
        absl::StrCat("there is no command \"", absl::StrJoin(words, " "), "\"; `pinion --help` lists them")));
  }
  std::cout << Page(*command);
  return kYes;
}

// The page of the command, and of each below it, in the folder.
absl::Status WritePages(const CommandShape& command, const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/", PageName(command), ".1");
  if (absl::StatusOr<WrittenFile> written = ReplaceFile(path, Page(command)); !written.ok()) return written.status();
  for (const CommandShape& subcommand : command.subcommands) {
    if (absl::Status status = WritePages(subcommand, folder); !status.ok()) return status;
  }
  return absl::OkStatus();
}

int RunForAll(const CommandShape& root, const std::string& folder) {
  const absl::Status status = WritePages(root, folder);
  return status.ok() ? kYes : Unusable(status);
}

}  // namespace

void AddMan(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("man", "Print a manual page, or write all of them");
  auto words = std::make_shared<std::vector<std::string>>();
  auto folder = std::make_shared<std::string>();
  CLI::Option* const operand = command->add_option("COMMAND", *words, "the command; by default the tool itself");
  command->add_option("--folder", *folder, "write the pages of all commands to this folder")->excludes(operand);
  command->footer(
      "Examples:\n"
      "  pinion man pki issue | man -l -\n"
      "  pinion man --folder ~/.local/share/man/man1");
  command->callback([app, words, folder, exit_code] {
    *exit_code = folder->empty() ? Run(ShapeOf(*app), *words) : RunForAll(ShapeOf(*app), *folder);
  });
}

}  // namespace pinion::cli
