// A call's headers, out of gRPC 1.51.1's own data structures: its public and exported functions give the
// value of a name, and no list of the names. Private to transport/debian_1_51/authorization/.
//
// The places were read from gRPC's source and compared with the libraries of Debian 12 and 13. The start-up test of
// authorization_filter.h checks them before any call from outside is served.
#ifndef PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_GRPC_METADATA_H_
#define PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_GRPC_METADATA_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

// gRPC's view of a call. Its methods are in libgrpc, under these names; it is only ever seen by reference.
namespace grpc_core {
class EvaluateArgs {
 public:
  EvaluateArgs() = delete;
  absl::string_view GetPath() const;
  std::vector<absl::string_view> GetUriSans() const;
  std::vector<absl::string_view> GetDnsSans() const;
  absl::string_view GetSubject() const;
  // Where the header came several times, the view is of *joined; where once, of what gRPC keeps.
  absl::optional<absl::string_view> GetHeaderValue(absl::string_view key, std::string* joined) const;
};
}  // namespace grpc_core

namespace pinion {

// Whether gRPC keeps its list of headers where HasMalformedHeader looks for it. `value` is what GetHeaderValue
// gives for a header that the call has once, with a value of 1 to 23 bytes, and not among more than ten. Reads the
// call's metadata alone, and follows no pointer.
bool KeepsHeadersWhereExpected(const grpc_core::EvaluateArgs& args, absl::string_view value);

// Whether the call has a header that HTTP/2 forbids (header_form.h).
bool HasMalformedHeader(const grpc_core::EvaluateArgs& args);

}  // namespace pinion

#endif  // PINION_TRANSPORT_DEBIAN_1_51_AUTHORIZATION_GRPC_METADATA_H_
