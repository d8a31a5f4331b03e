// The files that a drill hands to the program under test.
#ifndef PINION_TOOLS_PINION_DRILL_FOLDER_H_
#define PINION_TOOLS_PINION_DRILL_FOLDER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/pinion/drill/client_cases.h"
#include "tools/pinion/drill/tls_context.h"

namespace pinion::cli {

// One of the pin set.
struct ListedPeer {
  std::string name;
  std::vector<std::string> hosts;
  std::vector<std::string> identities;
  drill::KnownPins pins;
};

// A temporary folder of the user's own, removed with all that is in it at the end. Holds private keys, mode 0600.
class DrillFolder {
 public:
  // Below $TMPDIR, or /tmp.
  static absl::StatusOr<std::unique_ptr<DrillFolder>> Create();
  ~DrillFolder();
  DrillFolder(const DrillFolder&) = delete;
  DrillFolder& operator=(const DrillFolder&) = delete;

  // The party's certificate, key and roots.
  absl::Status WriteIdentity(const drill::Certified& as, const std::string& roots_pem);
  // Replaced in one step. Each has a later version than the one before.
  absl::Status WritePins(const std::vector<ListedPeer>& peers);
  // A configuration of Pinion's, of the files above; for a server, one that lets in pinned clients alone.
  absl::Status WriteConfig(bool is_server);

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // What {roots}, {cert}, {key}, {pins}, {config} stand for.
  std::map<std::string, std::string> Placeholders() const;
  // The end of what a program wrote to a file here, each line escaped and marked as its.
  std::string Tail(const std::string& name) const;

 private:
  explicit DrillFolder(std::string path) : path_(std::move(path)) {}
  absl::Status Write(const std::string& name, const std::string& text) const;

  const std::string path_;
  int version_ = 0;
};

// The command with each {placeholder} that is known replaced; others stay.
std::vector<std::string> Filled(const std::vector<std::string>& command,
                                const std::map<std::string, std::string>& placeholders);
// Whether one of these placeholders stands in it.
bool Mentions(const std::vector<std::string>& command, const std::vector<std::string>& placeholders);

// {address}, {host} and {port}; {pin}, {backup_pin} and {curl_pins}.
std::map<std::string, std::string> AddressPlaceholders(const std::string& host, int port);
std::map<std::string, std::string> PinPlaceholders(const drill::KnownPins& pins);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_FOLDER_H_
