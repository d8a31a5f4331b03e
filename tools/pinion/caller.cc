#include "tools/pinion/caller.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "pinion/v1/echo.grpc.pb.h"

namespace pinion::cli {
namespace {

// Limits the rate of calls to an unreachable server.
constexpr absl::Duration kPauseAfterFailure = absl::Milliseconds(10);
// The end of the plan is checked at this interval during waits.
constexpr absl::Duration kSlice = absl::Milliseconds(50);
constexpr absl::Duration kUnlimited = absl::Hours(24);

}  // namespace

absl::Status Caller::Run(Tally* tally) {
  if (plan_.new_channel) {
    absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials = workload_->ChannelCredentials();
    if (!credentials.ok()) return credentials.status();
    credentials_ = *std::move(credentials);
  } else {
    absl::StatusOr<std::shared_ptr<grpc::ChannelInterface>> channel =
        workload_->CreateChannel(plan_.target, Arguments());
    if (!channel.ok()) return channel.status();
    channel_ = *std::move(channel);
  }
  begin_ = absl::Now();
  if (plan_.streams == 0) {
    while (NextTurn()) CallUnary(tally);
    return absl::OkStatus();
  }
  std::vector<std::thread> threads;
  threads.reserve(plan_.streams);
  for (int i = 0; i < plan_.streams; ++i) threads.emplace_back([this, tally] { CallOverStreams(tally); });
  for (std::thread& thread : threads) thread.join();
  return absl::OkStatus();
}

bool Caller::NextTurn() {
  const int64_t turn = turns_++;
  if (plan_.count > 0 && turn >= plan_.count) return false;
  const absl::Time due = plan_.rate > 0 ? begin_ + absl::Seconds(static_cast<double>(turn) / plan_.rate) : begin_;
  for (;;) {
    const absl::Time now = absl::Now();
    if (stopped_ || (plan_.duration > absl::ZeroDuration() && now >= begin_ + plan_.duration)) return false;
    if (now >= due) return true;
    absl::SleepFor(std::min(due - now, kSlice));
  }
}

grpc::ChannelArguments Caller::Arguments() const {
  grpc::ChannelArguments arguments;
  if (!plan_.authority.empty()) arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, plan_.authority);
  return arguments;
}

std::shared_ptr<grpc::ChannelInterface> Caller::Channel() const {
  if (!plan_.new_channel) return channel_;
  grpc::ChannelArguments arguments = Arguments();
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Otherwise a "new" channel would share the connection of an old one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(plan_.target, credentials_, arguments);
}

std::unique_ptr<grpc::ClientContext> Caller::Context(absl::Duration lifetime) const {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + lifetime));
  context->set_wait_for_ready(plan_.wait_for_ready);
  return context;
}

void Caller::CallUnary(Tally* tally) {
  const absl::Time sent = absl::Now();
  const std::unique_ptr<v1::Echo::Stub> stub = v1::Echo::NewStub(Channel());
  const std::unique_ptr<grpc::ClientContext> context = Context(plan_.timeout);
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message(plan_.message);
  const grpc::Status status = stub->UnaryEcho(context.get(), request, &response);
  if (status.ok()) return tally->AddSuccess(absl::Now() - sent);
  Fail(status, tally);
}

void Caller::CallOverStreams(Tally* tally) {
  while (NextTurn()) EchoOverStream(tally);
}

// The caller has taken the first turn; this takes the following ones while the stream lives.
void Caller::EchoOverStream(Tally* tally) {
  const bool limited = plan_.duration > absl::ZeroDuration();
  const std::unique_ptr<grpc::ClientContext> context = Context((limited ? plan_.duration : kUnlimited) + plan_.timeout);
  const std::unique_ptr<v1::Echo::Stub> stub = v1::Echo::NewStub(Channel());
  const auto stream = stub->BidirectionalEcho(context.get());
  v1::EchoRequest request;
  v1::EchoResponse response;
  request.set_message(plan_.message);
  do {
    const absl::Time sent = absl::Now();
    if (!stream->Write(request) || !stream->Read(&response)) return Fail(stream->Finish(), tally);
    tally->AddSuccess(absl::Now() - sent);
  } while (NextTurn());
  stream->WritesDone();
  if (const grpc::Status status = stream->Finish(); !status.ok()) Fail(status, tally);
}

void Caller::Fail(const grpc::Status& status, Tally* tally) const {
  const std::optional<Refusal> refusal =
      workload_->Explain(status, plan_.authority.empty() ? plan_.target : plan_.authority);
  if (refusal.has_value()) {
    tally->AddFailure(status.error_code(), refusal->reason, refusal->text);
  } else {
    tally->AddFailure(status.error_code(), v1::REASON_UNSPECIFIED, status.error_message());
  }
  absl::SleepFor(kPauseAfterFailure);
}

}  // namespace pinion::cli
