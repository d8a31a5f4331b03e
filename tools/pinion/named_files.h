// The files that a configuration names.
#ifndef PINION_TOOLS_PINION_NAMED_FILES_H_
#define PINION_TOOLS_PINION_NAMED_FILES_H_

#include <string>
#include <vector>

#include "pinion/v1/config.pb.h"
#include "tools/pinion/finding.h"

namespace pinion::cli {

struct NamedFile {
  const char* key;   // of the configuration: "pin_set.file"
  std::string file;  // with its folder
  // The code of a finding about its contents, and of one about its signatures; null if its errors do not begin with its
  // name.
  const char* invalid = nullptr;
  const char* refused = nullptr;
  bool is_signatures = false;
  const char* relative_to = "configuration";
};

// Those that a process with this configuration reads.
std::vector<NamedFile> FilesNamedBy(const v1::Config& config, const std::string& config_file);

// Adds a finding for each file that cannot be read. Returns whether there is one.
bool ReportMissing(const std::vector<NamedFile>& files, const std::string& config_file, const std::string& text,
                   std::vector<Finding>* findings);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_NAMED_FILES_H_
