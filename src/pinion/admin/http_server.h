// Answers GET requests over HTTP/1.1, by libmicrohttpd. Private to admin/.
#ifndef PINION_ADMIN_HTTP_SERVER_H_
#define PINION_ADMIN_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct MHD_Connection;
struct MHD_Daemon;

namespace pinion {

struct HttpRequest {
  absl::string_view path;
  absl::string_view host;    // the Host header; empty if there is none or more than one
  absl::string_view accept;  // the Accept header
};

struct HttpAnswer {
  unsigned int code = 200;
  std::string text;
  const char* content_type = "text/plain; charset=utf-8";
};

// On one thread. A connection has one request, so that what a browser sends after it is no request of its own. What
// clients can take is bounded: connections, of which the oldest is closed for a new one, the memory of each, and the
// time that it may be silent.
class HttpServer {
 public:
  using Handler = std::function<HttpAnswer(const HttpRequest& request)>;

  // Takes the listening socket. Internal on failure.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(int listening, Handler handler);
  // Ends all connections at once.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

 private:
  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {}
  int Answer(MHD_Connection* connection, absl::string_view path, absl::string_view method) const;
  // A new connection, or one that is about to be closed.
  void Note(MHD_Connection* connection, bool is_new);

  const Handler handler_;
  std::list<MHD_Connection*> open_;  // oldest first; of the server's thread alone
  MHD_Daemon* daemon_ = nullptr;
};

}  // namespace pinion

#endif  // PINION_ADMIN_HTTP_SERVER_H_
