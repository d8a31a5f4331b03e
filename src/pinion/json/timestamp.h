// Times in messages, in whole seconds.
#ifndef PINION_JSON_TIMESTAMP_H_
#define PINION_JSON_TIMESTAMP_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace pinion::json {

// `time` must be finite.
inline google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(absl::ToUnixSeconds(time));
  return timestamp;
}

inline absl::Time ToTime(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds());
}

}  // namespace pinion::json

#endif  // PINION_JSON_TIMESTAMP_H_
