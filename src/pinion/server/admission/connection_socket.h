// The kernel's state of a connection's socket, and the descriptors that are left. Private to server/admission/.
#ifndef PINION_SERVER_ADMISSION_CONNECTION_SOCKET_H_
#define PINION_SERVER_ADMISSION_CONNECTION_SOCKET_H_

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdint>

namespace pinion {

// The process's descriptor limit, minus the descriptors that are reserved for files.
inline rlim_t DescriptorsForConnections() {
  constexpr rlim_t kReserved = 32;
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur - std::min(kReserved, limit.rlim_cur / 8);
}

// The kernel assigns the lowest free number, so a high number means that all lower ones are in use.
inline bool IsReserved(int descriptor) { return static_cast<rlim_t>(descriptor) >= DescriptorsForConnections(); }

// The number of bytes that have arrived and have not been read.
inline size_t UnreadBytes(int descriptor) {
  int bytes = 0;
  return ioctl(descriptor, FIONREAD, &bytes) == 0 ? static_cast<size_t>(std::max(bytes, 0)) : 0;
}

// gRPC 1.51 sets this option on each socket that it takes over. A server that was shut down drops the sockets that it
// receives without closing them.
inline bool IsTakenByGrpc(int descriptor) {
  int value = 0;
  socklen_t size = sizeof(value);
  return getsockopt(descriptor, IPPROTO_TCP, TCP_INQ, &value, &size) != 0 || value != 0;
}

// Whether both descriptors are open and belong to the same socket.
inline bool IsSameSocket(int descriptor, int other) {
  struct stat one = {};
  struct stat two = {};
  return fstat(descriptor, &one) == 0 && fstat(other, &two) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino;
}

// gRPC expects this option on a socket that it did not accept itself.
inline void SetNoDelay(int descriptor) {
  const int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Epoll reports `key`.
inline void WatchDescriptor(int epoll, int operation, int descriptor, uint32_t events, uint64_t key) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = key;
  epoll_ctl(epoll, operation, descriptor, &event);
}

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_CONNECTION_SOCKET_H_
