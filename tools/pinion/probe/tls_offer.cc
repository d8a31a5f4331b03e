#include "tools/pinion/probe/tls_offer.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pinion {
namespace {

constexpr char kLiveGroup[] = "secp256r1";
// From ssl_utils.cc of gRPC 1.51.
constexpr char kGrpcsOwn[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";

}  // namespace

std::string LiveCipherSuites() {
  const char* const chosen = std::getenv("GRPC_SSL_CIPHER_SUITES");
  return chosen == nullptr ? kGrpcsOwn : chosen;
}

std::string DifferenceText(const std::string& protocol, const std::string& cipher, const std::string& group) {
  const std::string spoken = absl::StrCat("it would speak ", protocol, " with ", cipher,
                                          group.empty() ? "" : " and " + group, ", and gRPC's client offers ");
  if (protocol != "TLSv1.2" && protocol != "TLSv1.3") {
    return absl::StrCat(spoken, "TLS 1.2 and 1.3 alone: enable one of them there");
  }
  // The group is less certain: a server that prefers another one may support this one.
  if (protocol == "TLSv1.2" && !absl::StrContains(LiveCipherSuites(), cipher)) {
    return absl::StrCat(spoken, "other cipher suites, with the group ", kLiveGroup,
                        " (P-256) alone: enable both there (", LiveCipherSuites(), "), or set GRPC_SSL_CIPHER_SUITES");
  }
  return absl::StrCat(spoken, "the group ", kLiveGroup, " (P-256) alone: enable it there");
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
