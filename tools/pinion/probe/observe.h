// One TLS handshake with any server, in whatever language: what it shows, and what it makes of us.
//
// It offers exactly what a live client offers, so that a server that it reaches can be called. Where the two have
// nothing in common, a second handshake, which offers everything, shows what the server would have spoken.
//
// It observes. Whatever chain the server presents, the handshake goes on, since PeerVerifier judges the chain
// afterwards and shows why; so nothing is ever sent over such a connection but HTTP/2's preface and an empty SETTINGS
// frame, and nothing that the server says is used for anything but to show it.
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

// Whom to ask, and as whom.
struct Question {
  std::string host;  // to connect to: a name or an address without brackets
  int port = 0;
  std::string server_name;               // for the TLS extension (RFC 6066 §3); empty: none is sent
  std::vector<x509::Certificate> chain;  // ours, leaf first; empty: none is shown
  std::optional<x509::PrivateKey> key;   // of the leaf
  absl::Duration timeout = absl::Seconds(10);
};

// How far it went.
enum class Answer {
  kUnreachable,      // no connection
  kTimedOut,         // no connection, or no end of the handshake, in time
  kNoTls,            // what it answered is not TLS
  kHandshakeFailed,  // our side cannot go on, whoever is at fault
  kNoCommonTls,      // no version, group or cipher suite that a live client offers is one of the server's
  kRefused,          // it ended the handshake, or the connection right after it
  kNoH2,             // the handshake is done, but HTTP/2 is not spoken
  kTakesCalls,       // its SETTINGS frame came: it takes calls from us
};

// All text is printable ASCII, whatever the server sent. What was not met is empty.
struct Observation {
  Answer answer = Answer::kUnreachable;
  std::string detail;   // what happened, where it did not go all the way
  std::string alert;    // the fatal alert that the server sent, as in "unknown CA (48)"
  std::string address;  // that took the connection, "127.0.0.1:8443"
  bool handshake_done = false;
  std::string protocol;  // "TLSv1.3"
  std::string cipher;
  std::string group;  // of the key exchange, "x25519"
  std::string alpn;
  bool asked_for_certificate = false;
  std::vector<std::string> ca_names;  // that it would take certificates from, RFC 2253; often none
  bool showed_certificate = false;
  PresentedChain presented;
  // With kNoCommonTls, what the server agrees on with a client that offers everything; otherwise empty.
  struct {
    std::string protocol;
    std::string cipher;
    std::string group;
  } would_speak;
};

// Blocks, for little longer than the timeout. May be called from any thread.
Observation Observe(const Question& question);

}  // namespace pinion

#endif  // PINION_TOOLS_PINION_PROBE_OBSERVE_H_
