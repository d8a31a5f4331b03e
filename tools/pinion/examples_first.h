// Help that begins with examples.
#ifndef PINION_TOOLS_PINION_EXAMPLES_FIRST_H_
#define PINION_TOOLS_PINION_EXAMPLES_FIRST_H_

#include <CLI/CLI.hpp>
#include <string>

namespace pinion::cli {

// Puts the footer, where the examples stand, before the usage. For a command and those added to it afterwards.
class ExamplesFirst final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    return CLI::Formatter::make_description(app) + app->get_footer() + "\n\n";
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_EXAMPLES_FIRST_H_
