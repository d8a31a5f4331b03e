// A development CA: a folder with its certificate and key, and those that it issued. Not for production.
#ifndef PINION_TOOLS_PINION_DEVELOPMENT_CA_H_
#define PINION_TOOLS_PINION_DEVELOPMENT_CA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::cli {

// The name of the files of the CA itself.
inline constexpr char kRootName[] = "ca";

// An order for a service's certificate.
struct CertificateOrder {
  std::string name;  // of the files, and the common name
  std::string profile = "service";
  std::string from = kRootName;  // the file name of the issuing CA
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;
  absl::Duration valid_for;  // zero: as in the profile
};

// An order to renew or rekey an existing certificate.
struct SuccessorOrder {
  std::string name;
  std::string as;            // the new name
  absl::Duration valid_for;  // zero: as long as its predecessor
};

// A new certificate, and its files.
struct MadeCertificate {
  std::string name;
  std::string certificate_file;
  std::string private_key_file;
  std::string pin;
  absl::Time not_after;
};

// The paths of a certificate (with its intermediates) and of its key in a folder.
std::string CertificatePath(const std::string& directory, const std::string& name);
std::string KeyPath(const std::string& directory, const std::string& name);

// Why the name cannot be a name of files and certificates; empty if it can.
std::string NameFault(const std::string& name);

// The profiles of leaves: certs/profiles/.
std::vector<std::string> LeafProfiles();

// Each operation writes NAME.pem and NAME-key.pem, the key with mode 0600: both or neither. It never overwrites a file.
// Errors name the file. An issued certificate never outlives that of its issuer.
class DevelopmentCa {
 public:
  explicit DevelopmentCa(std::string directory) : directory_(std::move(directory)) {}

  // Makes the root CA, and the folder if it is missing.
  absl::StatusOr<MadeCertificate> Init() const;
  // Makes a CA below the root; it can issue leaves only.
  absl::StatusOr<MadeCertificate> MakeIntermediate(const std::string& name) const;
  absl::StatusOr<MadeCertificate> Issue(const CertificateOrder& order) const;
  // Both keep the names, usages and issuer of the predecessor. Renew also keeps its key, and so writes no key file.
  absl::StatusOr<MadeCertificate> Renew(const SuccessorOrder& order) const;
  absl::StatusOr<MadeCertificate> Rekey(const SuccessorOrder& order) const;

  // The first certificate of NAME.pem, with its key.
  absl::StatusOr<x509::Issuer> Load(const std::string& name) const;
  // The same for a CA.
  absl::StatusOr<x509::Issuer> LoadIssuer(const std::string& name) const;

 private:
  struct Predecessor;

  absl::StatusOr<Predecessor> LoadPredecessor(const SuccessorOrder& order) const;
  // Self-signed without an issuer. If `key_file` is not empty, that file exists and contains the key.
  absl::StatusOr<MadeCertificate> Make(const std::string& name, x509::CertificateRecipe recipe,
                                       const x509::PrivateKey& key, const std::string& issuer_name,
                                       const std::string& key_file = "") const;

  const std::string directory_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DEVELOPMENT_CA_H_
