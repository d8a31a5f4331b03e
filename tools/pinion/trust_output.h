// Trust files as tables and as JSON.
#ifndef PINION_TOOLS_PINION_TRUST_OUTPUT_H_
#define PINION_TOOLS_PINION_TRUST_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "pinion/fleet/fleet_trust.h"

namespace pinion::cli {

// Version, fleet, epoch, and the keys of both roles.
std::string TrustTable(const std::string& file, const FleetTrust& trust);

nlohmann::ordered_json RoleJson(const SigningRole& role);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_TRUST_OUTPUT_H_
