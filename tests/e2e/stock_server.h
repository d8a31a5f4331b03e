// A server that does not use Pinion: gRPC's own TLS, which serves whatever certificate it is given.
#ifndef PINION_TESTS_E2E_STOCK_SERVER_H_
#define PINION_TESTS_E2E_STOCK_SERVER_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "pinion/testing/echo_server.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/test_ca.h"
#include "pinion/testing/test_server.h"

namespace pinion::testing {

// Asks clients for no certificate.
inline std::shared_ptr<grpc::ServerCredentials> StockCredentials(const IssuedCertificate& as) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back({as.PrivateKeyPem(), as.CertificatePem()});
  return grpc::SslServerCredentials(options);
}

// One echo by the lab's legitimate client to such a server.
inline grpc::Status CallStockServer(const Lab& lab, const IssuedCertificate& server) {
  const EchoServer echo(StockCredentials(server));
  return Echo(lab.ChannelTo(echo.address()));
}

}  // namespace pinion::testing

#endif  // PINION_TESTS_E2E_STOCK_SERVER_H_
