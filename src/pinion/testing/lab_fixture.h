// A GoogleTest fixture: a user's own service under mutual TLS, in one line.
//
//   using GreeterTest = pinion::testing::LabTest<GreeterServiceImpl>;
//
//   TEST_F(GreeterTest, Greets) { auto stub = Greeter::NewStub(channel()); … }
#ifndef PINION_TESTING_LAB_FIXTURE_H_
#define PINION_TESTING_LAB_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "pinion/testing/lab.h"

namespace pinion::testing {

// Each test has a laboratory of its own, in which the rightful server serves a `Service` that is made without
// arguments.
template <typename Service>
class LabTest : public ::testing::Test {
 protected:
  LabTest() : address_(lab_.Serve(&service_)), channel_(lab_.ChannelTo(address_)) {}

  Lab& lab() { return lab_; }
  Service& service() { return service_; }
  // The server's, to dial.
  const std::string& address() const { return address_; }
  // The rightful client's, to the server.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // The same of a client that holds another certificate.
  std::shared_ptr<grpc::Channel> ChannelAs(const IssuedCertificate& client) const {
    return lab_.ChannelTo(address_, lab_.OptionsForClient(client));
  }
  // The rightful client's, to whoever holds this certificate and serves the same service: an impostor, or a server
  // whose certificate has a Defect.
  std::shared_ptr<grpc::Channel> ChannelToHolderOf(const IssuedCertificate& server) {
    return lab_.ChannelTo(lab_.ServeAs(server, &service_));
  }

 private:
  Service service_;  // outlives the lab's servers
  Lab lab_;
  const std::string address_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace pinion::testing

#endif  // PINION_TESTING_LAB_FIXTURE_H_
