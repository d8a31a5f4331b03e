#include "pinion/admin_server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/admin/admin_address.h"
#include "pinion/admin/open_metrics.h"
#include "pinion/base/mutex.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/base/thread_without_signals.h"
#include "pinion/prometheus.h"
#include "pinion/status_json.h"

namespace pinion {
namespace {

constexpr size_t kThreads = 4;
constexpr int kPatienceSeconds = 5;
constexpr absl::Duration kHolds = absl::Seconds(1);
constexpr absl::Duration kLookAgain = absl::Milliseconds(1);

// The page runs its own script alone, whatever is in the status.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

struct Asset {
  const char* name;
  const char* text;
};

constexpr Asset kAssets[] = {
#include "src/pinion/admin/page.inc"
};

struct Kind {
  const char* path;
  const char* name;
  const char* content_type;
};

constexpr Kind kKinds[] = {{"/", "index.html", "text/html; charset=utf-8"},
                           {"/page.css", "page.css", "text/css; charset=utf-8"},
                           {"/page.js", "page.js", "text/javascript; charset=utf-8"}};

const char* AssetText(absl::string_view name) {
  for (const Asset& asset : kAssets) {
    if (asset.name == name) return asset.text;
  }
  return "";
}

// A path at which nothing listens is left over from a process that has ended.
absl::Status RemoveLeftSocket(const std::string& path) {
  struct stat info = {};
  if (lstat(path.c_str(), &info) != 0) return absl::OkStatus();
  const auto refused = [&path](const char* why) {
    return absl::UnavailableError(absl::StrCat("unix:", Printable(path), ": ", why));
  };
  if (!S_ISSOCK(info.st_mode)) return refused("there is a file that is no socket; give another path");
  httplib::Client client(path);
  client.set_address_family(AF_UNIX);
  client.set_connection_timeout(kPatienceSeconds);
  if (client.Get("/healthz")) return refused("another process listens there; give another path");
  return unlink(path.c_str()) == 0 ? absl::OkStatus() : refused(std::strerror(errno));
}

}  // namespace

class AdminServer::Impl {
 public:
  Impl(std::shared_ptr<Workload> workload, AdminAddress address)
      : workload_(std::move(workload)), metrics_(workload_), at_(std::move(address)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_read_timeout(kPatienceSeconds);
    server_.set_write_timeout(kPatienceSeconds);
    server_.set_keep_alive_timeout(kPatienceSeconds);
    server_.set_payload_max_length(0);
    server_.set_default_headers({{"Content-Security-Policy", kPolicy},
                                 {"X-Content-Type-Options", "nosniff"},
                                 {"Referrer-Policy", "no-referrer"},
                                 {"Cache-Control", "no-store"}});
    AddRoutes();
  }

  ~Impl() {
    if (!thread_.joinable()) return;
    while (!server_.is_running() && !ended_) absl::SleepFor(kLookAgain);  // before it runs, stop() has no effect
    server_.stop();
    thread_.join();
    if (!at_.path.empty()) unlink(at_.path.c_str());
  }

  absl::Status Start() {
    if (absl::Status status = at_.path.empty() ? BindPort() : BindSocket(); !status.ok()) return status;
    thread_ = StartThreadWithoutSignals([this] {
      server_.listen_after_bind();  // also returns where the socket fails
      ended_ = true;
    });
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }

 private:
  // Without SO_REUSEPORT, which would let another process share the port.
  absl::Status BindPort() {
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    int port = at_.port;
    const bool is_bound =
        port == 0 ? (port = server_.bind_to_any_port(at_.host)) > 0 : server_.bind_to_port(at_.host, port);
    const bool is_v6 = at_.host.find(':') != std::string::npos;
    address_ = absl::StrCat(is_v6 ? "[" : "", at_.host, is_v6 ? "]:" : ":", port);
    if (is_bound) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address_, ": ", std::strerror(errno)));
  }

  absl::Status BindSocket() {
    address_ = absl::StrCat("unix:", at_.path);
    if (absl::Status status = RemoveLeftSocket(at_.path); !status.ok()) return status;
    server_.set_address_family(AF_UNIX);
    // Before it has a path, so that it never has another mode.
    server_.set_socket_options([](socket_t socket) { fchmod(socket, S_IRUSR | S_IWUSR); });
    if (server_.bind_to_port(at_.path, /*port=*/1)) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", Printable(address_), ": ", std::strerror(errno)));
  }

  void AddRoutes() {
    server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (!at_.is_loopback || IsAddressOrLocalhost(request.get_header_value("Host"))) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      response.status = 403;
      response.set_content("the Host of the request is a name; use the address, or localhost\n", "text/plain");
      return httplib::Server::HandlerResponse::Handled;
    });
    for (const Kind& kind : kKinds) {
      server_.Get(kind.path, [&kind](const httplib::Request& /*request*/, httplib::Response& response) {
        response.set_content(AssetText(kind.name), kind.content_type);
      });
    }
    server_.Get("/status", [this](const httplib::Request& /*request*/, httplib::Response& response) {
      response.set_content(Status(), "application/json");
    });
    server_.Get("/metrics", [this](const httplib::Request& request, httplib::Response& response) {
      const MetricsText metrics = PrintMetrics(metrics_.Collect(), request.get_header_value("Accept"));
      response.set_content(metrics.text, metrics.content_type);
    });
    server_.Get("/healthz", [](const httplib::Request& /*request*/, httplib::Response& response) {
      response.set_content("ok\n", "text/plain");
    });
    server_.Get("/readyz", [this](const httplib::Request& /*request*/, httplib::Response& response) {
      const absl::Status ready = Ready();
      if (!ready.ok()) response.status = 503;
      response.set_content(ready.ok() ? "ok\n" : Printable(ready.message()) + "\n", "text/plain");
    });
  }

  // Both are made once for all who ask within a second: one asks each connection, the other may make a handshake. With
  // thousands of connections less often, so that readers take at most 5 % of a processor.
  std::string Status() {
    const MutexLock lock(mutex_);
    if (const absl::Time now = SteadyNow(); now >= status_until_) {
      status_ = StatusJson(workload_->Status(), absl::Now());
      status_until_ = SteadyNow() + std::max(kHolds, 20 * (SteadyNow() - now));
    }
    return status_;
  }
  absl::Status Ready() {
    const MutexLock lock(mutex_);
    if (const absl::Time now = SteadyNow(); now >= ready_until_) {
      ready_ = workload_->CheckReady();
      ready_until_ = SteadyNow() + std::max(kHolds, 20 * (SteadyNow() - now));
    }
    return ready_;
  }

  const std::shared_ptr<Workload> workload_;
  const PrometheusMetrics metrics_;
  const AdminAddress at_;
  std::string address_;
  Mutex mutex_;
  std::string status_ ABSL_GUARDED_BY(mutex_);
  absl::Time status_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status ready_ ABSL_GUARDED_BY(mutex_);
  absl::Time ready_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::atomic<bool> ended_{false};
  httplib::Server server_;
  std::thread thread_;
};

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AdminServer::~AdminServer() = default;

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(std::shared_ptr<Workload> workload,
                                                                const AdminOptions& options) {
  const absl::StatusOr<AdminAddress> address = ParseAdminAddress(options);
  if (!address.ok()) return absl::Status(address.status().code(), absl::StrCat("admin: ", address.status().message()));
  auto impl = std::make_unique<Impl>(std::move(workload), *address);
  if (absl::Status status = impl->Start(); !status.ok()) {
    return absl::Status(status.code(), absl::StrCat("admin: ", status.message()));
  }
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(impl)));
}

const std::string& AdminServer::address() const { return impl_->address(); }

}  // namespace pinion
