// A GoogleTest fixture that runs a user's own service with mutual TLS.
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

// Each test has its own Lab, in which the legitimate server serves a default-constructed `Service`.
template <typename Service>
class LabTest : public ::testing::Test {
 protected:
  LabTest() : address_(lab_.Serve(&service_)), channel_(lab_.ChannelTo(address_)) {}

  Lab& lab() { return lab_; }
  Service& service() { return service_; }
  // The server's address.
  const std::string& address() const { return address_; }
  // The legitimate client's channel to the server.
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // The channel of a client with another certificate.
  std::shared_ptr<grpc::Channel> ChannelAs(const IssuedCertificate& client) const {
    return lab_.ChannelTo(address_, lab_.OptionsForClient(client));
  }
  // The legitimate client's channel to a server with this certificate and the same service: an impostor, or a server
  // with a certificate that has a Defect.
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
