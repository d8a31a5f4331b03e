// The socket on which an admin endpoint listens. Private to admin/.
#ifndef PINION_ADMIN_ADMIN_SOCKET_H_
#define PINION_ADMIN_ADMIN_SOCKET_H_

#include <sys/stat.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "pinion/admin/admin_address.h"

namespace pinion {

class AdminSocket {
 public:
  // Returns the errors of AdminServer::Start. A Unix socket that a process has left is replaced.
  static absl::StatusOr<std::unique_ptr<AdminSocket>> Listen(const AdminAddress& at);
  // Removes a Unix socket, unless another one is in its place. Does not close the descriptor.
  ~AdminSocket();
  AdminSocket(const AdminSocket&) = delete;
  AdminSocket& operator=(const AdminSocket&) = delete;

  // Owned by the caller.
  int descriptor() const { return descriptor_; }
  // As AdminServer::address.
  const std::string& address() const { return address_; }

 private:
  explicit AdminSocket(std::string path) : path_(std::move(path)) {}
  absl::Status ListenOnPort(const AdminAddress& at);
  absl::Status ListenOnPath();

  const std::string path_;  // of a Unix socket
  int descriptor_ = -1;
  std::string address_;
  struct stat made_ = {};  // the Unix socket, as it was made
};

}  // namespace pinion

#endif  // PINION_ADMIN_ADMIN_SOCKET_H_
