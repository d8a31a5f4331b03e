// The admin endpoint of a workload: metrics, status, health and a page, over HTTP. Needs prometheus-cpp and
// libmicrohttpd, which the library itself does not use: link //:admin.
#ifndef PINION_ADMIN_SERVER_H_
#define PINION_ADMIN_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "pinion/export.h"
#include "pinion/workload.h"

namespace pinion {

struct AdminOptions {
  // An IP address or "localhost" with a port, of which 0 is any free one: "127.0.0.1:9464", "[::1]:0". Or the path of a
  // Unix socket, with the mode 0600: "unix:/run/orders/admin.sock". A socket that is left there is replaced.
  std::string address = "127.0.0.1:9464";
  // Allows an address that other hosts reach. Who reaches it reads the names of peers, their addresses and pins, and
  // paths of files; there is no authentication.
  bool allow_remote = false;
};

// Answers GET requests and changes nothing:
//   /         a page for people, which reads /status
//   /status   v1::Status as JSON (proto/pinion/v1/status.proto)
//   /metrics  PrometheusMetrics, as OpenMetrics or as Prometheus's text format, by the request's Accept header
//   /healthz  200
//   /readyz   200 if Workload::CheckReady is OK, otherwise 503 with its text
// One thread answers, and one request on each connection. Clients can take 32 connections and 16 kB of each.
// A request whose Host is a name is refused on a loopback address, so that no web page that somebody on this host opens
// can read the answers by a DNS name of its own ("DNS rebinding").
class PINION_EXPORT AdminServer {
 public:
  // Starts to serve, on a thread of its own. Returns InvalidArgument if the address cannot be used, PermissionDenied
  // for one that other hosts reach without allow_remote, and Unavailable if it cannot be listened on.
  static absl::StatusOr<std::unique_ptr<AdminServer>> Start(std::shared_ptr<Workload> workload,
                                                            const AdminOptions& options);
  // Ends all requests at once, and removes a Unix socket.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  // /readyz is 503 from now on. For a server that is about to call Listener::Drain.
  void SetDraining();

  // "127.0.0.1:9464", with the chosen port, or "unix:PATH".
  const std::string& address() const;

 private:
  class Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace pinion

#endif  // PINION_ADMIN_SERVER_H_
