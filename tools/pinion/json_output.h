// A subcommand's JSON, as it is printed.
#ifndef PINION_TOOLS_PINION_JSON_OUTPUT_H_
#define PINION_TOOLS_PINION_JSON_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>

namespace pinion::cli {

// Indented, in ASCII alone, so that no string acts on a terminal, and with a line end. Bytes that are not UTF-8, which
// a file's name may have, become U+FFFD.
inline std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_JSON_OUTPUT_H_
