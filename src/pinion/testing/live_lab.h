// A laboratory whose material changes under live channels.
//
//   pinion::testing::LiveLab lab;
//   auto stub = Payments::NewStub(lab.ChannelTo(lab.Serve(&payments)));
//   …
//   lab.RotateServerKey();  // while a stream runs, say: no call fails
#ifndef PINION_TESTING_LIVE_LAB_H_
#define PINION_TESTING_LIVE_LAB_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/testing/lab.h"

namespace pinion::testing {

// A Lab's parties, each with a folder of files, by pinion::Listen and pinion::CreateChannel, which watch them. For use
// from the test's thread. Aborts the test when it cannot do what it is asked. Its files go with it.
//
// Each change is what an operator does, and returns when it is in effect with everybody.
class LiveLab {
 public:
  LiveLab();
  ~LiveLab();
  LiveLab(const LiveLab&) = delete;
  LiveLab& operator=(const LiveLab&) = delete;

  // Of connections that are no longer accepted, unless their key is revoked. Set it before Serve and ChannelTo.
  void set_drain_window(absl::Duration window) { drain_window_ = window; }

  // Serves, as the rightful server, until the lab ends; the address to dial. `service` is the caller's.
  std::string Serve(grpc::Service* service);
  // A channel as the rightful client, which heals by itself.
  std::shared_ptr<grpc::ChannelInterface> ChannelTo(const std::string& address);

  // The server's backup key is ACTIVE in the pin files, its old key RETIRING, and a fresh one BACKUP; then the server
  // has the backup key, and new handshakes meet it.
  void RotateServerKey();
  // The key that the server serves is REVOKED, its backup ACTIVE; it goes on serving the revoked one.
  void RevokeServerKey();
  // The server has the key that is ACTIVE: what comes after a revocation.
  void ServeActiveKey();
  // The client has a fresh key, which the pin files list by then; its old key is RETIRING.
  void RotateClientKey();

  // The pins of what each holds.
  std::string server_pin() const { return server_.SpkiPin(); }
  std::string client_pin() const { return client_.SpkiPin(); }
  // Everything that does not change: names, CA, events, impostors.
  Lab& lab() { return lab_; }

 private:
  struct Pinned {
    IssuedCertificate certificate;
    const char* state;
  };

  IssuedCertificate Issue(const std::string& identity, const std::string& host = "") const;
  void WriteParty(const std::string& party, const IssuedCertificate& own) const;
  WorkloadOptions OptionsOf(const std::string& party) const;
  // Both parties' pin files, as they are to be now, with the next version; in effect when it returns.
  void PublishPins();
  // The pin that a new handshake of the client's meets; empty where there is none.
  std::string PinMetAt(const std::string& address) const;
  std::string PinFile() const;

  Lab lab_;
  const std::string folder_;
  absl::Duration drain_window_ = absl::Seconds(30);
  int version_ = 0;
  IssuedCertificate server_;
  IssuedCertificate client_;
  std::vector<Pinned> server_keys_;
  std::vector<Pinned> client_keys_;
  std::vector<std::shared_ptr<Workload>> clients_;
  std::vector<std::unique_ptr<TestServer>> running_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_LIVE_LAB_H_
