// A connection that ended before it was established.
#ifndef PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_
#define PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_

#include <optional>
#include <string>

#include "pinion/x509/path/handshake_observer.h"

namespace pinion {

struct RefusedConnection {
  enum class Why {
    kNotTls,     // it does not begin with a ClientHello
    kNoHttp2,    // it offers no "h2", and gRPC or OpenSSL ended the handshake
    kAbandoned,  // the peer closed it
    kFailed,     // gRPC or OpenSSL ended the handshake before the verifier was asked
    kTimedOut,   // by the handshake timeout
    kMadeRoom,   // others waited for its place
    kTooMany,    // a limit on connections or descriptors is reached
  };
  Why why = Why::kFailed;
  std::string address;      // "127.0.0.1:4711"
  std::string detail;       // of kNotTls and kTooMany
  std::string source = {};  // HandshakePlaces::SourceOf its address; empty where it is not known
  // Of kNoHttp2, kAbandoned and kFailed, where a fatal alert ended the handshake.
  std::optional<x509::TlsFailure> failure = std::nullopt;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_
