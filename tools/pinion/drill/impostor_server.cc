#include "tools/pinion/drill/impostor_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/base/mutex.h"

namespace pinion::drill {
namespace {

constexpr size_t kMaxConversations = 100;
// Time limit of one connection.
constexpr absl::Duration kConversation = absl::Minutes(2);
constexpr int kSliceMilliseconds = 20;
constexpr char kTlsHandshakeRecord = 0x16;
constexpr absl::string_view kHttp1Answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// One of the two is a prefix of the other.
bool Agree(absl::string_view a, absl::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  return a.substr(0, size) == b.substr(0, size);
}

}  // namespace

absl::StatusOr<Listening> ListenOnLoopback() {
  Listening listening;
  listening.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listening.fd >= 0 && bind(listening.fd, generic, size) == 0 && listen(listening.fd, 128) == 0 &&
      getsockname(listening.fd, generic, &size) == 0) {
    listening.port = ntohs(address.sin_port);
    return listening;
  }
  const int error = errno;
  if (listening.fd >= 0) close(listening.fd);
  return absl::UnavailableError(absl::StrCat("cannot listen on 127.0.0.1: ", std::strerror(error)));
}

absl::StatusOr<std::unique_ptr<ImpostorServer>> ImpostorServer::Start(Settings settings) {
  std::shared_ptr<SSL_CTX> context;
  if (!settings.plaintext) {
    absl::StatusOr<std::shared_ptr<SSL_CTX>> made = MakeTlsContext(settings.side, TlsRole::kServer);
    if (!made.ok()) return made.status();
    context = *std::move(made);
  }
  const absl::StatusOr<Listening> listening = ListenOnLoopback();
  if (!listening.ok()) return listening.status();
  return std::unique_ptr<ImpostorServer>(
      new ImpostorServer(listening->fd, listening->port, std::move(settings), std::move(context)));
}

ImpostorServer::ImpostorServer(int listener, int port, Settings settings, std::shared_ptr<SSL_CTX> context)
    : listener_(listener), port_(port), settings_(std::move(settings)), context_(std::move(context)) {
  acceptor_ = std::thread([this] { Accept(); });
}

ImpostorServer::~ImpostorServer() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& conversation : conversations_) conversation.join();
  close(listener_);
}

std::vector<Visit> ImpostorServer::visits() const {
  const MutexLock lock(mutex_);
  return visits_;
}

void ImpostorServer::Note(size_t number, const std::function<void(Visit&)>& change) {
  const MutexLock lock(mutex_);
  change(visits_[number]);
}

void ImpostorServer::Accept() {
  while (!stop_) {
    pollfd wanted = {listener_, POLLIN, 0};
    poll(&wanted, 1, kSliceMilliseconds);
    {
      const MutexLock lock(mutex_);
      if (absl::Now() < closed_until_) wanted.revents = 0;
    }
    const int fd = wanted.revents != 0 ? accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    if (fd < 0) continue;
    if (conversations_.size() == kMaxConversations) {
      close(fd);
      continue;
    }
    const size_t number = conversations_.size();
    {
      const MutexLock lock(mutex_);
      visits_.emplace_back();
    }
    conversations_.emplace_back([this, fd, number] { Serve(fd, number); });
  }
}

void ImpostorServer::Serve(int fd, size_t number) {
  Stream stream(fd, context_.get(), TlsRole::kServer, &stop_);
  if (stream.Handshake(absl::Now() + kConversation)) {
    Note(number, [&](Visit& visit) {
      visit.handshake = !settings_.plaintext;
      visit.resumed = stream.resumed();
    });
    Talk(stream, number);
  }
  stream.Close();
  Note(number, [&](Visit& visit) {
    visit.over = true;
    visit.error = stream.error();
  });
}

void ImpostorServer::Talk(Stream& stream, size_t number) {
  const absl::Time deadline = absl::Now() + kConversation;
  std::string begun;
  while (begun.size() < http2::kPreface.size() && Agree(begun, http2::kPreface)) {
    const std::string bytes = stream.Read(deadline);
    if (bytes.empty()) return;
    begun += bytes;
  }
  // This is the ClientHello of a client that requires TLS; the client has sent no request.
  if (settings_.plaintext && begun.front() == kTlsHandshakeRecord) return;
  if (Agree(begun, http2::kPreface)) {
    Note(number, [](Visit& visit) { visit.http2 = true; });
    TalkHttp2(stream, number, absl::string_view(begun).substr(http2::kPreface.size()));
    return;
  }
  Note(number, [](Visit& visit) { visit.request = true; });
  if (absl::StrContains(begun, " HTTP/1.")) stream.Write(kHttp1Answer, deadline);
  Answered();
}

void ImpostorServer::TalkHttp2(Stream& stream, size_t number, absl::string_view begun) {
  const absl::Time deadline = absl::Now() + kConversation;
  http2::FrameReader reader;
  reader.Add(begun);
  stream.Write(http2::Encode({http2::kSettings, 0, 0, ""}), deadline);
  while (!reader.too_long()) {
    while (const std::optional<http2::Frame> frame = reader.Next()) {
      if (!Take(*frame, stream, number)) return;
    }
    const std::string bytes = stream.Read(deadline);
    if (bytes.empty()) return;
    reader.Add(bytes);
  }
}

bool ImpostorServer::Take(const http2::Frame& frame, Stream& stream, size_t number) {
  const absl::Time deadline = absl::Now() + kConversation;
  const bool is_ack = (frame.flags & http2::kAck) != 0;
  if ((frame.type == http2::kSettings || frame.type == http2::kPing) && !is_ack) {
    return stream.Write(http2::Encode({frame.type, http2::kAck, 0, frame.type == http2::kPing ? frame.payload : ""}),
                        deadline);
  }
  if (frame.type == http2::kHeaders) Note(number, [](Visit& visit) { visit.request = true; });
  // The answer follows the request's first message or its end, whichever comes first, so that open streams get one too.
  const bool ends_headers = frame.type == http2::kHeaders && (frame.flags & http2::kEndStream) != 0;
  const bool is_message = frame.type == http2::kData && !frame.payload.empty();
  if (!ends_headers && !is_message) return true;
  return stream.Write(http2::Answer(frame.stream), deadline) && Answered();
}

bool ImpostorServer::Answered() {
  if (settings_.after_first_request == nullptr || notified_.exchange(true)) return true;
  settings_.after_first_request();
  const MutexLock lock(mutex_);
  closed_until_ = absl::Now() + settings_.pause;
  return false;
}

}  // namespace pinion::drill
