#include "pinion/admin/http_server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "absl/cleanup/cleanup.h"

namespace pinion {
namespace {

constexpr unsigned int kMostConnections = 32;
constexpr size_t kMostOpen = 16;  // beyond it, the oldest is closed
constexpr size_t kMemoryOfAConnection = 16'384;
constexpr unsigned int kSilentSeconds = 5;

// The page runs its own script alone, whatever is in the status.
constexpr std::pair<const char*, const char*> kHeaders[] = {{"Content-Security-Policy",
                                                             "default-src 'none'; script-src 'self'; style-src 'self'; "
                                                             "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                                                             "frame-ancestors 'none'"},
                                                            {"X-Content-Type-Options", "nosniff"},
                                                            {"Referrer-Policy", "no-referrer"},
                                                            {"Cache-Control", "no-store"},
                                                            {"Connection", "close"}};

struct HostHeader {
  int count = 0;
  const char* value = "";
};

MHD_Result CountHost(void* found, enum MHD_ValueKind /*kind*/, const char* name, const char* value) {
  if (strcasecmp(name, MHD_HTTP_HEADER_HOST) != 0) return MHD_YES;
  auto* const host = static_cast<HostHeader*>(found);
  ++host->count;
  host->value = value == nullptr ? "" : value;
  return MHD_YES;
}

int DescriptorOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

void IgnoreLog(void* /*unused*/, const char* /*format*/, va_list /*arguments*/) {}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(int listening, Handler handler) {
  std::unique_ptr<HttpServer> server(new HttpServer(std::move(handler)));
  const auto answer = [](void* self, MHD_Connection* connection, const char* path, const char* method,
                         const char* /*version*/, const char* /*upload*/, size_t* /*size*/, void** /*state*/) {
    return static_cast<MHD_Result>(static_cast<HttpServer*>(self)->Answer(connection, path, method));
  };
  const auto notify = [](void* self, MHD_Connection* connection, void** /*context*/,
                         MHD_ConnectionNotificationCode what) {
    static_cast<HttpServer*>(self)->Note(connection, what == MHD_CONNECTION_NOTIFY_STARTED);
  };
  // Its thread gets no signal of the process.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const absl::Cleanup restore = [&before] { pthread_sigmask(SIG_SETMASK, &before, nullptr); };
  server->daemon_ = MHD_start_daemon(
      MHD_USE_POLL_INTERNAL_THREAD, /*port=*/0, nullptr, nullptr, static_cast<MHD_AccessHandlerCallback>(answer),
      server.get(),                                                                                             //
      MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, kMostConnections,                       //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, kMemoryOfAConnection, MHD_OPTION_CONNECTION_TIMEOUT, kSilentSeconds,  //
      MHD_OPTION_STRICT_FOR_CLIENT, 1,                                                                          //
      MHD_OPTION_NOTIFY_CONNECTION, static_cast<MHD_NotifyConnectionCallback>(notify), server.get(),            //
      MHD_OPTION_EXTERNAL_LOGGER, &IgnoreLog, nullptr, MHD_OPTION_END);
  if (server->daemon_ != nullptr) return server;
  close(listening);
  return absl::InternalError("the HTTP server does not start");
}

HttpServer::~HttpServer() {
  if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
}

void HttpServer::Note(MHD_Connection* connection, bool is_new) {
  if (!is_new) return open_.remove(connection);
  open_.push_back(connection);
  // The library notices the end, and closes it.
  if (open_.size() > kMostOpen) shutdown(DescriptorOf(open_.front()), SHUT_RDWR);
}

int HttpServer::Answer(MHD_Connection* connection, absl::string_view path, absl::string_view method) const {
  HttpAnswer answer = {405, "only GET\n"};
  if (method == MHD_HTTP_METHOD_GET || method == MHD_HTTP_METHOD_HEAD) {
    HostHeader host;
    MHD_get_connection_values(connection, MHD_HEADER_KIND, &CountHost, &host);
    const char* const accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    answer = handler_({path, host.count == 1 ? host.value : "", accept == nullptr ? "" : accept});
  }
  MHD_Response* const response =
      MHD_create_response_from_buffer(answer.text.size(), answer.text.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  for (const auto& [name, value] : kHeaders) MHD_add_response_header(response, name, value);
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type);
  const MHD_Result queued = MHD_queue_response(connection, answer.code, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace pinion
