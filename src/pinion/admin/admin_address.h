// Where an admin endpoint listens. Private to admin/.
#ifndef PINION_ADMIN_ADMIN_ADDRESS_H_
#define PINION_ADMIN_ADMIN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pinion/admin_server.h"

namespace pinion {

struct AdminAddress {
  std::string path;  // of a Unix socket; empty if it is none
  std::string host;  // an IP address
  int port = 0;
  bool is_loopback = false;
};

// Returns the errors of AdminServer::Start.
absl::StatusOr<AdminAddress> ParseAdminAddress(const AdminOptions& options);

// Whether a request's Host header names an IP address or "localhost", with or without a port.
bool IsAddressOrLocalhost(absl::string_view host_header);

}  // namespace pinion

#endif  // PINION_ADMIN_ADMIN_ADDRESS_H_
