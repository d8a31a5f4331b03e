#include "tools/pinion/command_tree.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {
namespace {

// CLI11 keeps what CLI::IsMember allows as a text alone: "TEXT:{table,json}".
std::vector<std::string> ChoicesIn(const std::string& type_name) {
  const size_t begin = type_name.find('{');
  const size_t end = type_name.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return absl::StrSplit(absl::string_view(type_name).substr(begin + 1, end - begin - 1), ',');
}

std::vector<std::string> NamesOf(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  std::sort(names.begin(), names.end());
  return names;
}

OptionShape ShapeOf(const CLI::Option& option) {
  OptionShape shape;
  for (const std::string& name : option.get_snames()) shape.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) shape.names.push_back("--" + name);
  if (shape.names.empty()) shape.names.push_back(option.get_name(true));
  shape.help = option.get_description();
  shape.takes_value = option.get_items_expected_max() > 0;
  shape.required = option.get_required();
  shape.repeats = option.get_expected_max() > 1;
  shape.needs = NamesOf(option.get_needs());
  shape.excludes = NamesOf(option.get_excludes());
  shape.choices = ChoicesIn(option.get_type_name());
  shape.default_value = option.get_default_str();
  return shape;
}

}  // namespace

CommandShape ShapeOf(const CLI::App& app, const std::string& parent) {
  CommandShape shape;
  shape.path = parent.empty() ? app.get_name() : parent + " " + app.get_name();
  shape.description = app.get_description();
  shape.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? shape.options : shape.operands).push_back(ShapeOf(*option));
  }
  for (const CLI::App* subcommand : app.get_subcommands(nullptr)) {
    if (!subcommand->get_group().empty()) shape.subcommands.push_back(ShapeOf(*subcommand, shape.path));
  }
  return shape;
}

}  // namespace pinion::cli
