// `pinion completion`: a shell's completion, from the same tree of commands as the help.
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/pinion/command.h"
#include "tools/pinion/command_tree.h"

namespace pinion::cli {
namespace {

// The text before and after the tables. Words are looked up, never evaluated.
constexpr char kBegin[] = R"(# bash completion for pinion. To use it: source <(pinion completion bash)
_pinion() {
  local -A subcommands options operands values
)";
constexpr char kEnd[] = R"(
  local current=${COMP_WORDS[COMP_CWORD]} command=pinion option='' word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then # bash takes --output=json for three words
      continue
    elif [[ $option ]]; then
      option=''
    elif [[ $word == -* ]]; then
      [[ ! ${values[$command $word]+known} ]] || option=$word
    elif [[ " ${subcommands[$command]-} " == *" $word "* ]]; then
      command+=" $word"
    fi
  done
  [[ $current != = ]] || current=''
  if [[ $option ]]; then
    words=${values[$command $option]}
  elif [[ $current == -* ]]; then
    words=${options[$command]-}
  else
    words="${subcommands[$command]-} ${operands[$command]-}"
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" || true)
}
complete -o default -F _pinion pinion
)";

void AppendEntry(const std::string& table, const std::string& key, const std::string& words, std::string* script) {
  absl::StrAppend(script, "  ", table, "['", key, "']='", words, "'\n");
}

void AppendTables(const CommandShape& command, std::string* script) {
  std::vector<std::string> subcommands;
  for (const CommandShape& subcommand : command.subcommands) {
    subcommands.push_back(subcommand.path.substr(command.path.size() + 1));
  }
  std::vector<std::string> options;
  for (const OptionShape& option : command.options) {
    options.insert(options.end(), option.names.begin(), option.names.end());
    if (!option.takes_value) continue;
    for (const std::string& name : option.names) {
      AppendEntry("values", absl::StrCat(command.path, " ", name), absl::StrJoin(option.choices, " "), script);
    }
  }
  std::vector<std::string> operands;
  for (const OptionShape& operand : command.operands) {
    operands.insert(operands.end(), operand.choices.begin(), operand.choices.end());
  }
  AppendEntry("options", command.path, absl::StrJoin(options, " "), script);
  if (!subcommands.empty()) AppendEntry("subcommands", command.path, absl::StrJoin(subcommands, " "), script);
  if (!operands.empty()) AppendEntry("operands", command.path, absl::StrJoin(operands, " "), script);
  for (const CommandShape& subcommand : command.subcommands) AppendTables(subcommand, script);
}

}  // namespace

void AddCompletion(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("completion", "Print what makes a shell complete this tool's command lines");
  auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "which")->required()->check(CLI::IsMember({"bash"}));
  command->footer(
      "Examples:\n"
      "  source <(pinion completion bash)\n"
      "  pinion completion bash > ~/.local/share/bash-completion/completions/pinion");
  // bash is the only shell. The capture keeps `shell` alive while CLI11 may write to it.
  command->callback([app, shell, exit_code] {
    std::string script = kBegin;
    AppendTables(ShapeOf(*app), &script);
    std::cout << script << kEnd;
    *exit_code = kYes;
  });
}

}  // namespace pinion::cli
