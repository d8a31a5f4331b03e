// The value in etcd that has a pin set, and the copy of it on the disk.
#ifndef PINION_ETCD_PUBLISHED_H_
#define PINION_ETCD_PUBLISHED_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/source/source.h"
#include "pinion/v1/published.pb.h"

namespace pinion::etcd {

// Of all parts together, and of the copy on the disk, which is a file.
inline constexpr size_t kMostBytes = size_t{64} << 20;
// etcd accepts requests of at most 1.5 MiB, unless it is configured otherwise.
inline constexpr size_t kPartBytes = size_t{1} << 20;

// The texts, in this order: the pin set, its signatures, the trust file, its signatures, the revocations and their
// signatures, which are empty if there are none, and the documents.
std::vector<std::string> TextsOf(const v1::PublishedPinSet& published);
v1::PublishedPinSet FromTexts(const std::vector<std::string>& texts);

// The keys and values of the parts of `message`, and the value that names them.
struct InParts {
  std::vector<std::pair<std::string, std::string>> parts;
  std::string value;
};
InParts Split(const std::string& key, absl::string_view message);
// The keys of the parts that a value names.
std::vector<std::string> PartKeys(const std::string& key, const v1::PublishedPinSet::Parts& parts);

// Parses a value of the key. `read_part` returns the value of a part's key. InvalidArgument if it is not a message with
// a pin set, or if its parts do not have the digest that it names; or the error of `read_part`.
absl::StatusOr<v1::PublishedPinSet> Parse(
    const std::string& key, const std::string& value,
    const std::function<absl::StatusOr<std::string>(const std::string&)>& read_part);

// The copy of the pin set that was adopted last, which RaiseFloor writes: STATE_DIR/pin_set_kept.
std::string KeptFile(const std::string& state_dir);
// NotFound if there is none.
absl::StatusOr<SourceContent> ReadKept(const std::string& state_dir);
// A source that has the copy, for tools. It pushes nothing.
std::shared_ptr<Source> OpenKept(const std::string& state_dir);

}  // namespace pinion::etcd

#endif  // PINION_ETCD_PUBLISHED_H_
