// Microbenchmarks: bazel run -c opt //tests/bench:small_parts
//
// Verdicts on a server's certificate (P-256, below one intermediate) beside OpenSSL's time for the same chain; the
// steps from a pin file's text to a pin set; finding a peer's pins in sets of all sizes, and their memory.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/connection/connection_verifier.h"
#include "pinion/handshake/peer_verifier.h"
#include "pinion/pin/pin_set.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/encoding/openssl.h"
#include "tests/pin/fleet_keys.h"

namespace pinion::testing {
namespace {

std::string SomeHost(int64_t peer) { return absl::StrCat("service-", peer, ".prod.example"); }

std::string SomePin(int64_t number) { return x509::ToPinText(x509::Sha256(absl::StrCat(number)).value()); }

// Peers of one host and two pins each, as a pin file has them.
std::string PinFile(int64_t peers) {
  std::string text = R"({"version": 1, "peers": [)";
  for (int64_t i = 0; i < peers; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\n  {\"name\": \"service-", i, "\", \"hosts\": [\"", SomeHost(i),
                    "\"], \"pins\": [\n    {\"spki\": \"", SomePin(2 * i),
                    "\", \"state\": \"ACTIVE\"},\n    {\"spki\": \"", SomePin(2 * i + 1),
                    "\", \"state\": \"BACKUP\"}]}");
  }
  return absl::StrCat(text, "\n]}\n");
}

v1::PinSet PinSetProto(int64_t peers) {
  v1::PinSet proto;
  proto.set_version(1);
  for (int64_t i = 0; i < peers; ++i) {
    v1::Peer* const peer = proto.add_peers();
    peer->set_name(absl::StrCat("service-", i));
    peer->add_hosts(SomeHost(i));
    for (const v1::PinState state : {v1::ACTIVE, v1::BACKUP}) {
      v1::Pin* const pin = peer->add_pins();
      pin->set_spki(SomePin(2 * i + (state == v1::BACKUP ? 1 : 0)));
      pin->set_state(state);
    }
  }
  return proto;
}

// A service below an intermediate CA, pinned.
struct Service {
  Service() {
    v1::PinSet proto = PinSetProto(10);
    proto.mutable_peers(0)->mutable_pins(0)->set_spki(issued.SpkiPin());
    verifier = std::make_shared<const PeerVerifier>(OrDie(x509::TrustRoots::FromPem(root.RootPem())),
                                                    OrDie(PinSet::FromProto(proto)), v1::REFUSE);
  }
  PresentedChain Presented() const { return {issued.chain.front(), {issued.chain.begin() + 1, issued.chain.end()}}; }

  const TestCa root{"Bench root"};
  const IssuedCertificate issued = root.Intermediate("Bench CA").Issue({SomeHost(0)});
  std::shared_ptr<const PeerVerifier> verifier;
};

// The limit for a chain that was never seen: parse both certificates, check the path and the name.
void OpenSslParseAndPath(benchmark::State& state) {
  const Service service;
  const x509::TrustRoots roots = OrDie(x509::TrustRoots::FromPem(service.root.RootPem()));
  for (auto _ : state) {
    std::vector<x509::Owned<X509>> chain;
    for (const std::string& der : service.issued.chain) {
      const auto* next = reinterpret_cast<const unsigned char*>(der.data());
      chain.emplace_back(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
    }
    const x509::Owned<STACK_OF(X509)> untrusted(sk_X509_new_null());
    sk_X509_push(untrusted.get(), chain[1].get());
    const x509::Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), roots.store(), chain[0].get(), untrusted.get());
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set1_host(parameters, SomeHost(0).c_str(), 0);
    if (X509_verify_cert(context.get()) != 1) state.SkipWithError("refused");
  }
}
BENCHMARK(OpenSslParseAndPath);

void OpenSslParseLeaf(benchmark::State& state) {
  const Service service;
  for (auto _ : state) {
    const auto* next = reinterpret_cast<const unsigned char*>(service.issued.chain[0].data());
    const x509::Owned<X509> leaf(d2i_X509(nullptr, &next, static_cast<long>(service.issued.chain[0].size())));
    benchmark::DoNotOptimize(leaf.get());
  }
}
BENCHMARK(OpenSslParseLeaf);

void VerdictNeverSeen(benchmark::State& state) {
  const Service service;
  const PresentedChain presented = service.Presented();
  for (auto _ : state) {
    if (!service.verifier->Verify(presented, PeerRole::kServer, SomeHost(0), absl::Now()).accepted()) {
      state.SkipWithError("refused");
    }
  }
}
BENCHMARK(VerdictNeverSeen);

// Judges handshakes with a certificate that was judged before.
void JudgeAgain(const Service& service, const ConnectionVerifier::Settings& settings, benchmark::State* state) {
  ConnectionVerifier gate([&] { return service.verifier; }, settings);
  const std::string leaf = x509::EncodePem(service.issued.chain[0]);
  const std::string chain = leaf + x509::EncodePem(service.issued.chain[1]);
  int64_t count = 0;
  for (auto _ : *state) {
    if (!gate.JudgeHandshake(leaf, chain, SomeHost(0)).accepted()) state->SkipWithError("refused");
    // So that none is lost.
    if (settings.recorder != nullptr && ++count % 1'000 == 0) settings.recorder->Flush();
  }
}

// All work of the credentials in a handshake.
void VerdictSeenBefore(benchmark::State& state) {
  const Service service;
  JudgeAgain(service, {PeerRole::kServer, nullptr, nullptr, [] { return absl::Now(); }}, &state);
}
BENCHMARK(VerdictSeenBefore);

void VerdictBesideAShadow(benchmark::State& state) {
  const Service service;
  ConnectionVerifier::Settings settings = {PeerRole::kServer, nullptr, nullptr, [] { return absl::Now(); }};
  settings.shadow = [&] { return service.verifier; };
  JudgeAgain(service, settings, &state);
}
BENCHMARK(VerdictBesideAShadow);

// The time includes that of other threads, which compare it with what was recorded.
void VerdictThatIsRecorded(benchmark::State& state) {
  const Service service;
  std::string folder = std::filesystem::temp_directory_path() / "pinion-bench-XXXXXX";
  if (mkdtemp(&folder[0]) == nullptr) return state.SkipWithError("cannot make a folder");
  ConnectionVerifier::Settings settings = {PeerRole::kServer, nullptr, nullptr, [] { return absl::Now(); }};
  settings.recorder = *HandshakeRecorder::Open(folder, nullptr, [] { return absl::Now(); });
  JudgeAgain(service, settings, &state);
  settings.recorder->Flush();
  std::filesystem::remove_all(folder);
}
BENCHMARK(VerdictThatIsRecorded)->MeasureProcessCPUTime();

void PinFileToPinSet(benchmark::State& state) {
  const std::string text = PinFile(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(OrDie(PinSet::FromJson(text, "pins.json")));
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(PinFileToPinSet)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// The cost of checking signatures: two are required, and three publishers have signed, two of them with P-256.
void SignedPinFile(benchmark::State& state) {
  const std::string text = PinFile(state.range(0));
  TrustFile file;
  file.root = {OrDie(x509::PrivateKey::GenerateEd25519())};
  file.publisher = {OrDie(x509::PrivateKey::GenerateEd25519()), OrDie(x509::PrivateKey::GenerateEc("P-256")),
                    OrDie(x509::PrivateKey::GenerateEc("P-256"))};
  file.publisher_threshold = 2;
  const auto trust = TrustSignedBy(file.root, file);
  const FileSignatures signatures = SignedBy(file.publisher, trust->SignedBytesOf(text));
  for (auto _ : state) {
    if (!trust->CheckPinSet(text, signatures).ok()) state.SkipWithError("refused");
  }
  state.counters["bytes"] = static_cast<double>(text.size());
}
BENCHMARK(SignedPinFile)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

// Finds a server's peer and the pin that it matches, as a verdict does. `hot`: always the same peer; otherwise any
// peer, so that a large set is mostly outside the processor's caches.
void FindPin(benchmark::State& state, bool hot) {
  const int64_t peers = state.range(0) / 2;
  const std::shared_ptr<const PinSet> set = OrDie(PinSet::FromProto(PinSetProto(peers)));
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp): the same run each time
  std::vector<std::pair<x509::HostName, x509::Sha256Digest>> asked;
  for (int i = 0; i < 4096; ++i) {
    const int64_t peer = hot ? 0 : std::uniform_int_distribution<int64_t>(0, peers - 1)(random);
    asked.emplace_back(OrDie(x509::HostName::Parse(SomeHost(peer))), x509::Sha256(absl::StrCat(2 * peer + 1)).value());
  }
  size_t next = 0;
  for (auto _ : state) {
    const auto& [host, digest] = asked[next++ % asked.size()];
    const Peer* const peer = set->FindByHost(host);
    if (peer->pins[0].pin.digest != digest && peer->pins[1].pin.digest != digest) state.SkipWithError("not found");
  }
}
BENCHMARK_CAPTURE(FindPin, OfTheSamePeer, true)->Arg(10)->Arg(1'000)->Arg(1'000'000);
BENCHMARK_CAPTURE(FindPin, OfAnyPeer, false)->Arg(10)->Arg(1'000)->Arg(1'000'000);

// The lower bound of the above: one read from memory that is in no cache; the above needs several.
void ReadAnywhere(benchmark::State& state) {
  const std::vector<uint64_t> memory(size_t{1} << 24, 1);
  uint64_t at = 1;
  for (auto _ : state) {
    at = at * 6364136223846793005 + memory[at >> 40];
    benchmark::DoNotOptimize(at);
  }
}
BENCHMARK(ReadAnywhere);

// Bytes for each of a million pins, and the memory of a peer in addition, with its host's index.
void MemoryOfPins(benchmark::State& state) {
  const v1::PinSet proto = PinSetProto(state.range(0) / 2);
  for (auto _ : state) {
    const auto before = static_cast<double>(mallinfo2().uordblks) + static_cast<double>(mallinfo2().hblkhd);
    const std::shared_ptr<const PinSet> set = OrDie(PinSet::FromProto(proto));
    const auto all = static_cast<double>(mallinfo2().uordblks) + static_cast<double>(mallinfo2().hblkhd) - before;
    const auto pins = static_cast<double>(state.range(0));
    state.counters["bytes_a_pin"] = sizeof(PeerPin);
    state.counters["bytes_a_peer_besides"] = (all - pins * sizeof(PeerPin)) / (pins / 2);
  }
}
BENCHMARK(MemoryOfPins)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pinion::testing

BENCHMARK_MAIN();
