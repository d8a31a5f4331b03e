// gRPC's own log, made safe to write beside other lines.
#ifndef PINION_GRPC_LOG_H_
#define PINION_GRPC_LOG_H_

#include <functional>
#include <string>

namespace pinion {

// gRPC logs to stderr by itself, from the threads that serve connections and with the bytes that peers sent: a peer can
// write lines of its own there, and a stderr that nobody reads stops those threads. From this call until the end of the
// process, gRPC's messages go to `write` instead: one line of printable ASCII each, at most 4,096 bytes and without a
// line end, as in "gRPC E ssl_transport_security.cc:1504: Handshake failed ...". `write` is called by one thread of
// its own. While it is busy, up to 4,096 lines wait; more are dropped, and counted by the next line. A thread of gRPC's
// waits for its line to be written, all of them together for no longer than about a second, so that the message of an
// abort is not lost. Call it once, before gRPC is used; of several calls the last one counts. GRPC_VERBOSITY stays in
// effect. May be called from any thread.
void SetGrpcLog(std::function<void(const std::string& line)> write);

}  // namespace pinion

#endif  // PINION_GRPC_LOG_H_
