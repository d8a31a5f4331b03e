// A file of calls to evaluate a policy with.
#ifndef PINION_TOOLS_PINION_RECORDED_CALLS_H_
#define PINION_TOOLS_PINION_RECORDED_CALLS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pinion/v1/recorded_call.pb.h"

namespace pinion::cli {

struct PlacedCall {
  std::string place;  // "calls.jsonl:3" or "calls.json: calls[2]"
  v1::RecordedCall call;
};

// Either one call per line, as in {"path": "/a.B/C", "uri_sans": ["spiffe://a"]}, or one document {"calls": [...]};
// both strict JSON by recorded_call.proto. InvalidArgument "FILE:LINE:COLUMN: ..." if it is neither, or has no call.
absl::StatusOr<std::vector<PlacedCall>> ParseCalls(const std::string& text, const std::string& file);
// Reads them from a file. Also returns the errors of ReadInput.
absl::StatusOr<std::vector<PlacedCall>> ReadCalls(const std::string& file);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_RECORDED_CALLS_H_
