// The JSON output of subcommands.
#ifndef PINION_TOOLS_PINION_JSON_OUTPUT_H_
#define PINION_TOOLS_PINION_JSON_OUTPUT_H_

#include <nlohmann/json.hpp>
#include <string>

namespace pinion::cli {

// Indented, with a final newline, and in ASCII only, so that no string can control a terminal. Bytes that are not
// UTF-8, which a file name may contain, become U+FFFD.
inline std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_JSON_OUTPUT_H_
