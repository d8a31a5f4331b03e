// Every function of x509/ while OpenSSL runs out of memory: an error or the right result, never garbage, never a crash.
#include <dlfcn.h>
#include <execinfo.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/test_ca.h"
#include "pinion/x509/certificate.h"
#include "pinion/x509/key.h"
#include "pinion/x509/path/path.h"
#include "pinion/x509/pki/issue.h"
#include "pinion/x509/pki/recipe.h"
#include "tests/x509/resigned.h"

namespace pinion::x509 {
namespace {

using ::pinion::testing::OrDie;
using ::pinion::testing::TestCa;

const absl::Time kNow = absl::FromCivil(absl::CivilSecond(2026, 6, 1, 12, 0, 0), absl::UTCTimeZone());

// The allocations of this process's one thread.
enum class Failing { kOne, kAllFromThereOn };
int64_t allocations_left = INT64_MAX;
Failing failing = Failing::kOne;
bool has_failed = false;

bool MustFail() {
  if (allocations_left > 0) {
    if (--allocations_left > 0) return false;
    has_failed = true;
    return true;
  }
  return failing == Failing::kAllFromThereOn;
}

void* Allocate(size_t size, const char*, int) { return size == 0 || MustFail() ? nullptr : std::malloc(size); }
void* Reallocate(void* block, size_t size, const char*, int) {
  return MustFail() ? nullptr : std::realloc(block, size);
}
void Free(void* block, const char*, int) { std::free(block); }

// OpenSSL takes them only before its own first allocation.
const bool kInstalled = CRYPTO_set_mem_functions(Allocate, Reallocate, Free) == 1;

// Exit codes of the child process. Some OpenSSL functions crash without memory. Such a crash is a refusal too, and only
// OpenSSL can fix it; a crash in our code fails the test.
constexpr int kOpenSslCrashed = 3;
constexpr int kFailed = 1;

void OnCrash(int) {
  void* frames[64];
  const int count = backtrace(frames, 64);
  for (int i = 1; i < count; ++i) {
    Dl_info module = {};
    if (dladdr(frames[i], &module) == 0 || module.dli_fname == nullptr) continue;
    if (std::strstr(module.dli_fname, "libcrypto") != nullptr) _exit(kOpenSslCrashed);
    if (std::strstr(module.dli_fname, "pinion_Sx509") != nullptr) _exit(kFailed);
  }
  _exit(kFailed);
}

using Run = std::function<absl::StatusOr<std::string>()>;

// The maximum number of allocations that fail, evenly spread: reading a key makes about ten thousand.
constexpr int64_t kTries = 700;

// Fails allocation `*number` and every `step`-th after it, one after the other, until `run` needs no more of them.
void FailFrom(volatile int64_t* number, int64_t step, const Run& run, const std::string& right) {
  for (has_failed = true; has_failed; *number = *number + step) {
    has_failed = false;
    allocations_left = *number;
    const absl::StatusOr<std::string> result = run();
    allocations_left = INT64_MAX;
    if (result.ok()) {
      EXPECT_EQ(*result, right) << "without allocation " << *number;
    } else {
      EXPECT_NE(result.status().message(), "") << "without allocation " << *number;
    }
    EXPECT_EQ(ERR_peek_error(), 0u) << "OpenSSL's error queue is not empty without allocation " << *number;
    if (::testing::Test::HasFailure()) return;
  }
}

// The exit code of a child process that runs FailFrom. `*number` keeps the allocation at which the child ended.
int ExitOfAttempt(volatile int64_t* number, int64_t step, const Run& run, const std::string& right) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGSEGV, OnCrash);
    std::signal(SIGABRT, OnCrash);
    FailFrom(number, step, run, right);
    _exit(::testing::Test::HasFailure() ? kFailed : 0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kFailed;
}

// Fails the 1st, 2nd, … allocation of `run`, by itself and with all that follow it.
void ExpectTheRightResultOrAnError(const Run& run) {
  ASSERT_TRUE(kInstalled);
  const std::string right = OrDie(run());  // also triggers OpenSSL's one-time allocations
  allocations_left = INT64_MAX;
  OrDie(run());
  const int64_t allocations = INT64_MAX - allocations_left;
  const int64_t step = 1 + allocations / kTries;
  void* const shared = mmap(nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto* const number = static_cast<volatile int64_t*>(shared);
  for (const Failing mode : {Failing::kOne, Failing::kAllFromThereOn}) {
    failing = mode;
    *number = 1;
    int exit_code = kOpenSslCrashed;
    while ((exit_code = ExitOfAttempt(number, step, run, right)) == kOpenSslCrashed) *number = *number + step;
    ASSERT_EQ(exit_code, 0) << "without allocation " << *number;
    EXPECT_GT(*number, allocations / 2) << "not each allocation was tried";
  }
  munmap(shared, sizeof(int64_t));
}

std::string TextOf(const Certificate& certificate) {
  return absl::StrCat(certificate.Description(), ToPinText(certificate.spki_digest()), ToPinText(certificate.digest()),
                      certificate.names().ToString(), certificate.is_ca());
}

const TestCa& Root() {
  static const auto* const ca = new TestCa("Root", kNow);
  return *ca;
}

const testing::IssuedCertificate& Leaf() {
  static const auto* const leaf =
      new auto(Root().Intermediate("Intermediate").Issue({"a.test", "spiffe://a/b", "::1"}));
  return *leaf;
}

std::vector<PrivateKey> Keys() {
  return {OrDie(PrivateKey::GenerateEc("P-256")), OrDie(PrivateKey::GenerateEd25519()),
          OrDie(PrivateKey::GenerateRsa(2048))};
}

TEST(FailingAllocationsTest, Digest) {
  ExpectTheRightResultOrAnError([]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<Sha256Digest> digest = Sha256("abc");
    if (!digest.ok()) return digest.status();
    return ToPinText(*digest);
  });
}

TEST(FailingAllocationsTest, Certificates) {
  const std::string pem = EncodePem(Leaf().chain.front());
  ExpectTheRightResultOrAnError([&pem]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<std::vector<Certificate>> parsed = ParsePem(pem);
    if (!parsed.ok()) return parsed.status();
    return absl::StrJoin(*parsed, "\n", [](std::string* out, const Certificate& one) { out->append(TextOf(one)); });
  });
}

TEST(FailingAllocationsTest, TrustRoots) {
  const std::string pem = Root().RootPem();
  ExpectTheRightResultOrAnError([&pem]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<x509::TrustRoots> roots = TrustRoots::FromPem(pem);
    if (!roots.ok()) return roots.status();
    return roots->ToPem();
  });
}

TEST(FailingAllocationsTest, PrivateKeys) {
  for (const PrivateKey& key : Keys()) {
    const std::string pem = key.ToPem();
    ExpectTheRightResultOrAnError([&pem]() -> absl::StatusOr<std::string> {
      const absl::StatusOr<PrivateKey> read = PrivateKey::FromPem(pem);
      if (!read.ok()) return read.status();
      return absl::StrCat(read->ToPem(), read->PublicKeyToPem(), ToPinText(read->spki_digest()));
    });
  }
}

TEST(FailingAllocationsTest, GeneratedKeys) {
  for (const PrivateKey& key : Keys()) {
    if (key.PublicKeyToPem().size() > 200) continue;  // RSA's take their time
    ExpectTheRightResultOrAnError([&key]() -> absl::StatusOr<std::string> {
      const absl::StatusOr<PrivateKey> made = key.GenerateAnother();
      if (!made.ok()) return made.status();
      return absl::StrCat(made->ToPem().size(), made->PublicKeyToPem().size());
    });
  }
}

TEST(FailingAllocationsTest, TextsAboutKeysAndSignatures) {
  for (const PrivateKey& key : Keys()) {
    const auto issued = Root().Issue({"a.test"}, key);
    const Certificate certificate = OrDie(Certificate::FromDer(issued.chain.front()));
    ExpectTheRightResultOrAnError([&]() -> absl::StatusOr<std::string> {
      if (absl::Status status = CheckKeyIsAllowed(key.handle()); !status.ok()) return status;
      if (absl::Status status = CheckSignatureIsAllowed(certificate); !status.ok()) return status;
      // Its text is for people, and may be "unknown".
      KeyText(certificate);
      return std::string(key.Matches(certificate) ? "fits" : "does not fit");
    });
  }
}

TEST(FailingAllocationsTest, FoundKeys) {
  for (const PrivateKey& key : Keys()) {
    const std::string pem = absl::StrCat(key.ToPem(), key.PublicKeyToPem());
    ExpectTheRightResultOrAnError([&pem]() -> absl::StatusOr<std::string> {
      const absl::StatusOr<std::vector<FoundKey>> found = FindKeys(pem);
      if (!found.ok()) return found.status();
      return absl::StrJoin(*found, "\n", [](std::string* out, const FoundKey& one) {
        absl::StrAppend(out, ToPinText(one.spki_digest), one.source);
      });
    });
  }
}

TEST(FailingAllocationsTest, IssuedCertificates) {
  CertificateRecipe recipe = LeafRecipe("a", {"a.test", "spiffe://a/b", "127.0.0.1"}, kNow);
  const PrivateKey key = OrDie(PrivateKey::GenerateEd25519());
  ExpectTheRightResultOrAnError([&]() -> absl::StatusOr<std::string> {
    const absl::StatusOr<std::string> der = IssueCertificate(recipe, key, &Root().issuer());
    if (!der.ok()) return der.status();
    const absl::StatusOr<Certificate> made = Certificate::FromDer(*der);
    if (!made.ok()) return made.status();
    const CertificateRecipe read = RecipeOf(*made);
    return absl::StrCat(made->Description(), made->names().ToString(), read.common_name, read.server_auth);
  });
}

std::string Verdict(const std::vector<Certificate>& chain, const TrustRoots& roots) {
  const PathOutcome outcome =
      BuildPath(chain.front(), {chain.begin() + 1, chain.end()}, roots, Purpose::kServerAuth, kNow);
  return outcome.reason == v1::ACCEPTED ? absl::StrCat("a path of ", outcome.path.size()) : "";
}

TEST(FailingAllocationsTest, APathIsFoundOrRefused) {
  const std::vector<Certificate> chain = OrDie(ParsePem(Leaf().CertificatePem()));
  const TrustRoots roots = OrDie(TrustRoots::FromPem(Root().RootPem()));
  ExpectTheRightResultOrAnError([&]() -> absl::StatusOr<std::string> {
    std::string verdict = Verdict(chain, roots);
    if (verdict.empty()) return absl::InternalError("refused");
    return verdict;
  });
}

// Constraints that OpenSSL failed to allocate once counted as none.
TEST(FailingAllocationsTest, ANameThatIsExcludedStaysSo) {
  const TestCa ca = Root().Intermediate("Constrained");
  const std::string constrained = Resigned(ca.certificate().der(), Root().issuer().key, [](X509* x509) {
    SetExtension(x509, NID_name_constraints, "critical,excluded;DNS:b.a.test");
  });
  const std::vector<Certificate> chain = {OrDie(Certificate::FromDer(ca.Issue({"*.a.test"}).chain.front())),
                                          OrDie(Certificate::FromDer(constrained))};
  const TrustRoots roots = OrDie(TrustRoots::FromPem(Root().RootPem()));
  ExpectTheRightResultOrAnError([&]() -> absl::StatusOr<std::string> { return Verdict(chain, roots); });
}

}  // namespace
}  // namespace pinion::x509
