#include "pinion/x509/path/handshake_observer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "pinion/base/mutex.h"
#include "pinion/base/process_wide.h"
#include "pinion/base/tsan_order.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/encoding/digest.h"
#include "pinion/x509/encoding/openssl.h"
#include "pinion/x509/path/path_refusal.h"

namespace pinion::x509 {
namespace {

// OpenSSL reports the events of a handshake to an info callback. Each TLS object has one callback, and gRPC sets its
// own, for its debug log, right after it creates the object. gRPC then creates a pair of BIOs on the same thread; the
// observer replaces gRPC's callback at that point. OpenSSL's application data (CRYPTO_EX_DATA) calls a function for
// each new TLS object and each new BIO.
//
// gRPC may create the object on any thread, so it is recognized by what it receives: the random of its ClientHello,
// which the accept loop has read before.

// The state of one TLS object. Like the object, it is used by one thread at a time.
struct Observed {
  std::shared_ptr<HandshakeObserver> observer;  // null until the ClientHello shows which one
  std::string client_random;                    // of the observer
  bool is_looked_up = false;
  std::optional<RefusedCertificate> refused;
  // The callback that was set before.
  void (*other_callback)(const SSL*, int, int) = nullptr;
};

struct Entry {
  std::shared_ptr<HandshakeObserver> observer;
  bool has_tls = false;
};

// OpenSSL's callbacks belong to the process.
struct Handshakes {
  // Whether there are entries; else TLS objects are not looked at.
  std::atomic<bool> is_used{false};
  Mutex mutex;
  absl::flat_hash_map<std::string, Entry> entries ABSL_GUARDED_BY(mutex);  // by client random
  // TLS objects whose callback is not replaced yet, with the threads that created them.
  absl::flat_hash_map<const SSL*, std::thread::id> created ABSL_GUARDED_BY(mutex);
};

// The last TLS object that this thread has created; it may have been destroyed.
thread_local SSL* last_created = nullptr;

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

// Finds the observer of a server's handshake, once the ClientHello has been read.
void LookUp(SSL* tls, Observed* observed) {
  std::string client_random(SSL3_RANDOM_SIZE, '\0');
  SSL_get_client_random(tls, reinterpret_cast<unsigned char*>(client_random.data()), client_random.size());
  if (client_random.find_first_not_of('\0') == std::string::npos) return;  // not read yet
  observed->is_looked_up = true;
  std::shared_ptr<HandshakeObserver> repeated;
  {
    auto& handshakes = ProcessWide<Handshakes>();
    const MutexLock lock(handshakes.mutex);
    const auto found = handshakes.entries.find(client_random);
    if (found == handshakes.entries.end()) return;
    if (std::exchange(found->second.has_tls, true)) {
      repeated = found->second.observer;
    } else {
      observed->observer = found->second.observer;
      observed->client_random = std::move(client_random);
    }
  }
  if (repeated != nullptr) return repeated->OnRepeated();
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
  if (!observed->is_looked_up && SSL_is_server(tls) == 1) LookUp(const_cast<SSL*>(tls), observed);
  if (observed->observer != nullptr) {
    if ((where & SSL_CB_HANDSHAKE_DONE) != 0) OnDone(tls, *observed);
    if ((where & SSL_CB_ALERT) != 0 && IsFatal(tls, value)) OnAlert((where & SSL_CB_READ) != 0, value, observed);
  }
  TsanRelease(observed);  // gRPC may go on with the handshake on another thread
}

void OnNew(void* tls, void* /*unused*/, CRYPTO_EX_DATA* data, int index, long /*unused*/, void* /*unused*/) noexcept {
  auto& handshakes = ProcessWide<Handshakes>();
  if (!handshakes.is_used) return;
  auto observed = std::make_unique<Observed>();
  if (CRYPTO_set_ex_data(data, index, observed.get()) != 1) return;
  static_cast<void>(observed.release());  // owned by the TLS object, freed by OnFree
  last_created = static_cast<SSL*>(tls);
  const MutexLock lock(handshakes.mutex);
  handshakes.created[last_created] = std::this_thread::get_id();
}

void OnNewBio(void* /*bio*/, void* /*unused*/, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*unused*/,
              void* /*unused*/) noexcept {
  if (last_created == nullptr) return;
  auto& handshakes = ProcessWide<Handshakes>();
  const MutexLock lock(handshakes.mutex);  // OnFree waits for it
  const auto created = handshakes.created.find(last_created);
  const bool is_ours = created != handshakes.created.end() && created->second == std::this_thread::get_id();
  auto* const callback = is_ours ? SSL_get_info_callback(last_created) : nullptr;
  if (callback == nullptr) return;
  if (callback != OnInfo) {
    Observed* const observed = Find(last_created);
    observed->other_callback = callback;
    SSL_set_info_callback(last_created, OnInfo);
    TsanRelease(observed);
  }
  handshakes.created.erase(created);
  last_created = nullptr;  // this was gRPC's BIO pair
}

// A copy is not observed.
int OnDuplicate(CRYPTO_EX_DATA* /*to*/, const CRYPTO_EX_DATA* /*from*/, void** from_d, int /*index*/, long /*unused*/,
                void* /*unused*/) {
  *from_d = nullptr;
  return 1;
}

void OnFree(void* tls, void* data, CRYPTO_EX_DATA* /*data*/, int /*index*/, long /*unused*/, void* /*unused*/) {
  const std::unique_ptr<Observed> observed(static_cast<Observed*>(data));
  if (observed == nullptr) return;
  TsanAcquire(observed.get());
  {
    auto& handshakes = ProcessWide<Handshakes>();
    const MutexLock lock(handshakes.mutex);
    handshakes.created.erase(static_cast<SSL*>(tls));
    if (observed->observer != nullptr) handshakes.entries.erase(observed->client_random);
    handshakes.is_used = !handshakes.entries.empty();
  }
  if (observed->observer != nullptr) observed->observer->OnEnd();
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

bool ObserveHandshake(const std::string& client_random, std::shared_ptr<HandshakeObserver> observer) {
  Index();
  auto& handshakes = ProcessWide<Handshakes>();
  const MutexLock lock(handshakes.mutex);
  handshakes.is_used = true;
  return handshakes.entries.try_emplace(client_random, Entry{std::move(observer)}).second;
}

bool StopObserving(const std::string& client_random, const HandshakeObserver* observer) {
  auto& handshakes = ProcessWide<Handshakes>();
  const MutexLock lock(handshakes.mutex);
  const auto found = handshakes.entries.find(client_random);
  const bool is_waiting =
      found != handshakes.entries.end() && found->second.observer.get() == observer && !found->second.has_tls;
  if (!is_waiting) return false;
  handshakes.entries.erase(found);
  return true;
}

}  // namespace pinion::x509
