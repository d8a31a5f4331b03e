// The files that a drill provides to the program under test.
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

// A peer of the pin set.
struct ListedPeer {
  std::string name;
  std::vector<std::string> hosts;
  std::vector<std::string> identities;
  drill::KnownPins pins;
};

// A temporary folder that only the user can access. The destructor removes it with its contents. Private keys in it
// have mode 0600.
class DrillFolder {
 public:
  // In $TMPDIR, or in /tmp.
  static absl::StatusOr<std::unique_ptr<DrillFolder>> Create();
  ~DrillFolder();
  DrillFolder(const DrillFolder&) = delete;
  DrillFolder& operator=(const DrillFolder&) = delete;

  // Writes the certificate, key and roots of the side under test.
  absl::Status WriteIdentity(const drill::Certified& as, const std::string& roots_pem);
  // Replaces the pin file atomically; each call increments its version.
  absl::Status WritePins(const std::vector<ListedPeer>& peers);
  // Writes a Pinion configuration that names the files above; a server's accepts pinned clients only.
  absl::Status WriteConfig(bool is_server);

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // The values of {roots}, {cert}, {key}, {pins} and {config}.
  std::map<std::string, std::string> Placeholders() const;
  // The last lines of a log file in this folder, each escaped and prefixed with "  | ".
  std::string Tail(const std::string& name) const;

 private:
  explicit DrillFolder(std::string path) : path_(std::move(path)) {}
  absl::Status Write(const std::string& name, const std::string& text) const;

  const std::string path_;
  int version_ = 0;
};

// The command with each known {placeholder} replaced; unknown ones stay.
std::vector<std::string> Filled(const std::vector<std::string>& command,
                                const std::map<std::string, std::string>& placeholders);
// Whether the command contains one of these placeholders.
bool Mentions(const std::vector<std::string>& command, const std::vector<std::string>& placeholders);

// {address}, {host} and {port}; {pin}, {backup_pin} and {curl_pins}.
std::map<std::string, std::string> AddressPlaceholders(const std::string& host, int port);
std::map<std::string, std::string> PinPlaceholders(const drill::KnownPins& pins);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DRILL_FOLDER_H_
