// A development CA: a folder with its certificate and key, and those it issued. Never for production.
#ifndef PINION_TOOLS_PINION_DEVELOPMENT_CA_H_
#define PINION_TOOLS_PINION_DEVELOPMENT_CA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "pinion/x509/pki/issue.h"

namespace pinion::cli {

// The name of the CA's own files.
inline constexpr char kRootName[] = "ca";

// A certificate that a service is to have.
struct CertificateOrder {
  std::string name;  // of its files, and its common name
  std::string profile = "service";
  std::string from = kRootName;  // the CA that issues it, by its files' name
  std::vector<std::string> dns;
  std::vector<std::string> uris;
  std::vector<std::string> addresses;
  absl::Duration valid_for;  // zero: as long as the profile says
};

// One that there was, to be made again.
struct SuccessorOrder {
  std::string name;
  std::string as;            // the new one's name
  absl::Duration valid_for;  // zero: as long as the one before
};

// What was made, and where.
struct MadeCertificate {
  std::string name;
  std::string certificate_file;
  std::string private_key_file;
  std::string pin;
  absl::Time not_after;
};

// Where a certificate (with its intermediates) and its key stand in a folder.
std::string CertificatePath(const std::string& directory, const std::string& name);
std::string KeyPath(const std::string& directory, const std::string& name);

// What is wrong with the name as one of files and certificates; empty where nothing is.
std::string NameFault(const std::string& name);

// The profiles of leaves: certs/profiles/.
std::vector<std::string> LeafProfiles();

// Each writes NAME.pem and NAME-key.pem, the key with mode 0600: both or neither, and never over what is there. The
// errors name the file. An issued certificate never outlives its issuer's.
class DevelopmentCa {
 public:
  explicit DevelopmentCa(std::string directory) : directory_(std::move(directory)) {}

  // The root; makes the folder where it is missing.
  absl::StatusOr<MadeCertificate> Init() const;
  // A CA below the root, which issues leaves alone.
  absl::StatusOr<MadeCertificate> MakeIntermediate(const std::string& name) const;
  absl::StatusOr<MadeCertificate> Issue(const CertificateOrder& order) const;
  // With the names, usages and issuer of the one before. Renew keeps its key, and so writes no key file.
  absl::StatusOr<MadeCertificate> Renew(const SuccessorOrder& order) const;
  absl::StatusOr<MadeCertificate> Rekey(const SuccessorOrder& order) const;

  // The first certificate of NAME.pem, with its key.
  absl::StatusOr<x509::Issuer> Load(const std::string& name) const;
  // The same of a CA.
  absl::StatusOr<x509::Issuer> LoadIssuer(const std::string& name) const;

 private:
  struct Predecessor;

  absl::StatusOr<Predecessor> LoadPredecessor(const SuccessorOrder& order) const;
  // Self-signed without an issuer. A `key_file` is there already, and holds the key.
  absl::StatusOr<MadeCertificate> Make(const std::string& name, x509::CertificateRecipe recipe,
                                       const x509::PrivateKey& key, const std::string& issuer_name,
                                       const std::string& key_file = "") const;

  const std::string directory_;
};

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_DEVELOPMENT_CA_H_
