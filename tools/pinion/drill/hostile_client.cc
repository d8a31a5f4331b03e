#include "tools/pinion/drill/hostile_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tools/pinion/drill/http2.h"
#include "tools/pinion/drill/stream.h"

namespace pinion::drill {
namespace {

// The header of a TLS record that announces 512 handshake bytes, and the first of these: a ClientHello's.
constexpr absl::string_view kBegunHandshake("\x16\x03\x01\x02\x00\x01", 6);
constexpr absl::Duration kBetweenBytes = absl::Seconds(1);

// Returns true once the call is over.
bool Take(const http2::Frame& frame, Served* served) {
  if (frame.type == http2::kSettings) served->settings = true;
  if (frame.type == http2::kHeaders) {
    served->answered = true;
    if (served->denial.empty()) served->denial = http2::Denial(frame.payload);
  }
  const bool ends_call = frame.type == http2::kHeaders && (frame.flags & http2::kEndStream) != 0;
  return ends_call || frame.type == http2::kReset || frame.type == http2::kGoAway;
}

void ReadAnswer(Stream& stream, absl::Time deadline, Served* served) {
  http2::FrameReader reader;
  while (!reader.too_long()) {
    while (const std::optional<http2::Frame> frame = reader.Next()) {
      if (Take(*frame, served)) return;
    }
    const std::string bytes = stream.Read(deadline);
    if (bytes.empty()) return;
    reader.Add(bytes);
  }
}

}  // namespace

absl::StatusOr<Served> Call(const Target& target, const TlsSide& side, bool plaintext) {
  std::shared_ptr<SSL_CTX> context;
  if (!plaintext) {
    absl::StatusOr<std::shared_ptr<SSL_CTX>> made = MakeTlsContext(side, TlsRole::kClient);
    if (!made.ok()) return made.status();
    context = *std::move(made);
  }
  const absl::Time deadline = absl::Now() + target.timeout;
  Served served;
  const int fd = Dial(target.host, target.port, deadline);
  served.connected = fd >= 0;
  if (!served.connected) return served;
  Stream stream(fd, context.get(), TlsRole::kClient, target.stop);
  served.handshake = stream.Handshake(deadline);
  if (served.handshake) {
    // A failed write is ignored: if the server has already closed the connection, the read below detects it.
    stream.Write(absl::StrCat(http2::kPreface, http2::Encode({http2::kSettings, 0, 0, ""}),
                              http2::Request(target.path, target.authority)),
                 deadline);
    ReadAnswer(stream, deadline, &served);
  }
  served.silent = !served.answered && !stream.ended();
  served.error = stream.error();
  return served;
}

std::optional<absl::Duration> TimeUntilClosed(const Target& target, absl::Duration limit) {
  const absl::Time begin = absl::Now();
  const int fd = Dial(target.host, target.port, begin + target.timeout);
  if (fd < 0) return absl::ZeroDuration();
  Stream stream(fd, nullptr, TlsRole::kClient, target.stop);
  stream.Write(kBegunHandshake, begin + target.timeout);
  while (!stream.ended() && !*target.stop && absl::Now() < begin + limit) {
    // A server may send data, such as an alert, before it closes.
    const absl::Time next = absl::Now() + kBetweenBytes;
    while (!stream.Read(next).empty()) {
    }
    if (!stream.ended()) stream.Write(absl::string_view("\0", 1), absl::Now() + kBetweenBytes);
  }
  if (!stream.ended()) return std::nullopt;
  return absl::Now() - begin;
}

HalfOpenFlood::HalfOpenFlood(const Target& target, int count) {
  for (int i = 0; i < count && !*target.stop; ++i) {
    const int fd = Dial(target.host, target.port, absl::Now() + target.timeout);
    if (fd < 0) break;
    send(fd, kBegunHandshake.data(), kBegunHandshake.size(), MSG_NOSIGNAL);
    sockets_.push_back(fd);
  }
}

HalfOpenFlood::~HalfOpenFlood() {
  for (const int fd : sockets_) close(fd);
}

}  // namespace pinion::drill
