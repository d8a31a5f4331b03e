// The events that Pinion reports. The library writes only to the audit logs that an authorization policy names; it
// reports everything else to an event sink, which the application implements.
#ifndef PINION_EVENT_SINK_H_
#define PINION_EVENT_SINK_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "pinion/audit_event.h"
#include "pinion/export.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/v1/reason.pb.h"

namespace pinion {

// The side of the connection that this process is on.
enum class Side { kClient, kServer };

// The verdict on a handshake or on the re-check of a live connection. A server from Listen also reports connections
// that it, gRPC or OpenSSL refused before Pinion verified the peer's certificate. All text is printable ASCII.
struct HandshakeEvent {
  absl::Time time;
  Side side = Side::kClient;
  // On a server from Listen, the client's address: "127.0.0.1:4711". If several clients present the same certificate at
  // the same time, their addresses may be interchanged between their events.
  std::string address;
  // The number of connections from the address's host that ended in this way since the last event about them; `address`
  // and `time` are those of the latest one. Always 1 if Pinion verified the certificate.
  int64_t count = 1;
  // The host that was dialled; empty on the server.
  std::string host;
  // ACCEPTED, or why the peer was refused.
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  // Under report-only: why the peer would have been refused; otherwise REASON_UNSPECIFIED.
  v1::Reason report_only_reason = v1::REASON_UNSPECIFIED;
  // The reason code, an explanation and the next step for an operator; empty if the peer was accepted and nothing needs
  // attention.
  std::string text;
  // The peer's name in the pin set; empty if the pin set does not list it.
  std::string peer;
  // The SPKI of the presented leaf, as "sha256/…=", and its subject; empty if there is no leaf.
  std::string presented_pin;
  std::string presented_subject;
  // The state of the pin that matched; BACKUP and RETIRING deserve attention. Unspecified if no pin matched.
  v1::PinState matched_state = v1::PIN_STATE_UNSPECIFIED;
  // If there is a shadow pin set and it would decide a new connection differently: ACCEPTED, or why it would refuse the
  // peer, and the explanation of that. Otherwise REASON_UNSPECIFIED.
  v1::Reason shadow_reason = v1::REASON_UNSPECIFIED;
  std::string shadow_text;
  // Of a live connection: the verdict on its peer has changed since the handshake.
  bool is_recheck = false;
};

// A change in the state of a configuration source: a new value is adopted, the source fails, it fails for another
// reason, or it works again.
struct ReloadEvent {
  absl::Time time;
  // "pin_set", "shadow_pin_set", "identity", "next_identity", "server_roots", "client_roots", "authorization_policy",
  // "shadow_policy" or "config". Only a restart applies edits of "config". Or "state_dir", with generation 0: whether
  // the pin set in effect is recorded there, or that there was no record at start. Or "census_file" or
  // "recorded_handshakes_dir", with generation 0: whether it can be read and written.
  std::string source;
  // The generation that is in effect now; it increases each time a value is adopted.
  int64_t generation = 0;
  // Empty if the source's current content is in effect; otherwise why it is not. The last good version stays in effect.
  std::string error;
  // A problem with a value that is in effect, such as an own key that is RETIRING.
  std::string warning;
};

// A certificate, pin, proof of a BACKUP, report-only period or pin set in effect that ends soon. Reported 30, 7 and 1
// days before the end and at the end, once each.
struct ExpiryEvent {
  absl::Time time;
  // What ends: "our certificate", "trust root CN=…", "pin sha256/…= of peer payments", "the proof of BACKUP sha256/…=
  // of peer payments", "report-only of peer payments", "the pin set".
  std::string what;
  absl::Time expires;
  // 30, 7 or 1; 0 when it has ended.
  int days_left = 0;
};

// A live connection to a peer that is no longer accepted. Reported by channels from CreateChannel and servers from
// Listen.
struct ConnectionEvent {
  absl::Time time;
  Side side = Side::kClient;
  // "127.0.0.1:4711".
  std::string address;
  // As in HandshakeEvent.
  std::string peer;
  std::string presented_pin;
  v1::Reason reason = v1::REASON_UNSPECIFIED;
  std::string text;
  // True if the connection was closed immediately, together with its calls. Otherwise new calls use another connection,
  // and this one is closed within the drain window.
  bool closed_immediately = false;
};

// What the processes that this one is connected to say about its next identity: reported when all of them have had the
// time to answer, when a process blocks it or none does any longer, and at most once a minute when others do. Also when
// the identity is presented, or no longer; when those that accepted it have had the time to connect again; each day for
// each exclusion; and when two processes have different contents of one signed version of the pin set. Also what this
// process answers to another one that is about to use a next identity: when that changes, and at most once a minute for
// each peer.
struct AdoptionEvent {
  absl::Time time;
  // The pin of the next identity's key: "sha256/…=". Empty if the event is not about one.
  std::string candidate;
  // As in AdoptionStatus.
  int64_t blocking = 0;
  // What happened, who blocks it, and why.
  std::string text;
  // What this process answered, if the next identity is another process's; otherwise REASON_UNSPECIFIED.
  v1::Reason answer = v1::REASON_UNSPECIFIED;
};

// Receives events; implement it to log, count or raise alarms. A workload calls its sink from a thread of its own, one
// event at a time; OnAudit and OnAuditLogger are called on another thread. A sink that several workloads share must be
// thread-safe. A handshake or reload waits until the sink has taken its event. All of them together wait for about 1 s
// at most in 10 s, and none waits behind an event that took longer. A slow sink therefore receives events late, and a
// sink that blocks or throws loses events; there is no other effect. A sink must not call back into gRPC or Pinion.
class PINION_EXPORT EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnHandshake(const HandshakeEvent& event) = 0;
  virtual void OnReload(const ReloadEvent& /*event*/) {}
  virtual void OnExpiry(const ExpiryEvent& /*event*/) {}
  virtual void OnConnection(const ConnectionEvent& /*event*/) {}
  virtual void OnAdoption(const AdoptionEvent& /*event*/) {}
  // Reports that `count` of the events above were lost before the next one, because the sink took too long or threw.
  virtual void OnEventsLost(int64_t /*count*/) {}
  // The audit calls these two methods on its own thread, one event at a time. A slow sink loses events but delays no
  // call.
  virtual void OnAudit(const AuditEvent& /*event*/) {}
  virtual void OnAuditLogger(const AuditLoggerEvent& /*event*/) {}
};

}  // namespace pinion

#endif  // PINION_EVENT_SINK_H_
