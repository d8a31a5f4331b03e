// A whole mutual-TLS laboratory in a test: a CA, a server, a client, their pin set, and an impostor.
//
//   pinion::testing::Lab lab;
//   auto stub = Payments::NewStub(lab.ChannelTo(lab.Serve(&payments)));
//   EXPECT_THAT(lab.CallServerWith(lab.Impostor()), pinion::testing::IsRefusedFor(pinion::v1::PIN_MISMATCH));
#ifndef PINION_TESTING_LAB_H_
#define PINION_TESTING_LAB_H_

#include <grpcpp/channel.h>

#include <memory>
#include <string>
#include <vector>

#include "pinion/testing/clock.h"
#include "pinion/testing/recording_sink.h"
#include "pinion/testing/test_ca.h"
#include "pinion/testing/test_server.h"
#include "pinion/v1/pin_set.pb.h"
#include "pinion/workload.h"

namespace pinion::testing {

// Real sockets on 127.0.0.1, real certificates; nothing on disk; any number in parallel. For use from the test's
// thread. Aborts the test when it cannot do what it is asked.
class Lab {
 public:
  // The names in the certificates and in the pin set.
  static constexpr char kServerHost[] = "server.test";
  static constexpr char kServerIdentity[] = "spiffe://lab.test/server";
  static constexpr char kClientIdentity[] = "spiffe://lab.test/client";

  Lab();

  const TestCa& ca() const { return ca_; }
  // The rightful parties. The pin set lists both keys of each: ACTIVE and BACKUP.
  const IssuedCertificate& server() const { return server_; }
  const IssuedCertificate& server_backup() const { return server_backup_; }
  const IssuedCertificate& client() const { return client_; }
  // Has the server's names from the same CA, and another key. Fresh at each call.
  IssuedCertificate Impostor() const;
  // What both sides hold each other to. Edit it before the calls below, which read it.
  v1::PinSet& pin_set() { return pin_set_; }
  // The time that Pinion judges at, on both sides; real time, as long as it is not moved. OpenSSL's own check inside
  // gRPC stays on real time.
  Clock& clock() { return clock_; }

  // Complete options for either side, to be changed and used. The server accepts unlisted clients.
  WorkloadOptions OptionsForServer(const IssuedCertificate& as) const;
  WorkloadOptions OptionsForClient(const IssuedCertificate& as) const;

  // Serves, as the rightful server, until the lab ends; the address to dial. `service` is the caller's.
  std::string Serve(grpc::Service* service);
  // The same by gRPC's own mutual TLS, which serves whatever certificate it is given: for impostors, and for
  // certificates that Pinion would not start with.
  std::string ServeAs(const IssuedCertificate& as, grpc::Service* service);
  // A channel as the rightful client, which takes the address for kServerHost's.
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) const;
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, const WorkloadOptions& options,
                                           const std::string& host = kServerHost) const;
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, const Workload& workload,
                                           const std::string& host = kServerHost) const;

  // The same by Workload::CreateChannel.
  std::shared_ptr<grpc::ChannelInterface> CreateChannelTo(const std::string& address,
                                                          const WorkloadOptions& options) const;
  std::shared_ptr<grpc::ChannelInterface> CreateChannelTo(const std::string& address, const Workload& workload) const;

  // One echo by the rightful client to a server that holds this certificate.
  grpc::Status CallServerWith(const IssuedCertificate& server) const;
  // One echo to the rightful server by a client that holds this certificate: the server's judgement of it. The client
  // itself sees no more than a closed connection.
  HandshakeEvent CallClientWith(const IssuedCertificate& client) const;

  // What each side's Pinion told.
  RecordingSink& client_events() const { return *client_events_; }
  RecordingSink& server_events() const { return *server_events_; }

 private:
  // pin_set() without the peers that this party would be refused as: nobody starts with a pin set that refuses himself,
  // so an impostor has one of his own.
  DataSource PinSetFor(const IssuedCertificate& as, Side side) const;
  // What both sides have.
  WorkloadOptions OptionsAs(const IssuedCertificate& as, Side side) const;

  const TestCa ca_{"Lab CA"};
  const IssuedCertificate server_ = ca_.Issue({kServerHost, kServerIdentity});
  const IssuedCertificate server_backup_ = ca_.Issue({kServerHost, kServerIdentity});
  const IssuedCertificate client_ = ca_.Issue({kClientIdentity});
  v1::PinSet pin_set_;
  Clock clock_;
  const std::shared_ptr<RecordingSink> client_events_ = std::make_shared<RecordingSink>();
  const std::shared_ptr<RecordingSink> server_events_ = std::make_shared<RecordingSink>();
  std::vector<std::unique_ptr<TestServer>> servers_;
};

// One unary echo on the channel, failing after ten seconds.
grpc::Status Echo(const std::shared_ptr<grpc::ChannelInterface>& channel);

}  // namespace pinion::testing

#endif  // PINION_TESTING_LAB_H_
