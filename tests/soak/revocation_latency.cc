// The time from the revocation of a key to the end of its streams, and to the first call that succeeds again.
//
// Each time, the server's key is revoked in the clients' pin file while a stream is open, which must end. The server
// then gets its backup key. Two intervals end at the channel's first successful call:
//  - one begins at the swap of the server's files; gRPC takes up to a second of that to read its own certificate again
//  - one begins at the first new handshake of another client that presents the good key: what the channel itself takes
#include <grpcpp/client_context.h>

#include <atomic>
#include <future>

#include "pinion/testing/lab.h"
#include "pinion/testing/wait_until.h"
#include "pinion/v1/echo.grpc.pb.h"
#include "tests/soak/parts.h"
#include "tests/soak/site.h"

namespace pinion::soak {
namespace {

using testing::IssuedCertificate;
using testing::WaitUntil;

struct Measured {
  Samples to_last_byte;
  Samples disk_to_recovery;
  Samples good_key_to_recovery;
};

// A stream that carries a message every few milliseconds until it ends.
class LiveStream {
 public:
  explicit LiveStream(const std::shared_ptr<grpc::ChannelInterface>& channel)
      : stub_(v1::Echo::NewStub(channel)), end_(std::async(std::launch::async, [this] { return Run(); })) {}

  bool AwaitFirst() {
    return WaitUntil([this] { return exchanged_ > 0; }, kPatience);
  }
  // When the last byte arrived; InfiniteFuture when the stream does not end.
  absl::Time AwaitEnd() {
    if (end_.wait_for(absl::ToChronoSeconds(kPatience)) == std::future_status::ready) return end_.get();
    context_.TryCancel();
    end_.wait();
    return absl::InfiniteFuture();
  }

 private:
  absl::Time Run() {
    const auto stream = stub_->BidirectionalEcho(&context_);
    v1::EchoRequest request;
    v1::EchoResponse response;
    absl::Time last = absl::Now();
    while (stream->Write(request) && stream->Read(&response)) {
      last = absl::Now();
      ++exchanged_;
      absl::SleepFor(absl::Milliseconds(1));
    }
    stream->Finish();
    return last;
  }

  grpc::ClientContext context_;
  const std::unique_ptr<v1::Echo::Stub> stub_;
  std::atomic<int> exchanged_{0};
  std::future<absl::Time> end_;  // last, because its thread uses the others
};

absl::Time Until(const std::function<bool()>& condition) {
  return WaitUntil(condition, kPatience) ? absl::Now() : absl::InfiniteFuture();
}

class Revocations {
 public:
  explicit Revocations(const std::filesystem::path& folder)
      : site_(folder, /*channels=*/1), key_(site_.first_server), backup_(IssueServer(site_.ca)) {}

  void One(Measured* measured) {
    ChangePins(&site_.server, "ACTIVE", "BACKUP", SparePin());
    ChangePins(&site_.client, "ACTIVE", "BACKUP", SparePin());
    LiveStream stream(site_.channels().front());
    stream.AwaitFirst();
    const absl::Time revoked = absl::Now();
    ChangePins(&site_.client, "REVOKED", "ACTIVE", SparePin());
    measured->to_last_byte.Add(stream.AwaitEnd() - revoked);

    const absl::Time swapped = absl::Now();
    site_.server.ChangeIdentity(IdentityTexts(backup_), Manner::kLinkSwap);
    std::future<absl::Time> good = std::async(std::launch::async, [this] {
      return Until([this] {
        return ProbeAs(site_.address(), site_.first_client, site_.ca.RootPem(), site_.client.folder.Text(kPins)).ok;
      });
    });
    const absl::Time recovered = Until([this] { return testing::Echo(site_.channels().front()).ok(); });
    measured->disk_to_recovery.Add(recovered - swapped);
    // The channel may be the first that gets the good key.
    measured->good_key_to_recovery.Add(std::max(absl::ZeroDuration(), recovered - good.get()));
    key_ = backup_;
    backup_ = IssueServer(site_.ca);
  }

 private:
  void ChangePins(Party* party, const std::string& key, const std::string& backup, const std::string& spare) {
    party->ChangePins({{key_.SpkiPin(), key}, {backup_.SpkiPin(), backup}, {spare, "BACKUP"}},
                      {{site_.first_client.SpkiPin(), "ACTIVE"}, {spare_client_, "BACKUP"}}, Manner::kRename);
    party->AwaitInEffect();
  }

  Site site_;
  IssuedCertificate key_;
  IssuedCertificate backup_;
  const std::string spare_client_ = SparePin();
};

}  // namespace

void RunRevocationLatency(const std::filesystem::path& folder, const Extent& extent, Table* table) {
  Revocations revocations(folder);
  Measured measured;
  for (int i = 0; i < extent.revocations; ++i) revocations.One(&measured);
  table->Latency("key revoked on disk -> last byte of a live stream", measured.to_last_byte, absl::Seconds(1));
  table->Latency("server serves a good key -> first successful call", measured.good_key_to_recovery, absl::Seconds(2));
  table->Latency("  the same from the server's files on disk", measured.disk_to_recovery, absl::InfiniteDuration());
}

}  // namespace pinion::soak
