// A connection that ended before it was established.
#ifndef PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_
#define PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_

#include <optional>
#include <string>

#include "pinion/x509/path/handshake_observer.h"

namespace pinion {

struct RefusedConnection {
  enum class Why {
    kNotTls,         // the connection does not begin with a ClientHello
    kUnusableHello,  // by its ClientHello, the connection cannot be told apart from others
    kNoHttp2,        // the client does not offer "h2", and gRPC or OpenSSL ended the handshake
    kAbandoned,      // the peer closed the connection
    kFailed,         // gRPC or OpenSSL ended the handshake before the verifier was called
    kTimedOut,       // the handshake timeout expired
    kMadeRoom,       // closed because other connections waited for a place
    kTooMany,        // a limit on connections or descriptors is reached
  };
  Why why = Why::kFailed;
  std::string address;      // "127.0.0.1:4711"
  std::string detail;       // for kNotTls, kUnusableHello and kTooMany
  std::string source = {};  // HandshakePlaces::SourceOf the address; empty if it is not known
  // For kNoHttp2, kAbandoned and kFailed, if a fatal alert ended the handshake.
  std::optional<x509::TlsFailure> failure = std::nullopt;
};

}  // namespace pinion

#endif  // PINION_SERVER_ADMISSION_REFUSED_CONNECTION_H_
