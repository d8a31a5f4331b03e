// A verdict on stdout.
#ifndef PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
#define PINION_TOOLS_PINION_VERDICT_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pinion/handshake/verdict.h"

namespace pinion::cli {

// Whether this reason means that the pin set refused the server: exit code 90.
bool IsThePinSets(v1::Reason reason);

// Human-readable: the reason code, then one line for each field that is set.
std::string VerdictTable(const Verdict& verdict);
// Machine-readable: {"reason", "report_only_reason", "peer", "matched": {"pin", "state"}, "problem", "presented",
// "expected", "next_step", "holds_until", "grpc_finds_no_path"}; fields that do not apply are left out.
nlohmann::ordered_json VerdictObject(const Verdict& verdict);
std::string VerdictJson(const Verdict& verdict);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_VERDICT_OUTPUT_H_
