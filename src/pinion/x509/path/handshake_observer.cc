#include "pinion/x509/path/handshake_observer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <optional>
#include <utility>

#include "pinion/base/tsan_order.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/path/path_refusal.h"

namespace pinion::x509 {
namespace {

// OpenSSL reports the events of a handshake to an info callback. Each TLS object has one callback, and gRPC sets its
// own, for its debug log, right after it creates the object. gRPC then creates a pair of BIOs; the observer replaces
// gRPC's callback at that point. OpenSSL's application data (CRYPTO_EX_DATA) calls a function for each new TLS object
// and each new BIO.

// The state of one TLS object. Like the object, it is used by one thread at a time.
struct Observed {
  std::shared_ptr<HandshakeObserver> observer;
  std::optional<RefusedCertificate> refused;
  // The callback that was set before.
  void (*other_callback)(const SSL*, int, int) = nullptr;
};

// The state of one thread during the lifetime of an ObserveHandshakes.
struct Observing {
  std::shared_ptr<HandshakeObserver> observer;
  SSL* tls = nullptr;  // the last object that was created
};
thread_local Observing observing;

Observed* Find(const SSL* tls);

// Determined from OpenSSL's result alone, since the trust roots are not known here.
PathPlace PlaceIn(X509_STORE_CTX* context) {
  const int depth = X509_STORE_CTX_get_error_depth(context);
  if (depth == 0) return PathPlace::kLeaf;
  return depth < X509_STORE_CTX_get_num_untrusted(context) ? PathPlace::kIntermediate : PathPlace::kRoot;
}

// Does not change OpenSSL's decision; records a refused certificate.
int NoteRefusal(int accepted, X509_STORE_CTX* context) noexcept {
  if (accepted == 1) return accepted;
  const auto* tls = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Observed* const observed = tls == nullptr ? nullptr : Find(tls);
  if (observed == nullptr || observed->refused.has_value()) return accepted;
  RefusedCertificate refused{RefusalOf(context, PlaceIn(context)), "", ""};
  const X509* const der = X509_STORE_CTX_get0_cert(context);
  const absl::StatusOr<Certificate> leaf = Certificate::FromDer(der == nullptr ? "" : EncodedDer(i2d_X509, der));
  if (leaf.ok()) {
    refused.pin = ToPinText(leaf->spki_digest());
    refused.subject = leaf->subject();
  }
  observed->refused = std::move(refused);
  return accepted;
}

void OnBegin(SSL* tls) {
  if (SSL_get_verify_callback(tls) == nullptr) SSL_set_verify(tls, SSL_get_verify_mode(tls), NoteRefusal);
}

void OnDone(const SSL* tls, const Observed& observed) {
  const Owned<X509> leaf(SSL_get1_peer_certificate(tls));
  observed.observer->OnDone(leaf == nullptr ? "" : EncodePem(EncodedDer(i2d_X509, leaf.get())));
}

// In TLS 1.3, the level is not significant (RFC 8446 §6).
bool IsFatal(const SSL* tls, int alert) {
  const int description = alert & 0xff;
  if (SSL_version(tls) != TLS1_3_VERSION) return alert >> 8 == SSL3_AL_FATAL;
  return description != SSL_AD_CLOSE_NOTIFY && description != SSL_AD_USER_CANCELLED;
}

void OnAlert(bool by_peer, int alert, Observed* observed) {
  TlsFailure failure;
  failure.by_peer = by_peer;
  failure.alert = SSL_alert_desc_string_long(alert);
  if (!by_peer) {
    const unsigned long error = ERR_peek_last_error();
    const char* const words = ERR_reason_error_string(error);
    if (words != nullptr) failure.error = words;
    failure.no_certificate =
        ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE;
    failure.refused = std::exchange(observed->refused, std::nullopt);
  }
  observed->observer->OnFailure(std::move(failure));
}

void OnInfo(const SSL* tls, int where, int value) noexcept {
  Observed* const observed = Find(tls);
  if (observed == nullptr) return;
  TsanAcquire(observed);
  if (observed->other_callback != nullptr) observed->other_callback(tls, where, value);
  if ((where & SSL_CB_HANDSHAKE_START) != 0) OnBegin(const_cast<SSL*>(tls));
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) OnDone(tls, *observed);
  if ((where & SSL_CB_ALERT) != 0 && IsFatal(tls, value)) OnAlert((where & SSL_CB_READ) != 0, value, observed);
}

void OnNew(void* tls, void* /*unused*/, CRYPTO_EX_DATA* data, int index, long /*unused*/, void* /*unused*/) noexcept {
  if (observing.observer == nullptr) return;
  auto observed = std::make_unique<Observed>();
  observed->observer = observing.observer;
  if (CRYPTO_set_ex_data(data, index, observed.get()) != 1) return;
  static_cast<void>(observed.release());  // owned by the TLS object, freed by OnFree
  observing.tls = static_cast<SSL*>(tls);
}

void OnNewBio(void* /*bio*/, void* /*unused*/, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*unused*/,
              void* /*unused*/) {
  if (observing.tls == nullptr) return;
  Observed* const observed = Find(observing.tls);
  auto* const callback = SSL_get_info_callback(observing.tls);
  if (observed == nullptr || callback == OnInfo) return;
  observed->other_callback = callback;
  SSL_set_info_callback(observing.tls, OnInfo);
  TsanRelease(observed);                             // gRPC goes on with the handshake on another thread
  if (callback != nullptr) observing.tls = nullptr;  // this was gRPC's BIO pair
}

// A copy is not observed.
int OnDuplicate(CRYPTO_EX_DATA* /*to*/, const CRYPTO_EX_DATA* /*from*/, void** from_d, int /*index*/, long /*unused*/,
                void* /*unused*/) {
  *from_d = nullptr;
  return 1;
}

void OnFree(void* tls, void* observed, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*unused*/, void* /*unused*/) {
  if (observing.tls == tls) observing.tls = nullptr;
  delete static_cast<Observed*>(observed);
}

// The index of Pinion's slot in each TLS object of the process.
int Index() {
  static const int index = [] {
    BIO_get_ex_new_index(0, nullptr, OnNewBio, nullptr, nullptr);
    return SSL_get_ex_new_index(0, nullptr, OnNew, OnDuplicate, OnFree);
  }();
  return index;
}

Observed* Find(const SSL* tls) { return static_cast<Observed*>(SSL_get_ex_data(tls, Index())); }

}  // namespace

ObserveHandshakes::ObserveHandshakes(std::shared_ptr<HandshakeObserver> observer) {
  Index();
  observing.observer = std::move(observer);
}

ObserveHandshakes::~ObserveHandshakes() { observing = {}; }

}  // namespace pinion::x509
