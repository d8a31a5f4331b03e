#include "pinion/transport/grpc/async_stream.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/support/slice.h>

#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace pinion {
namespace {

grpc::ByteBuffer BufferOf(const std::string& message) {
  const grpc::Slice slice(message);
  return grpc::ByteBuffer(&slice, 1);
}

std::string TextOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const grpc::Slice& slice : slices) text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return text;
}

absl::Status ToAbsl(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

// "127.0.0.1:4711" of "ipv4:127.0.0.1:4711", "[::1]:4711" of "ipv6:%5B::1%5D:4711".
std::string AddressOf(absl::string_view peer) {
  if (!absl::ConsumePrefix(&peer, "ipv4:")) absl::ConsumePrefix(&peer, "ipv6:");
  return absl::StrReplaceAll(peer, {{"%5B", "["}, {"%5D", "]"}, {"%25", "%"}});
}

}  // namespace

StreamPeer PeerOf(const std::string& peer, const grpc::AuthContext* auth_context) {
  StreamPeer result = {AddressOf(peer), ""};
  if (auth_context == nullptr) return result;
  for (const grpc::string_ref& pem : auth_context->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME)) {
    result.leaf_pem = std::string(pem.data(), pem.size());
  }
  return result;
}

void AsyncStream::Send(std::string message) {
  waiting_ = std::move(message);
  SendWaiting();
}

void AsyncStream::SendWaiting() {
  if (is_writing_ || is_ending_ || !waiting_.has_value()) return;
  is_writing_ = true;
  const std::string message = *std::exchange(waiting_, std::nullopt);
  Write(BufferOf(message), &written_);
}

void AsyncStream::StartReading() {
  if (is_reading_ || is_ending_) return;
  is_reading_ = true;
  Read(&received_, &read_);
}

void AsyncStream::End(const absl::Status& why) {
  if (is_ending_) return;
  is_ending_ = true;
  why_ = why;
  if (!is_server()) {
    Cancel();
  } else if (is_writing_) {
    loop_->Post(kPatience, [weak = std::weak_ptr<AsyncStream*>(self_)] {
      if (const auto self = weak.lock(); self != nullptr && (*self)->is_writing_) (*self)->Cancel();
    });
  }
  // Never at once: the caller may be the handler, which would be destroyed.
  loop_->Post(absl::ZeroDuration(), [weak = std::weak_ptr<AsyncStream*>(self_)] {
    if (const auto self = weak.lock(); self != nullptr) (*self)->Advance();
  });
}

void AsyncStream::OnStarted(bool ok) {
  is_writing_ = false;
  if (!ok) return End(absl::OkStatus());
  if (is_ending_) return Advance();
  StartReading();
  SendWaiting();
}

void AsyncStream::OnRead(bool ok) {
  is_reading_ = false;
  if (is_ending_) return Advance();
  if (!ok) return End(absl::OkStatus());
  if (received_.Length() > MessageStreams::kMaxMessage) {
    return End(absl::ResourceExhaustedError("the message is larger than 64 KiB"));
  }
  const std::string message = TextOf(received_);
  received_.Clear();
  loop_->Post(MessageStreams::kReadInterval, [weak = std::weak_ptr<AsyncStream*>(self_)] {
    if (const auto self = weak.lock(); self != nullptr) (*self)->StartReading();
  });
  handler_->OnMessage(message);
}

void AsyncStream::OnWritten(bool ok) {
  is_writing_ = false;
  if (is_ending_) return Advance();
  if (!ok) return End(absl::OkStatus());
  SendWaiting();
}

void AsyncStream::OnFinished(bool /*ok*/) {
  is_finished_ = true;
  Advance();
}

void AsyncStream::Advance() {
  if (!is_finishing_ && !is_writing_) is_finishing_ = Finish(why_, &status_, &finished_, is_reading_);
  if (!is_finished_ || is_reading_ || is_writing_) return;
  handler_->OnEnd(ToAbsl(status_));
  over_(this);
}

}  // namespace pinion
