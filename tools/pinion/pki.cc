// `pinion pki`: a development CA and its certificates.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "pinion/json/strict.h"
#include "pinion/reload/file.h"
#include "pinion/v1/certificate_profile.pb.h"
#include "pinion/x509/host_name.h"
#include "pinion/x509/issue.h"
#include "tools/pinion/command.h"

namespace pinion::cli {
namespace {

// Other machines' clocks may be behind ours by this much.
constexpr absl::Duration kClockSkew = absl::Minutes(5);

const std::map<std::string, std::string>& Profiles() {
  static const auto* const profiles = new std::map<std::string, std::string>{
#include "certs/profiles.inc"
  };
  return *profiles;
}

struct Arguments {
  std::string directory;
  std::string name;
  std::string profile = "service";
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;
};

// Where a certificate and its key stand in a folder.
std::string CertificatePath(const std::string& directory, const std::string& name) {
  return absl::StrCat(directory, "/", name, ".pem");
}
std::string KeyPath(const std::string& directory, const std::string& name) {
  return absl::StrCat(directory, "/", name, "-key.pem");
}

absl::Status WriteNew(const std::string& path, const std::string& contents, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0 && errno == EEXIST) {
    return absl::AlreadyExistsError(absl::StrCat(path, " is there already; it is left as it is"));
  }
  const bool written = fd >= 0 && write(fd, contents.data(), contents.size()) == static_cast<ssize_t>(contents.size());
  const int error = errno;
  if (fd >= 0) close(fd);
  if (written) return absl::OkStatus();
  if (fd >= 0) unlink(path.c_str());  // half a file would stand in the way of the next try
  return absl::UnavailableError(absl::StrCat("cannot write ", path, ": ", std::strerror(error)));
}

// Both or neither.
absl::Status WritePair(const Arguments& where, const std::string& certificate_der, const x509::PrivateKey& key) {
  const std::string certificate_path = CertificatePath(where.directory, where.name);
  const std::string key_path = KeyPath(where.directory, where.name);
  if (absl::Status status = WriteNew(key_path, key.ToPem(), 0600); !status.ok()) return status;
  absl::Status status = WriteNew(certificate_path, x509::EncodePem(certificate_der), 0644);
  if (!status.ok()) unlink(key_path.c_str());
  return status;
}

absl::StatusOr<x509::PrivateKey> GenerateKey(v1::KeyType type) {
  switch (type) {
    case v1::ECDSA_P256:
      return x509::PrivateKey::GenerateEc("P-256");
    case v1::ECDSA_P384:
      return x509::PrivateKey::GenerateEc("P-384");
    case v1::ED25519:
      return x509::PrivateKey::GenerateEd25519();
    case v1::RSA_2048:
      return x509::PrivateKey::GenerateRsa(2048);
    default:
      return absl::InvalidArgumentError("the profile names no key_type");
  }
}

absl::StatusOr<x509::Issuer> LoadCa(const std::string& directory) {
  const absl::StatusOr<std::string> certificate_pem = ReadFile(CertificatePath(directory, "ca"));
  if (!certificate_pem.ok()) return certificate_pem.status();
  const absl::StatusOr<std::string> key_pem = ReadFile(KeyPath(directory, "ca"));
  if (!key_pem.ok()) return key_pem.status();
  const absl::StatusOr<std::vector<x509::Certificate>> certificates = x509::ParsePem(*certificate_pem);
  if (!certificates.ok()) return certificates.status();
  const absl::StatusOr<x509::PrivateKey> key = x509::PrivateKey::FromPem(*key_pem);
  if (!key.ok()) return key.status();
  if (!key->Matches(certificates->front())) {
    return absl::InvalidArgumentError(absl::StrCat(directory, ": ca-key.pem is not the key of ca.pem"));
  }
  return x509::Issuer{certificates->front(), *key};
}

// Makes a key and a certificate for it by the profile, and writes both; self-signed without an issuer.
absl::Status Make(const Arguments& arguments, const x509::Issuer* issuer) {
  v1::CertificateProfile profile;
  if (absl::Status status = json::Parse(Profiles().at(arguments.profile), arguments.profile, &profile); !status.ok()) {
    return status;
  }
  const absl::StatusOr<x509::PrivateKey> key = GenerateKey(profile.key_type());
  if (!key.ok()) return key.status();
  const auto& usages = profile.extended_key_usages();
  x509::CertificateRecipe recipe;
  recipe.common_name = issuer == nullptr ? "Pinion development CA" : arguments.name;
  recipe.dns = arguments.dns;
  recipe.uris = arguments.uris;
  recipe.addresses = arguments.addresses;
  recipe.is_ca = issuer == nullptr;
  recipe.server_auth = std::count(usages.begin(), usages.end(), v1::SERVER_AUTH) > 0;
  recipe.client_auth = std::count(usages.begin(), usages.end(), v1::CLIENT_AUTH) > 0;
  recipe.not_before = absl::Now() - kClockSkew;
  recipe.not_after = absl::Now() + absl::Hours(24) * profile.validity_days();
  if (issuer != nullptr) recipe.not_after = std::min(recipe.not_after, issuer->certificate.not_after());
  const absl::StatusOr<std::string> der = x509::IssueCertificate(recipe, *key, issuer);
  if (!der.ok()) return der.status();
  if (const auto made = x509::Certificate::FromDer(*der); !made.ok()) return made.status();
  if (absl::Status status = WritePair(arguments, *der, *key); !status.ok()) return status;
  std::cout << x509::ToPinText(key->spki_digest()) << "  " << CertificatePath(arguments.directory, arguments.name)
            << ", key in " << KeyPath(arguments.directory, arguments.name) << "\n";
  return absl::OkStatus();
}

int Init(const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return Unusable(absl::UnavailableError(absl::StrCat("cannot make ", directory, ": ", std::strerror(errno))));
  }
  Arguments arguments;
  arguments.directory = directory;
  arguments.name = "ca";
  arguments.profile = "ca";
  const absl::Status status = Make(arguments, nullptr);
  return status.ok() ? kYes : Unusable(status);
}

// A name that no verifier would match is a mistake.
absl::Status CheckDnsNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const absl::StatusOr<x509::HostPattern> pattern = x509::HostPattern::Parse(name);
    if (!pattern.ok()) return absl::InvalidArgumentError(absl::StrCat("--dns: ", pattern.status().message()));
    const absl::StatusOr<x509::HostName> host = x509::HostName::Parse(name);
    if (host.ok() && host->is_address()) {
      return absl::InvalidArgumentError(absl::StrCat("--dns: ", name, " is an IP address; give it as --ip"));
    }
  }
  return absl::OkStatus();
}

int Issue(const Arguments& arguments) {
  if (arguments.dns.empty() && arguments.uris.empty() && arguments.addresses.empty()) {
    return Unusable(
        absl::InvalidArgumentError("a certificate without a name is refused by everybody; give --dns, --uri or --ip"));
  }
  if (absl::Status status = CheckDnsNames(arguments.dns); !status.ok()) return Unusable(status);
  const absl::StatusOr<x509::Issuer> ca = LoadCa(arguments.directory);
  if (!ca.ok()) return Unusable(ca.status());
  const absl::Status status = Make(arguments, &*ca);
  return status.ok() ? kYes : Unusable(status);
}

// A name that is a file's name and nothing else.
std::string CheckName(const std::string& name) {
  const bool plain =
      !name.empty() && name.size() <= 60 && name != "ca" && name.front() != '.' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == std::string::npos;
  return plain ? "" : "use 1 to 60 letters, digits, '.', '_' or '-', and not \"ca\"";
}

void AddIssue(CLI::App* pki, int* exit_code) {
  CLI::App* command = pki->add_subcommand("issue", "Make a key and a certificate: NAME.pem and NAME-key.pem");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("DIR", arguments->directory, "where `pinion pki init` made the CA")->required();
  command->add_option("NAME", arguments->name, "of the files, and the subject's common name")
      ->required()
      ->check(CheckName);
  command->add_option("--profile", arguments->profile, "service, server or client")
      ->check(CLI::IsMember({"service", "server", "client"}))
      ->capture_default_str();
  command->add_option("--dns", arguments->dns, "a DNS name it is for");
  command->add_option("--uri", arguments->uris, "a URI that identifies it, such as spiffe://prod/payments");
  command->add_option("--ip", arguments->addresses, "an IP address it is for");
  command->callback([arguments, exit_code] { *exit_code = Issue(*arguments); });
}

}  // namespace

void AddPki(CLI::App* app, int* exit_code) {
  CLI::App* command = app->add_subcommand("pki", "A development CA: never for production");
  command->require_subcommand(1);
  CLI::App* init = command->add_subcommand("init", "Make the CA: DIR/ca.pem and DIR/ca-key.pem");
  auto directory = std::make_shared<std::string>();
  init->add_option("DIR", *directory, "made if missing")->required();
  init->callback([directory, exit_code] { *exit_code = Init(*directory); });
  AddIssue(command, exit_code);
  command->footer(
      "Keys are written with mode 0600, and no file is ever overwritten. Each line printed begins with the key's pin.\n"
      "Examples:\n"
      "  pinion pki init dev\n"
      "  pinion pki issue dev payments --dns localhost --uri spiffe://dev/payments");
}

}  // namespace pinion::cli
