// Names the implementation of transport/ that is linked.
#ifndef PINION_TRANSPORT_BACKEND_H_
#define PINION_TRANSPORT_BACKEND_H_

#include "absl/strings/string_view.h"

namespace pinion {

// "debian_1_51" or "modern".
absl::string_view BackendName();

}  // namespace pinion

#endif  // PINION_TRANSPORT_BACKEND_H_
