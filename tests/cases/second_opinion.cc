#include "tests/cases/second_opinion.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "absl/strings/strip.h"
#include "tests/x509/tolerated_faults.h"

namespace pinion::testing {
namespace {

using Held = std::unique_ptr<X509, decltype(&X509_free)>;

Held FromDer(const std::string& der) {
  const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
  return {d2i_X509(nullptr, &begin, static_cast<long>(der.size())), &X509_free};
}

// The roots; sets *partial where one of them is not self-issued.
std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> StoreOf(const std::string& pem, bool* partial) {
  std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), &X509_STORE_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                         &BIO_free_all);
  while (true) {
    const Held root(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free);
    if (root == nullptr) break;
    *partial = *partial || (X509_get_extension_flags(root.get()) & EXFLAG_SI) == 0;
    X509_STORE_add_cert(store.get(), root.get());
  }
  ERR_clear_error();
  return store;
}

std::string ObjectionToHost(X509* leaf, absl::string_view host) {
  absl::string_view bare = host;
  if (absl::ConsumePrefix(&bare, "[")) absl::ConsumeSuffix(&bare, "]");
  const std::string text(bare);
  if (const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> address(a2i_IPADDRESS(text.c_str()),
                                                                                          &ASN1_OCTET_STRING_free);
      address != nullptr) {
    return X509_check_ip_asc(leaf, text.c_str(), 0) == 1 ? "" : "X509_check_ip_asc";
  }
  ERR_clear_error();
  constexpr unsigned kStrictest = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  const std::string name(absl::StripSuffix(host, "."));
  return X509_check_host(leaf, name.data(), name.size(), kStrictest, nullptr) == 1 ? "" : "X509_check_host";
}

}  // namespace

std::string ObjectionOfOpenSsl(const PreparedCase& prepared) {
  std::vector<Held> certificates;
  for (const std::string& der : prepared.chain) certificates.push_back(FromDer(der));
  const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> untrusted(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (size_t i = 1; i < certificates.size(); ++i) sk_X509_push(untrusted.get(), certificates[i].get());
  bool partial = false;
  const auto store = StoreOf(prepared.roots_pem, &partial);
  const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(),
                                                                                &X509_STORE_CTX_free);
  X509* const leaf = certificates.front().get();
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf, untrusted.get()) != 1) return "X509_STORE_CTX_init";
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(
      parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | (partial ? X509_V_FLAG_PARTIAL_CHAIN : 0));
  const bool is_server = prepared.role == PeerRole::kServer;
  X509_VERIFY_PARAM_set_purpose(parameters, is_server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(prepared.now));
  X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy));
  X509_STORE_CTX_set_verify_cb(context.get(), &x509::PassOverTheTolerated);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (!verified) return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  return is_server ? ObjectionToHost(leaf, prepared.host) : "";
}

}  // namespace pinion::testing
