// A configuration file for both sides and the files that it names.
#ifndef PINION_TESTS_WORKLOAD_OPTIONS_FIXTURE_H_
#define PINION_TESTS_WORKLOAD_OPTIONS_FIXTURE_H_

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "pinion/testing/lab.h"
#include "pinion/testing/matchers.h"
#include "pinion/testing/or_die.h"
#include "pinion/testing/pin_file.h"
#include "pinion/workload.h"
#include "pinion/workload/snapshot.h"

namespace pinion::testing {

// The configuration of a process that calls and serves.
inline constexpr char kGood[] = R"({
  // What this process presents.
  "identity": {
    "certificate_file": "leaf.pem",
    "private_key_file": "key.pem"
  },
  "trust": {
    "server_roots_file": "servers-ca.pem",
    "client_roots_file": "clients-ca.pem"
  },
  "pin_set": {"file": "pins.json"},
  "server": {
    "authorization": "ALLOW_EVERY_AUTHENTICATED_PEER",
    "unlisted_clients": "REFUSE"
  }
})";

// Has its own folder with valid files.
class OptionsTest : public ::testing::Test {
 protected:
  OptionsTest() {
    mkdir(folder_.c_str(), 0700);
    Write("leaf.pem", lab_.client().CertificatePem());
    Write("key.pem", lab_.client().PrivateKeyPem());
    Write("servers-ca.pem", lab_.ca().RootPem());
    Write("clients-ca.pem", clients_ca_.RootPem());
    Write("pins.json", PinFileText(lab_.pin_set()));
  }

  std::string Path(const std::string& name) const { return absl::StrCat(folder_, "/", name); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }

  // The options of a configuration.
  WorkloadOptions Options(const std::string& text) const {
    return OrDie(WorkloadOptions::FromFile(Write("config.json", text)));
  }
  // The error for a configuration and the files that it names, without the folder's path.
  std::string Error(const std::string& text) const {
    const absl::StatusOr<WorkloadOptions> options = WorkloadOptions::FromFile(Write("config.json", text));
    return WithoutFolder(options.ok() ? LoadSnapshot(*options).status() : options.status());
  }
  std::string WithoutFolder(const absl::Status& status) const {
    EXPECT_THAT(std::string(status.message()), HoldsNoLineOf(lab_.client().PrivateKeyPem()));
    return absl::StrReplaceAll(status.message(), {{folder_ + "/", ""}});
  }

  static std::string WithoutServer() {
    return absl::StrReplaceAll(std::string(kGood).substr(0, std::string(kGood).find(",\n  \"server\"")) + "\n}",
                               {{",\n    \"client_roots_file\": \"clients-ca.pem\"", ""}});
  }
  // kGood with one replacement.
  static std::string With(const std::string& old_text, const std::string& new_text) {
    return absl::StrReplaceAll(kGood, {{old_text, new_text}});
  }

  Lab lab_;
  const TestCa clients_ca_{"clients' CA"};
  const std::string folder_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

}  // namespace pinion::testing

#endif  // PINION_TESTS_WORKLOAD_OPTIONS_FIXTURE_H_
