// Strict JSON into a protobuf message: the one loader behind every file that a person writes for Pinion.
//
// JSON (RFC 8259) with // and /* */ comments. Stricter than protobuf's own parser: an unknown field, a duplicate key, a
// null, a bool or number in quotes, an enum by number, a trailing comma or anything after the document is an error, and
// every error says where: "pins.json:12:7: peers[0].pins[1].state: ...". A field has one spelling, its name in the
// schema. google.protobuf.Timestamp is RFC 3339 text. May be called from any thread.
#ifndef PINION_JSON_STRICT_H_
#define PINION_JSON_STRICT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace pinion::json {

// Fills *message from text. `file_name` is for the errors only. InvalidArgument when the text is not what it must be;
// then *message holds an unspecified part of it.
absl::Status Parse(absl::string_view text, absl::string_view file_name, google::protobuf::Message* message);

// An InvalidArgument "FILE:LINE:COLUMN: PATH: MESSAGE" for a rule that the value at `path` breaks, `path` being spelled
// as in Parse's errors ("peers[0].pins"). Lines and columns count from 1, columns in bytes. Where text has no such
// value (a missing field), the position is that of the nearest enclosing one. Reads the text again: for errors only.
absl::Status ErrorAt(absl::string_view text, absl::string_view file_name, absl::string_view path,
                     absl::string_view message);

}  // namespace pinion::json

#endif  // PINION_JSON_STRICT_H_
