// The output of the `pinion pins` commands, as tables and as JSON.
#ifndef PINION_TOOLS_PINION_PINS_OUTPUT_H_
#define PINION_TOOLS_PINION_PINS_OUTPUT_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/pin/pin_set.h"
#include "tools/pinion/pin_file/difference.h"

namespace pinion::cli {

// Each JSON document has "version": 1; its shape is in the command's help.

std::string PinSetTable(const std::string& file, const PinSet& set, absl::Time now);
std::string PinSetJson(const std::string& file, const PinSet& set, absl::Time now);

// Of a BACKUP of kind spki: "proven 2026-11-30 (180 days left)", or "never proven".
std::string ProofText(const PinSet& set, const PeerPin& pin, absl::Time now);
// RFC 3339, or null for an infinite time.
nlohmann::ordered_json TimeJson(absl::Time time);

struct StepResult {
  std::string file;
  int64_t old_version;
  int64_t new_version;
  bool is_written;
  std::vector<Change> changes;
};
std::string StepTable(const StepResult& result);
std::string StepJson(const StepResult& result);

struct DiffResult {
  std::string old_file;
  std::string new_file;
  int64_t old_version;
  int64_t new_version;
  std::vector<Change> changes;
};
std::string DiffTable(const DiffResult& result);
std::string DiffJson(const DiffResult& result);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_PINS_OUTPUT_H_
