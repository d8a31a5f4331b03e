#include "tools/pinion/probe/tls_offer.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

// From ssl_utils.cc of gRPC 1.51.
constexpr char kGrpcsOwn[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";

}  // namespace

std::string LiveCipherSuites() {
  const char* const chosen = std::getenv("GRPC_SSL_CIPHER_SUITES");
  return chosen == nullptr ? kGrpcsOwn : chosen;
}

bool SetOffer(Offer offer, SSL_CTX* context) {
  const std::string suites = LiveCipherSuites();
  if (offer == Offer::kLiveClient) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set1_groups_list(context, "P-256") == 1 && SSL_CTX_set_cipher_list(context, suites.c_str()) == 1;
  }
  // The TLS of old servers is below OpenSSL's default security level. Nothing is sent over such a connection.
  SSL_CTX_set_security_level(context, 0);
  return SSL_CTX_set_min_proto_version(context, TLS1_VERSION) == 1 &&
         SSL_CTX_set1_groups_list(context, "P-256:P-384:P-521:X25519:X448") == 1 &&
         SSL_CTX_set_cipher_list(context, absl::StrCat(suites, ":ALL").c_str()) == 1;
}

}  // namespace pinion
