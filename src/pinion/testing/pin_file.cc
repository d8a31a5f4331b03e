#include "pinion/testing/pin_file.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace pinion::testing {

std::string PinFileText(const v1::PinSet& pin_set) {
  google::protobuf::util::JsonPrintOptions as_in_files;
  as_in_files.preserve_proto_field_names = true;
  std::string text;
  static_cast<void>(google::protobuf::util::MessageToJsonString(pin_set, &text, as_in_files));
  // Protobuf writes 64-bit numbers as strings.
  return absl::StrReplaceAll(text, {{absl::StrCat("\"version\":\"", pin_set.version(), "\""),
                                     absl::StrCat("\"version\":", pin_set.version())}});
}

}  // namespace pinion::testing
