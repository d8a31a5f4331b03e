// The findings of `pinion check`.
#ifndef PINION_TOOLS_PINION_FINDING_H_
#define PINION_TOOLS_PINION_FINDING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace pinion::cli {

// In decreasing severity. An error must stop a deployment.
enum class Severity { kError, kWarning, kInfo };

// A position in a file. Line and column count from 1; 0 means none.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
};

struct Finding {
  Severity severity = Severity::kInfo;
  // Stable: "PIN_EXPIRES". `pinion check --help` lists them.
  std::string code;
  Place place;
  std::string text;
  std::string fix;  // empty if there is nothing to do
};

// The position of the value at `path` ("peers[0].pins[1]") in a JSON text.
Place PlaceOf(absl::string_view text, const std::string& file, absl::string_view path);
// Parses an error of the project's loaders, "FILE:LINE:COLUMN: what is wrong; what to do". Without a position the place
// is `file` alone.
Finding FromError(Severity severity, std::string code, const std::string& file, const absl::Status& status);

// An input file and its kind.
struct CheckedFile {
  std::string file;
  std::string kind;
};

// For people: a finding is two lines. For programs: the document that `pinion check --help` describes.
std::string FindingsTable(const std::vector<CheckedFile>& files, const std::vector<Finding>& findings);
std::string FindingsJson(const std::vector<CheckedFile>& files, const std::vector<Finding>& findings);

// Sorts by severity, then by place, and removes duplicates.
void SortOut(std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_FINDING_H_
