// Redirects gRPC's own log, so that its lines are safe to write between other lines.
#ifndef PINION_GRPC_LOG_H_
#define PINION_GRPC_LOG_H_

#include <functional>
#include <string>

#include "pinion/export.h"

namespace pinion {

// By default, gRPC logs to stderr from the threads that serve connections, and its messages contain bytes that peers
// sent. A peer can thus write lines of its own to stderr, and a stderr that is not read blocks those threads. From this
// call until the end of the process, gRPC's messages go to `write` instead: one line of printable ASCII each, at most
// 4,096 bytes and without a line end, such as "gRPC E ssl_transport_security.cc:1504: Handshake failed ...". One
// dedicated thread calls `write`. While `write` is busy, up to 4,096 lines wait; further lines are dropped, and the
// next line that is written reports their number. A gRPC thread waits until its line is written, so that the message of
// an abort is not lost; all gRPC threads together wait for about 1 s at most. Call this once, before gRPC is used; if
// it is called several times, the last call takes effect. GRPC_VERBOSITY stays in effect.
// From version 1.65, gRPC logs through abseil's LOG; then this takes the application's own LOG messages, too, and
// initializes abseil's log unless the application has done so. Thread-safe.
PINION_EXPORT void SetGrpcLog(std::function<void(const std::string& line)> write);

}  // namespace pinion

#endif  // PINION_GRPC_LOG_H_
