// One header of gRPC's list of those that it does not parse into its own types. Private to transport/.
#ifndef PINION_TRANSPORT_GRPC_GRPC_HEADER_H_
#define PINION_TRANSPORT_GRPC_GRPC_HEADER_H_

#include <grpc/slice.h>

#include <cstddef>

#include "absl/strings/string_view.h"
#include "pinion/authorization/header_form.h"

namespace pinion {

// std::pair<grpc_core::Slice, grpc_core::Slice>.
struct GrpcHeader {
  grpc_slice name;
  grpc_slice value;
};
static_assert(sizeof(GrpcHeader) == 64, "unlike gRPC's");

// Where the text of a short value is stored within its header.
constexpr size_t kShortValue = offsetof(GrpcHeader, value) + offsetof(grpc_slice, data.inlined.bytes);

inline absl::string_view TextOf(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
}

inline bool IsWellFormed(const GrpcHeader& header) {
  return IsWellFormedHeader(TextOf(header.name), TextOf(header.value));
}

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_GRPC_HEADER_H_
