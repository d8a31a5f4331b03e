// A laboratory with keys and pins that change while channels are live.
//
//   pinion::testing::LiveLab lab;
//   auto stub = Payments::NewStub(lab.ChannelTo(lab.Serve(&payments)));
//   …
//   lab.RotateServerKey();  // no call fails, even if a stream is running
#ifndef PINION_TESTING_LIVE_LAB_H_
#define PINION_TESTING_LIVE_LAB_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "pinion/testing/lab.h"

namespace pinion::testing {

// The parties of a Lab, each with a folder of files that its workload watches. They use Workload::Listen and
// Workload::CreateChannel. For use on the test's thread. Aborts the test if an operation fails. Deletes its files on
// destruction.
//
// Each change is one that an operator makes, and returns when it is in effect for all parties.
class LiveLab {
 public:
  LiveLab();
  ~LiveLab();
  LiveLab(const LiveLab&) = delete;
  LiveLab& operator=(const LiveLab&) = delete;

  // The drain window of both parties. Set it before Serve and ChannelTo.
  void set_drain_window(absl::Duration window) { drain_window_ = window; }

  // Serves as the legitimate server until the lab is destroyed; returns the address to dial. The caller owns `service`.
  std::string Serve(grpc::Service* service);
  // Returns a channel of the legitimate client, which reconnects automatically.
  std::shared_ptr<grpc::ChannelInterface> ChannelTo(const std::string& address);

  // Makes the server's backup key ACTIVE in the pin files, its old key RETIRING, and a new key BACKUP. Then gives the
  // backup key to the server; returns when new handshakes use it.
  void RotateServerKey();
  // Makes the key that the server serves REVOKED and its backup ACTIVE. The server continues to serve the revoked key.
  void RevokeServerKey();
  // Gives the ACTIVE key to the server, as after a revocation.
  void ServeActiveKey();
  // Gives the client a new key, which the pin files then list; its old key becomes RETIRING.
  void RotateClientKey();

  // The pins of the keys that each party holds.
  std::string server_pin() const { return server_.SpkiPin(); }
  std::string client_pin() const { return client_.SpkiPin(); }
  // The parts that do not change: names, CA, events, impostors.
  Lab& lab() { return lab_; }

 private:
  struct Pinned {
    IssuedCertificate certificate;
    const char* state;
  };

  IssuedCertificate Issue(const std::string& identity, const std::string& host = "") const;
  void WriteParty(const std::string& party, const IssuedCertificate& own) const;
  WorkloadOptions OptionsOf(const std::string& party) const;
  // Writes the pin files of both parties with the next version; returns when they are in effect.
  void PublishPins();
  // The server's pin in a new handshake of the client; empty if there is none.
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
