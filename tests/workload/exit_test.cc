// OpenSSL's clean-up at exit() would free what gRPC's threads still use. A process crashed so after its work was done.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "pinion/testing/test_ca.h"
#include "pinion/workload.h"

namespace pinion {
namespace {

constexpr int kOpenSslWorks = 42;

// The configuration of a client. The files are written once, so that the process that exits has not used OpenSSL.
std::string Config() {
  const std::filesystem::path folder = std::filesystem::path(std::getenv("TEST_TMPDIR")) / "exit_test";
  const std::string config = folder / "client.json";
  if (std::filesystem::exists(config)) return config;
  std::filesystem::create_directories(folder);
  const testing::TestCa ca;
  ca.Issue({"client.test"}).WriteFiles(folder, "client");
  ca.WriteRootFile(folder);
  const auto write = [&folder](const char* name, const std::string& text) { std::ofstream(folder / name) << text; };
  write("pins.json", R"({"version": 1, "peers": [{"name": "pay", "hosts": ["pay.test"], "pins": [{"spki": ")" +
                         ca.Issue({"pay.test"}).SpkiPin() + R"(", "state": "ACTIVE"}, {"spki": ")" +
                         ca.Issue({"pay.test"}).SpkiPin() + R"(", "state": "BACKUP"}]}]})");
  write("client.json", R"({"identity": {"certificate_file": "client.pem", "private_key_file": "client-key.pem"},
                           "trust": {"server_roots_file": "ca.pem"}, "pin_set": {"file": "pins.json"}})");
  return config;
}

// Registered before OpenSSL's exit handler, and therefore called after it.
void ReportOpenSsl() { _exit(EVP_MD_fetch(nullptr, "SHA2-256", nullptr) != nullptr ? kOpenSslWorks : 1); }

TEST(ExitTest, OpenSslWorksUntilTheProcessEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // the test begins again, in a new process
  const std::string config = Config();
  EXPECT_EXIT(
      {
        std::atexit(ReportOpenSsl);
        const auto workload = Workload::FromFile(config);
        if (!workload.ok()) _exit(2);
        std::exit(0);
      },
      ::testing::ExitedWithCode(kOpenSslWorks), "");
}

}  // namespace
}  // namespace pinion
