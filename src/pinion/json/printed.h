// The JSON that Pinion itself writes, by protobuf's own mapping. What operators write is parsed by strict.h.
#ifndef PINION_JSON_PRINTED_H_
#define PINION_JSON_PRINTED_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace pinion::json {

// Indented, with all fields that have a value by default, and names as in the schema. int64 is in quotes.
// Returns InvalidArgument if a value has no such form, such as a time of the year 10000.
absl::StatusOr<std::string> Print(const google::protobuf::Message& message);

// Parses what Print has written, in this or another version: unknown fields are ignored. Returns InvalidArgument if the
// text is something else.
absl::Status ParsePrinted(const std::string& text, google::protobuf::Message* message);

}  // namespace pinion::json

#endif  // PINION_JSON_PRINTED_H_
