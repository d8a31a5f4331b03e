// What Pinion tells about itself. The library writes to no log but those that an authorization policy names: it tells a
// sink, and the sink decides.
#ifndef PINION_EVENT_SINK_H_
#define PINION_EVENT_SINK_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "pinion/audit_event.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// Which side of the connection this process is.
enum class Side { kClient, kServer };

// One handshake, or the renewed check of a live connection, judged. A server from Listen also reports connections that
// it, gRPC or OpenSSL refused before the peer's certificate was judged. All text is printable ASCII.
struct HandshakeEvent {
  absl::Time time;
  Side side = Side::kClient;
  // On a server from Listen, the client's: "127.0.0.1:4711". Where clients present the same certificate at the same
  // time, their events may have each other's addresses.
  std::string address;
  // So many connections from the address's host ended in this way since the last event about them; `address` and
  // `time` are the last one's. Always 1 where Pinion judged the certificate.
  int64_t count = 1;
  // What was dialled; empty on the server.
  std::string host;
  // ACCEPTED or why not.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // Under report-only: why it would have been refused; else REASON_UNSPECIFIED.
  v1::Reason excused = v1::REASON_UNSPECIFIED;
  // The reason code and a sentence a person can act on; empty when accepted with nothing to say.
  std::string text;
  // The peer's name in the pin set, empty where it is not in it.
  std::string peer;
  // The presented leaf: its SPKI as "sha256/…=" and its subject; empty where there is none.
  std::string presented_pin;
  std::string presented_subject;
  // The state of the pin that matched; BACKUP and RETIRING are worth noticing. Unspecified where none matched.
  v1::PinState matched_state = v1::PIN_STATE_UNSPECIFIED;
};

// What a source of configuration came to. One event for each change: adopted, failing, failing otherwise, mended.
struct ReloadEvent {
  absl::Time time;
  // "pin_set", "identity", "server_roots", "client_roots", "authorization_policy", "shadow_policy" or
  // "config", whose edits a restart alone applies.
  std::string source;
  // Of what is in effect now; it has grown when something was adopted.
  int64_t generation = 0;
  // Empty when what the source gives is in effect; else why it isn't, and that the last good one stays.
  std::string error;
  // In effect, but worth a look: our own key is RETIRING.
  std::string warning;
};

// A certificate or pin in effect that ends soon: 30, 7 and 1 days before, and when it has ended. Once for each.
struct ExpiryEvent {
  absl::Time time;
  // What ends: "our certificate", "trust root CN=…", "pin sha256/…= of peer payments", "report-only of peer payments".
  std::string what;
  absl::Time expires;
  // 30, 7 or 1; 0 when it is over.
  int days_left = 0;
};

// A live connection whose peer is no longer accepted. Of channels from CreateChannel and servers from Listen.
struct ConnectionEvent {
  absl::Time time;
  Side side = Side::kClient;
  // "127.0.0.1:4711".
  std::string address;
  // As in a handshake's event.
  std::string peer;
  std::string presented_pin;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  std::string text;
  // Ended at once, its calls with it; else new calls go elsewhere and it ends within the drain window.
  bool cut = false;
};

// Implement it to log, count or alarm. The events of one workload come one at a time, from a thread of the workload's
// own; those of its audits from others. A sink that several workloads have must be safe to use from several threads. A
// handshake or reload waits until its event is taken, but all of them not for longer than about a second in ten, and
// not behind one that took longer: a slow sink gets events late, one that hangs or throws loses events, and nothing
// else happens. Do not call back into gRPC or Pinion.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnHandshake(const HandshakeEvent& event) = 0;
  virtual void OnReload(const ReloadEvent& /*event*/) {}
  virtual void OnExpiry(const ExpiryEvent& /*event*/) {}
  virtual void OnConnection(const ConnectionEvent& /*event*/) {}
  // So many of the events above were lost before the next one, because earlier ones took too long or threw.
  virtual void OnEventsLost(int64_t /*count*/) {}
  // These two come one at a time, from a thread of the audit's own. A sink that takes long loses events, and delays no
  // call.
  virtual void OnAudit(const AuditEvent& /*event*/) {}
  virtual void OnAuditLogger(const AuditLoggerEvent& /*event*/) {}
};

}  // namespace pinion

#endif  // PINION_EVENT_SINK_H_
