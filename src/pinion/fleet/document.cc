#include "pinion/fleet/document.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace pinion {
namespace {

constexpr size_t kMostName = 255;

}  // namespace

bool IsDocumentName(absl::string_view file) {
  const std::vector<absl::string_view> parts = absl::StrSplit(file, '/');
  return file.size() <= kMostName && std::all_of(file.begin(), file.end(), absl::ascii_isgraph) &&
         std::none_of(parts.begin(), parts.end(),
                      [](absl::string_view part) { return part.empty() || part == "." || part == ".."; });
}

absl::StatusOr<Document> ParseDocument(const v1::Document& proto) {
  if (!IsDocumentName(proto.file())) {
    return absl::InvalidArgumentError(
        absl::StrCat("file is missing or no path of at most 255 characters below the pin file's folder: \"",
                     absl::CHexEscape(proto.file().substr(0, kMostName)), "\""));
  }
  Document document = {proto.file(), {}};
  const bool is_hex = std::all_of(proto.sha256().begin(), proto.sha256().end(), absl::ascii_isxdigit);
  if (!is_hex || proto.sha256().size() != 2 * document.digest.size()) {
    return absl::InvalidArgumentError("sha256 is not 64 hexadecimal digits; `sha256sum` prints those of a file");
  }
  for (size_t i = 0; i < document.digest.size(); ++i) {
    unsigned int byte = 0;
    static_cast<void>(absl::SimpleHexAtoi(proto.sha256().substr(2 * i, 2), &byte));  // two digits
    document.digest[i] = static_cast<uint8_t>(byte);
  }
  return document;
}

}  // namespace pinion
