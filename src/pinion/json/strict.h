// Parses strict JSON into a protobuf message. All files that operators write for Pinion are loaded with it.
//
// The format is JSON (RFC 8259) with // and /* */ comments. The parser is stricter than protobuf's own: an unknown
// field, a duplicate key, a null, a bool or number in quotes, an enum by number, a trailing comma and text after the
// document are errors. Every error contains its position: "pins.json:12:7: peers[0].pins[1].state: ...". A field has
// only one spelling, its name in the schema. google.protobuf.Timestamp is RFC 3339 text. Thread-safe.
#ifndef PINION_JSON_STRICT_H_
#define PINION_JSON_STRICT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace pinion::json {

// Fills *message from text. `file_name` is only used in errors. Returns InvalidArgument if the text is invalid;
// *message then contains an unspecified part of it.
absl::Status Parse(absl::string_view text, absl::string_view file_name, google::protobuf::Message* message);

// Returns InvalidArgument "FILE:LINE:COLUMN: PATH: MESSAGE" for a rule that the value at `path` breaks. `path` is
// written as in Parse's errors ("peers[0].pins"). Lines and columns count from 1, columns in bytes. If the text has no
// such value (a missing field), the position is that of the nearest enclosing value. Parses the text again, so it is
// for errors only.
absl::Status ErrorAt(absl::string_view text, absl::string_view file_name, absl::string_view path,
                     absl::string_view message);

}  // namespace pinion::json

#endif  // PINION_JSON_STRICT_H_
