#include "pinion/json/printed.h"

#include <google/protobuf/stubs/common.h>
#include <google/protobuf/util/json_util.h>

namespace pinion::json {

absl::StatusOr<std::string> Print(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
#if GOOGLE_PROTOBUF_VERSION >= 4000000
  options.always_print_fields_with_no_presence = true;
#else
  options.always_print_primitive_fields = true;
#endif
  std::string text;
  const auto printed = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!printed.ok()) return absl::InvalidArgumentError(std::string(printed.message()));
  return text;
}

absl::Status ParsePrinted(const std::string& text, google::protobuf::Message* message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, message, options);
  return parsed.ok() ? absl::OkStatus() : absl::InvalidArgumentError(std::string(parsed.message()));
}

}  // namespace pinion::json
