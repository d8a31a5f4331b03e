// The upper bound for gRPC: OpenSSL's own mutual-TLS 1.3 handshake in memory, both sides in one process, without
// sockets: tls_limit FOLDER
//
// FOLDER has ca.pem, and certificate and key of payments and orders. Takes the client's (client.cc) commands for
// handshakes: "fresh SECONDS" makes a new client context each time, as a fresh channel does; "reconnect SECONDS" keeps
// it.
#include <openssl/ssl.h>

#include <iostream>
#include <memory>
#include <sstream>

#include "absl/time/clock.h"
#include "tests/bench/load/event_lines.h"
#include "tests/bench/load/round.h"

namespace pinion::bench {
namespace {

using Context = std::shared_ptr<SSL_CTX>;

Context MakeContext(const SSL_METHOD* method, const std::string& folder, const std::string& party) {
  Context context(SSL_CTX_new(method), SSL_CTX_free);
  const std::string base = folder + "/" + party;
  if (SSL_CTX_use_certificate_chain_file(context.get(), (base + ".pem").c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), (base + "-key.pem").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_load_verify_locations(context.get(), (folder + "/ca.pem").c_str(), nullptr) != 1) {
    Fail("OpenSSL cannot load the files of " + base);
  }
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

void Shake(const Context& client_context, const Context& server_context) {
  const std::shared_ptr<SSL> client(SSL_new(client_context.get()), SSL_free);
  const std::shared_ptr<SSL> server(SSL_new(server_context.get()), SSL_free);
  BIO* client_end = nullptr;
  BIO* server_end = nullptr;
  if (BIO_new_bio_pair(&client_end, 0, &server_end, 0) != 1) Fail("OpenSSL cannot make a pair of BIOs");
  SSL_set_bio(client.get(), client_end, client_end);
  SSL_set_bio(server.get(), server_end, server_end);
  SSL_set1_host(client.get(), "localhost");
  SSL_set_connect_state(client.get());
  SSL_set_accept_state(server.get());
  // Each turn consumes what the other side sent; three are enough.
  for (int turn = 0; turn < 4 && (SSL_is_init_finished(client.get()) == 0 || SSL_is_init_finished(server.get()) == 0);
       ++turn) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  if (SSL_is_init_finished(client.get()) == 0 || SSL_is_init_finished(server.get()) == 0)
    Fail("the handshake did not complete");
}

void Main(const std::string& folder) {
  const Context server = MakeContext(TLS_server_method(), folder, "payments");
  const Context kept = MakeContext(TLS_client_method(), folder, "orders");
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string what;
    double seconds = 0;
    if (!(words >> what >> seconds)) Fail("no command: " + line);
    Round round;
    const absl::Time begin = absl::Now();
    do {
      const absl::Time begun = absl::Now();
      Shake(what == "fresh" ? MakeContext(TLS_client_method(), folder, "orders") : kept, server);
      round.latencies.push_back(absl::Now() - begun);
    } while (absl::Now() - begin < absl::Seconds(seconds));
    round.took = absl::Now() - begin;
    PrintLine(round.ToJson());
  }
}

}  // namespace
}  // namespace pinion::bench

int main(int argc, char** argv) {
  if (argc != 2) pinion::bench::Fail("usage: tls_limit FOLDER");
  pinion::bench::Main(argv[1]);
}
