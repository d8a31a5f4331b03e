// The names by which gRPC identifies the caller of a call, as a key of a map.
#ifndef PINION_CONNECTION_NAMES_KEY_H_
#define PINION_CONNECTION_NAMES_KEY_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pinion/x509/names.h"

namespace pinion {

// Names are visible ASCII.
inline std::string NamesKey(const x509::SubjectAltNames& names) {
  return absl::StrCat(absl::StrJoin(names.uris, " "), "\n", absl::StrJoin(names.dns, " "));
}

}  // namespace pinion

#endif  // PINION_CONNECTION_NAMES_KEY_H_
