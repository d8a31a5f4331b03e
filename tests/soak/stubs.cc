#include "tests/soak/parts.h"
namespace pinion::soak {
void RunCorruptions(const std::filesystem::path&, const Extent&, Table*) {}
void RunReloadLatency(const std::filesystem::path&, const Extent&, Table*) {}
void RunRevocationLatency(const std::filesystem::path&, const Extent&, Table*) {}
void RunLeftovers(const std::filesystem::path&, const Extent&, Table*) {}
}
