// Makes one TLS handshake with any server, in any language, and records what the server presents and whether it accepts
// us.
//
// It offers exactly what a live client offers, so that a server that it reaches can be called. If the two have nothing
// in common, a second handshake, which offers everything, shows what the server supports.
//
// It only observes. The handshake continues with any chain, since PeerVerifier judges the chain afterwards and reports
// why. For this reason only the HTTP/2 preface and an empty SETTINGS frame are sent over such a connection, and data
// from the server is only displayed.
#ifndef PINION_TOOLS_PINION_PROBE_OBSERVE_H_
#define PINION_TOOLS_PINION_PROBE_OBSERVE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"

namespace pinion {

// The server to probe, and our identity.
struct Question {
  std::string host;  // to connect to: a name or an address without brackets
  int port = 0;
  std::string server_name;               // for the TLS extension (RFC 6066 §3); empty: none is sent
  std::vector<x509::Certificate> chain;  // ours, leaf first; empty: none is sent
  std::optional<x509::PrivateKey> key;   // of the leaf
  absl::Duration timeout = absl::Seconds(10);
};

// How far the probe got.
enum class Answer {
  kUnreachable,      // no connection
  kTimedOut,         // no connection, or no end of the handshake, in time
  kNoTls,            // what it answered is not TLS
  kHandshakeFailed,  // our side cannot continue, whichever side is at fault
  kNoCommonTls,      // no version, group or cipher suite that a live client offers is one of the server's
  kRefused,          // the server ended the handshake, or the connection right after it
  kNoH2,             // the handshake is done, but the server does not use HTTP/2
  kTakesCalls,       // its SETTINGS frame arrived: it accepts calls from us
};

// All text is printable ASCII, whatever the server sent. Fields that do not apply are empty.
struct Observation {
  Answer answer = Answer::kUnreachable;
  std::string detail;   // what happened, if the probe did not complete
  std::string alert;    // the fatal alert that the server sent, as in "unknown CA (48)"
  std::string address;  // that accepted the connection, "127.0.0.1:8443"
  bool handshake_done = false;
  std::string protocol;  // "TLSv1.3"
  std::string cipher;
  std::string group;  // of the key exchange, "x25519"
  std::string alpn;
  bool asked_for_certificate = false;
  std::vector<std::string> ca_names;  // CAs named in its certificate request, RFC 2253; often none
  bool showed_certificate = false;
  PresentedChain presented;
  // With kNoCommonTls, what the server agrees on with a client that offers everything; otherwise empty.
  struct {
    std::string protocol;
    std::string cipher;
    std::string group;
  } would_speak;
};

// Blocks for at most slightly longer than the timeout. May be called from any thread.
Observation Observe(const Question& question);

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_OBSERVE_H_
