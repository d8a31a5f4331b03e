#include "pinion/transport/debian_1_51/goaway.h"

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include "absl/synchronization/notification.h"

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51 && GRPC_CPP_VERSION_PATCH == 1,
              "gRPC 1.51.1 exports a function that its headers do not declare; see whether another version has it");

namespace grpc_core {

// gRPC's class, of which this function alone is used. gRPC's C API hands out a pointer to it as a grpc_server.
class Server {
 public:
  void SendGoaways();
};

}  // namespace grpc_core

namespace pinion {

void SendGoaways(grpc::Server* server) {
  // gRPC's internal functions need its execution context, which its own threads have: one of them calls an alarm back.
  grpc::Alarm alarm;
  absl::Notification done;
  alarm.Set(gpr_inf_past(GPR_CLOCK_REALTIME), [server, &done](bool /*expired*/) {
    reinterpret_cast<grpc_core::Server*>(server->c_server())->SendGoaways();
    done.Notify();
  });
  done.WaitForNotification();
}

}  // namespace pinion
