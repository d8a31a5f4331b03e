// The tool's commands as data: the common source of help, completion and manual pages.
#ifndef PINION_TOOLS_PINION_COMMAND_TREE_H_
#define PINION_TOOLS_PINION_COMMAND_TREE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pinion::cli {

struct OptionShape {
  std::vector<std::string> names;  // "-o", "--output"; for an operand its one name: "FILE"
  std::string help;
  bool takes_value = false;
  bool required = false;
  bool repeats = false;
  std::vector<std::string> needs;     // the options that must be given with it
  std::vector<std::string> excludes;  // the options that must not
  std::vector<std::string> choices;   // empty: anything
  std::string default_value;
};

struct CommandShape {
  std::string path;  // "pinion pki issue"
  std::string description;
  std::string footer;
  std::vector<OptionShape> options;
  std::vector<OptionShape> operands;
  std::vector<CommandShape> subcommands;
};

// The command and all subcommands, in the order in which they were added, without those hidden from help.
CommandShape ShapeOf(const CLI::App& app, const std::string& parent = "");

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_COMMAND_TREE_H_
