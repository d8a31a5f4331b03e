#include "tests/cases/key_ring.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "pinion/testing/or_die.h"
#include "pinion/x509/key.h"

namespace pinion::testing {
namespace {

EVP_PKEY* Generate(const std::string& type) {
  const std::vector<std::string> words = absl::StrSplit(type, ' ');
  if (absl::StartsWith(type, "RSA-")) return EVP_RSA_gen(std::stoul(type.substr(4)));
  if (absl::StartsWith(type, "Ed")) return EVP_PKEY_Q_keygen(nullptr, nullptr, type.c_str());
  EVP_PKEY* const key = EVP_EC_gen(words.front().c_str());
  if (words.back() == "explicit") {
    EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT);
  }
  return key;
}

}  // namespace

const x509::PrivateKey& KeyOf(absl::string_view name, absl::string_view type) {
  static auto* const keys = new std::map<std::pair<std::string, std::string>, x509::PrivateKey>;
  const std::pair<std::string, std::string> called(name, type);
  const auto found = keys->find(called);
  if (found != keys->end()) return found->second;
  // Through PEM, because Pinion itself makes only keys of the kinds that it accepts.
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> made(Generate(called.second), &EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), &BIO_free_all);
  PEM_write_bio_PKCS8PrivateKey(out.get(), made.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return keys->emplace(called, OrDie(x509::PrivateKey::FromPem({text, static_cast<size_t>(size)}))).first->second;
}

}  // namespace pinion::testing
