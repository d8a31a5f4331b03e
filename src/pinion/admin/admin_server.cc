#include "pinion/admin_server.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/admin/admin_address.h"
#include "pinion/admin/admin_socket.h"
#include "pinion/admin/http_server.h"
#include "pinion/admin/open_metrics.h"
#include "pinion/base/printable.h"
#include "pinion/base/steady_clock.h"
#include "pinion/prometheus.h"
#include "pinion/status_json.h"

namespace pinion {
namespace {

constexpr absl::Duration kHolds = absl::Seconds(1);

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

}  // namespace

class AdminServer::Impl {
 public:
  Impl(std::shared_ptr<Workload> workload, AdminAddress address)
      : workload_(std::move(workload)), metrics_(workload_), at_(std::move(address)) {}

  absl::Status Start() {
    absl::StatusOr<std::unique_ptr<AdminSocket>> socket = AdminSocket::Listen(at_);
    if (!socket.ok()) return socket.status();
    socket_ = *std::move(socket);
    absl::StatusOr<std::unique_ptr<HttpServer>> server =
        HttpServer::Start(socket_->descriptor(), [this](const HttpRequest& request) { return Answer(request); });
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }

  const std::string& address() const { return socket_->address(); }
  void SetDraining() { is_draining_ = true; }

 private:
  HttpAnswer Answer(const HttpRequest& request) {
    if (at_.is_loopback && !IsAddressOrLocalhost(request.host)) {
      return {403, "the Host of the request is a name; use the address, or localhost\n"};
    }
    for (const Kind& kind : kKinds) {
      if (request.path == kind.path) return {200, AssetText(kind.name), kind.content_type};
    }
    if (request.path == "/status") return {200, Status(), "application/json"};
    if (request.path == "/metrics") {
      MetricsText metrics = PrintMetrics(metrics_.Collect(), request.accept);
      return {200, std::move(metrics.text), metrics.content_type};
    }
    if (request.path == "/healthz") return {200, "ok\n"};
    if (request.path == "/readyz") {
      const absl::Status ready = Ready();
      return {ready.ok() ? 200U : 503U, ready.ok() ? "ok\n" : Printable(ready.message()) + "\n"};
    }
    return {404, "there is /, /status, /metrics, /healthz and /readyz\n"};
  }

  // Both are made once for all who ask within a second: one asks each connection, the other may make a handshake. With
  // thousands of connections less often, so that readers take at most 5 % of a processor.
  std::string Status() {
    if (const absl::Time now = SteadyNow(); now >= status_until_) {
      status_ = StatusJson(workload_->Status(), absl::Now());
      status_until_ = SteadyNow() + std::max(kHolds, 20 * (SteadyNow() - now));
    }
    return status_;
  }
  absl::Status Ready() {
    if (is_draining_) return absl::UnavailableError("this process is draining: it takes no more connections");
    if (const absl::Time now = SteadyNow(); now >= ready_until_) {
      ready_ = workload_->CheckReady();
      ready_until_ = SteadyNow() + std::max(kHolds, 20 * (SteadyNow() - now));
    }
    return ready_;
  }

  const std::shared_ptr<Workload> workload_;
  const PrometheusMetrics metrics_;
  const AdminAddress at_;
  std::atomic<bool> is_draining_{false};
  // Of the server's thread alone.
  std::string status_;
  absl::Time status_until_ = absl::InfinitePast();
  absl::Status ready_;
  absl::Time ready_until_ = absl::InfinitePast();
  std::unique_ptr<AdminSocket> socket_;
  std::unique_ptr<HttpServer> server_;  // last, so that it ends first
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

void AdminServer::SetDraining() { impl_->SetDraining(); }

const std::string& AdminServer::address() const { return impl_->address(); }

}  // namespace pinion
