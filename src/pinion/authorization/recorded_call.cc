#include "pinion/authorization/recorded_call.h"

#include <algorithm>

#include "pinion/authorization/header_form.h"

namespace pinion {

CallToAuthorize ViewOf(const v1::RecordedCall& recorded) {
  CallToAuthorize call;
  call.path = recorded.path();
  call.uri_sans.assign(recorded.uri_sans().begin(), recorded.uri_sans().end());
  call.dns_sans.assign(recorded.dns_sans().begin(), recorded.dns_sans().end());
  call.subject = recorded.subject();
  call.header = [&recorded](absl::string_view key) {
    std::optional<std::string> joined;
    for (const v1::RecordedCall::Header& header : recorded.headers()) {
      if (header.key() != key) continue;
      joined = joined.has_value() ? *joined + "," + header.value() : header.value();
    }
    return joined;
  };
  call.has_malformed_header = [&recorded] {
    return std::any_of(
        recorded.headers().begin(), recorded.headers().end(),
        [](const v1::RecordedCall::Header& header) { return !IsWellFormedHeader(header.key(), header.value()); });
  };
  call.peers = [&recorded] {
    return CallerPeers{{recorded.peers().begin(), recorded.peers().end()}, /*are_proven=*/true};
  };
  return call;
}

}  // namespace pinion
