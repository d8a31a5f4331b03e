// Handshakes in a folder, for a rehearsal of what another pin set would decide.
#ifndef PINION_RECORDING_RECORDED_HANDSHAKES_H_
#define PINION_RECORDING_RECORDED_HANDSHAKES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/v1/recorded_handshake.pb.h"

namespace pinion {

// Keeps one file for each distinct side, host and chain, which only the owner may read. Of each kind of peer there are
// as many as its limits allow; then the one that was seen least recently is removed. A client without a pin thus cannot
// displace the peers of the pin set. Not thread-safe; belongs to one process.
class RecordedHandshakes {
 public:
  struct Limits {
    int64_t files = 0;
    int64_t bytes = 0;
  };
  // Of peers that were accepted and are listed in the pin set, that were accepted and are not listed, and that were
  // refused. Together 10,000 files and 64 MiB.
  using LimitsOfKinds = std::array<Limits, 3>;
  static constexpr LimitsOfKinds kLimits = {
      {{7'500, int64_t{48} << 20}, {1'250, int64_t{8} << 20}, {1'250, int64_t{8} << 20}}};
  // Of one side, host and leaf. The holder of one certificate can present it with any others.
  static constexpr size_t kMostChainsOfLeaf = 4;
  // A file says when its peer was seen, to this precision.
  static constexpr absl::Duration kFresh = absl::Hours(1);

  // Continues with the files that an earlier process has left. Returns NotFound or PermissionDenied if `folder` is not
  // a folder in which files can be made.
  static absl::StatusOr<RecordedHandshakes> Open(const std::string& folder, const LimitsOfKinds& limits = kLimits);

  // Ignores `last_seen`. A session that is resumed has no certificate but the leaf: where the leaf alone is presented
  // and a longer chain is known, `is_whole` is asked whether this is all that the peer sends; if it is not, the longer
  // chain is kept.
  absl::Status Keep(v1::RecordedHandshake handshake, absl::Time now, const std::function<bool()>& is_whole);
  // The roots that the handshakes are verified with; PEM.
  absl::Status KeepRoots(v1::ConnectionSide side, const std::string& pem);
  // Whether they are there, since the folder may be emptied at any time.
  bool HasRoots(v1::ConnectionSide side) const;

 private:
  struct Entry {
    std::string key;
    std::string name;  // of its file
    int64_t bytes = 0;
    absl::Time seen;
    v1::Reason reason = v1::REASON_UNSPECIFIED;  // not known of an earlier process's
    std::string peer;
  };
  // The most recently seen first.
  struct Kind {
    Limits limits;
    std::list<Entry> entries;
    int64_t bytes = 0;
  };
  struct Place {
    size_t kind = 0;
    std::list<Entry>::iterator entry;
  };

  RecordedHandshakes(std::string folder, const LimitsOfKinds& limits);

  void Add(size_t kind, Entry entry);
  // Removes it with its file, unless that is `kept`.
  void Remove(const std::string& key, absl::string_view kept = "");
  // Makes it the one that was seen most recently.
  void Touch(const std::string& key);
  // Whether its file says this already, and is there.
  bool IsFresh(const std::string& key, const v1::RecordedHandshake& handshake, absl::Time now) const;
  std::string PathOf(absl::string_view name) const;
  absl::Status Write(absl::string_view name, const std::string& text) const;

  std::string folder_;
  std::array<Kind, 3> kinds_;
  absl::flat_hash_map<std::string, Place> by_key_;
  absl::flat_hash_map<std::string, std::vector<std::string>> by_leaf_;  // keys, the most recently seen last
};

// What RecordedHandshakes has left in a folder.
struct Recording {
  // PEM; empty if there were no handshakes of that side.
  std::string server_roots;
  std::string client_roots;
  std::vector<v1::RecordedHandshake> handshakes;  // in the order of their file names
  std::vector<absl::Status> damaged;              // the files that are none, with their names
};
// Returns NotFound or PermissionDenied if the folder cannot be read.
absl::StatusOr<Recording> ReadRecording(const std::string& folder);
// A file of RecordedHandshakes. `name` is for the error.
absl::StatusOr<v1::RecordedHandshake> ParseRecordedHandshake(const std::string& text, absl::string_view name);

}  // namespace pinion

#endif  // PINION_RECORDING_RECORDED_HANDSHAKES_H_
