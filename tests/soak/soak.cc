// The soak: what Pinion promises to live through, at length. tools/soak builds and runs it.
//   soak [--short] FOLDER [PART...]
// Works in FOLDER, which must be its own; all parts, or those named. Exits with 1 when a goal was missed.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "tests/soak/parts.h"

namespace pinion::soak {
namespace {

constexpr Extent kShort = {50, 50, 20, 10, 8, 500, 500};

struct Part {
  const char* name;
  void (*run)(const std::filesystem::path&, const Extent&, Table*);
};

constexpr Part kParts[] = {{"rotations", RunRotations},
                           {"corruptions", RunCorruptions},
                           {"reload_latency", RunReloadLatency},
                           {"revocation_latency", RunRevocationLatency},
                           {"leftovers", RunLeftovers}};

int Main(const std::vector<std::string>& arguments) {
  Extent extent;
  std::vector<std::string> words;
  for (const std::string& argument : arguments) {
    if (argument == "--short") {
      extent = kShort;
    } else {
      words.push_back(argument);
    }
  }
  if (words.empty()) {
    std::fprintf(stderr, "usage: soak [--short] FOLDER [PART...]\n");
    return 2;
  }
  const std::set<std::string> wanted(words.begin() + 1, words.end());
  Table table;
  Table::PrintHeader();
  for (const Part& part : kParts) {
    if (!wanted.empty() && wanted.count(part.name) == 0) continue;
    part.run(std::filesystem::path(words[0]) / part.name, extent, &table);
  }
  return table.all_met() ? 0 : 1;
}

}  // namespace
}  // namespace pinion::soak

int main(int argc, char** argv) { return pinion::soak::Main(std::vector<std::string>(argv + 1, argv + argc)); }
