#include "pinion/transport/goaway.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/time/time.h"
#include "pinion/base/mutex.h"
#include "pinion/base/steady_clock.h"

namespace grpc_core {

// gRPC's class; only this function is used, which the library exports and no header declares. gRPC's C API provides a
// pointer to the class as a grpc_server.
class Server {
 public:
  void SendGoaways();
};

}  // namespace grpc_core

namespace pinion {

namespace {

struct Order {
  Mutex mutex;
  CondVar done;
  grpc::Server* server = nullptr;  // null once the order is executed or cancelled
};

}  // namespace

void SendGoaways(grpc::Server* server, absl::Duration at_most) {
  // gRPC's internal functions need its execution context, which exists only on its own threads. An alarm's callback
  // runs on one of them.
  const auto order = std::make_shared<Order>();
  order->server = server;
  grpc::Alarm alarm;
  alarm.Set(gpr_inf_past(GPR_CLOCK_REALTIME), [order](bool /*expired*/) {
    const MutexLock lock(order->mutex);
    if (order->server != nullptr) reinterpret_cast<grpc_core::Server*>(order->server->c_server())->SendGoaways();
    order->server = nullptr;
    order->done.NotifyAll();
  });
  const absl::Time end = SteadyNow() + at_most;
  const MutexLock lock(order->mutex);
  while (order->server != nullptr && order->done.WaitUntil(order->mutex, end)) {
  }
  order->server = nullptr;
}

}  // namespace pinion
