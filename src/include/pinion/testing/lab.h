// A complete mutual-TLS environment in a test: a CA, a server, a client, their pin set, and an impostor.
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

// Uses real sockets on 127.0.0.1 and real certificates, but no files; any number may exist in parallel. For use on the
// test's thread. Aborts the test if an operation fails.
class Lab {
 public:
  // The names in the certificates and in the pin set.
  static constexpr char kServerHost[] = "server.test";
  static constexpr char kServerIdentity[] = "spiffe://lab.test/server";
  static constexpr char kClientIdentity[] = "spiffe://lab.test/client";

  Lab();

  const TestCa& ca() const { return ca_; }
  // The legitimate parties. The pin set lists both keys of each: ACTIVE and BACKUP.
  const IssuedCertificate& server() const { return server_; }
  const IssuedCertificate& server_backup() const { return server_backup_; }
  const IssuedCertificate& client() const { return client_; }
  // A new certificate with the server's names from the same CA, but another key. Different at each call.
  IssuedCertificate Impostor() const;
  // The pin set of both sides. Edit it before the calls below, which read it.
  v1::PinSet& pin_set() { return pin_set_; }
  // The clock of Pinion on both sides; real time until it is changed. OpenSSL's own check inside gRPC always uses real
  // time.
  Clock& clock() { return clock_; }

  // Complete options for either side, which the test may change. The server accepts unlisted clients.
  WorkloadOptions OptionsForServer(const IssuedCertificate& as) const;
  WorkloadOptions OptionsForClient(const IssuedCertificate& as) const;

  // Serves as the legitimate server until the lab is destroyed; returns the address to dial. The caller owns `service`.
  std::string Serve(grpc::Service* service);
  // The same with gRPC's own mutual TLS, which serves any certificate: for impostors, and for certificates that Pinion
  // would not start with.
  std::string ServeAs(const IssuedCertificate& as, grpc::Service* service);
  // Returns a channel of the legitimate client, which treats the address as kServerHost.
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address) const;
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, const WorkloadOptions& options,
                                           const std::string& host = kServerHost) const;
  std::shared_ptr<grpc::Channel> ChannelTo(const std::string& address, const Workload& workload,
                                           const std::string& host = kServerHost) const;

  // The same with Workload::CreateChannel.
  std::shared_ptr<grpc::ChannelInterface> CreateChannelTo(const std::string& address,
                                                          const WorkloadOptions& options) const;
  std::shared_ptr<grpc::ChannelInterface> CreateChannelTo(const std::string& address, const Workload& workload) const;

  // Makes one echo call from the legitimate client to a server with this certificate.
  grpc::Status CallServerWith(const IssuedCertificate& server) const;
  // Makes one echo call to the legitimate server from a client with this certificate; returns the server's verdict. The
  // client itself only sees a closed connection.
  HandshakeEvent CallClientWith(const IssuedCertificate& client) const;

  // The events of each side.
  RecordingSink& client_events() const { return *client_events_; }
  RecordingSink& server_events() const { return *server_events_; }

 private:
  // pin_set() without the peers that would cause this party to be refused. A workload does not start with a pin set
  // that refuses its own identity, so an impostor needs a different pin set.
  DataSource PinSetFor(WorkloadOptions options) const;
  // The common options of both sides.
  WorkloadOptions OptionsAs(const IssuedCertificate& as) const;
  // The pin of a discarded key: a client's backup key that no test serves.
  std::string UnusedPin() const;

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

// Makes one unary echo call on the channel, with a deadline of 10 s.
grpc::Status Echo(const std::shared_ptr<grpc::ChannelInterface>& channel);

}  // namespace pinion::testing

#endif  // PINION_TESTING_LAB_H_
