// Handshakes in a folder, for a rehearsal of what another pin set would decide.
#ifndef PINION_RECORDING_RECORDED_HANDSHAKES_H_
#define PINION_RECORDING_RECORDED_HANDSHAKES_H_

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "pinion/v1/recorded_handshake.pb.h"

namespace pinion {

// Keeps one file for each distinct side, host and chain, which only the owner may read. When they exceed a limit, the
// one that was seen least recently is removed. Refused and unlisted peers have limits of their own, so that a client
// without a pin cannot displace the peers of the pin set. Not thread-safe; belongs to one process.
class RecordedHandshakes {
 public:
  struct Limits {
    int64_t files = 0;
    int64_t bytes = 0;
  };
  // Of peers that were accepted and are listed in the pin set; of all others. Together 10,000 files and 64 MiB.
  static constexpr Limits kListed = {8'750, int64_t{56} << 20};
  static constexpr Limits kOthers = {1'250, int64_t{8} << 20};
  // A file says when its peer was seen, to this precision.
  static constexpr absl::Duration kFresh = absl::Hours(1);

  // Continues with the files that an earlier process has left. Returns NotFound or PermissionDenied if `folder` is not
  // a folder in which files can be made.
  static absl::StatusOr<RecordedHandshakes> Open(const std::string& folder, Limits listed = kListed,
                                                 Limits others = kOthers);

  // Ignores `last_seen`. A chain of only a leaf is not kept if there is a longer one with that leaf: a resumed session
  // has no other certificates.
  absl::Status Keep(v1::RecordedHandshake handshake, absl::Time now);
  // The roots that the handshakes are verified with; PEM.
  absl::Status KeepRoots(v1::ConnectionSide side, const std::string& pem);

 private:
  struct Entry {
    std::string key;
    std::string name;  // of its file
    int64_t bytes = 0;
    absl::Time seen;
    v1::Reason reason = v1::REASON_UNSPECIFIED;  // not known of an earlier process's
    std::string peer;
  };
  // Of one kind, the most recently seen first.
  struct Kind {
    Limits limits;
    std::list<Entry> entries;
    int64_t bytes = 0;
  };
  struct Place {
    Kind* kind = nullptr;
    std::list<Entry>::iterator entry;
  };

  RecordedHandshakes(std::string folder, Limits listed, Limits others)
      : folder_(std::move(folder)), kinds_{{listed, {}, 0}, {others, {}, 0}} {}

  void Add(Kind* kind, Entry entry);
  // Removes it with its file, unless that is `kept`.
  void Remove(const std::string& key, absl::string_view kept = "");
  std::string PathOf(absl::string_view name) const;

  std::string folder_;
  std::list<Kind> kinds_;  // of listed peers, and of others; a list, since Place points into it
  absl::flat_hash_map<std::string, Place> by_key_;
  absl::flat_hash_map<std::string, int64_t> by_leaf_;  // the number of chains
};

// What RecordedHandshakes has left in a folder.
struct Recording {
  // PEM; empty if there were no handshakes of that side.
  std::string server_roots;
  std::string client_roots;
  std::vector<v1::RecordedHandshake> handshakes;  // in the order of their file names
};
// Returns NotFound if there is no such folder, and InvalidArgument, with the name of the file, if one cannot be parsed.
absl::StatusOr<Recording> ReadRecording(const std::string& folder);
// A file of RecordedHandshakes. `name` is for the error.
absl::StatusOr<v1::RecordedHandshake> ParseRecordedHandshake(const std::string& text, absl::string_view name);

}  // namespace pinion

#endif  // PINION_RECORDING_RECORDED_HANDSHAKES_H_
