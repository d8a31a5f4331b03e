// Reads a call's headers from gRPC's own data structures, since its public and exported functions return the value of a
// name but no list of names. Each supported version has an implementation. Private to transport/.
//
// The start-up test of authorization_filter.h checks that the headers are where the implementation expects them before
// the server handles any external call.
#ifndef PINION_TRANSPORT_GRPC_GRPC_METADATA_H_
#define PINION_TRANSPORT_GRPC_GRPC_METADATA_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

// gRPC's view of a call. Its methods are in libgrpc under these names; it is only used by reference.
namespace grpc_core {
class EvaluateArgs {
 public:
  EvaluateArgs() = delete;
  absl::string_view GetPath() const;
  std::vector<absl::string_view> GetUriSans() const;
  std::vector<absl::string_view> GetDnsSans() const;
  absl::string_view GetSubject() const;
  // If the header occurs several times, the result points to *joined; if it occurs once, to gRPC's memory.
  absl::optional<absl::string_view> GetHeaderValue(absl::string_view key, std::string* joined) const;
};
}  // namespace grpc_core

namespace pinion {

// Whether gRPC's list of headers is where HasMalformedHeader expects it. `value` is the result of GetHeaderValue for a
// header that occurs once, with a value of 1 to 23 bytes, in a call with at most ten headers. Reads only the call's
// metadata and follows no pointer.
bool KeepsHeadersWhereExpected(const grpc_core::EvaluateArgs& args, absl::string_view value);

// Whether the call has a header that HTTP/2 forbids (header_form.h).
bool HasMalformedHeader(const grpc_core::EvaluateArgs& args);

}  // namespace pinion

#endif  // PINION_TRANSPORT_GRPC_GRPC_METADATA_H_
