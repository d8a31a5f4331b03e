// The soak: the operation that Pinion promises to survive, over a long time. tools/soak builds and runs it.
//   soak --header
//   soak [--short] FOLDER PART
// Works in FOLDER, which must be its own. Prints the part's rows; exits with 1 when a goal was missed.
#include <cstdio>
#include <string>
#include <vector>

#include "tests/soak/parts.h"

namespace pinion::soak {
namespace {

constexpr Extent kShort = {50, 50, 500, 20, 10, 8, 500, 500};

struct Part {
  const char* name;
  void (*run)(const std::filesystem::path&, const Extent&, Table*);
};

constexpr Part kParts[] = {{"rotations", RunRotations},
                           {"corruptions", RunCorruptions},
                           {"policy_swaps", RunPolicySwaps},
                           {"reload_latency", RunReloadLatency},
                           {"revocation_latency", RunRevocationLatency},
                           {"leftovers", RunLeftovers}};

int Main(std::vector<std::string> arguments) {
  Extent extent;
  if (arguments.size() == 1 && arguments[0] == "--header") {
    Table::PrintHeader();
    return 0;
  }
  if (!arguments.empty() && arguments[0] == "--short") {
    extent = kShort;
    arguments.erase(arguments.begin());
  }
  for (const Part& part : kParts) {
    if (arguments.size() != 2 || arguments[1] != part.name) continue;
    Table table;
    part.run(std::filesystem::path(arguments[0]) / part.name, extent, &table);
    return table.all_met() ? 0 : 1;
  }
  std::fprintf(stderr, "usage: soak --header | soak [--short] FOLDER PART\n");
  return 2;
}

}  // namespace
}  // namespace pinion::soak

int main(int argc, char** argv) { return pinion::soak::Main(std::vector<std::string>(argv + 1, argv + argc)); }
