// Certificates with exactly one defect.
#ifndef PINION_TESTING_DEFECT_H_
#define PINION_TESTING_DEFECT_H_

#include <string>
#include <vector>

#include "pinion/testing/test_ca.h"
#include "pinion/v1/reason.pb.h"

namespace pinion::testing {

enum class Defect {
  kExpired,              // ended an hour ago
  kNotYetValid,          // begins in an hour
  kWrongHost,            // another DNS name; the URIs are correct
  kCommonNameOnly,       // the host is only in the subject; subjectAltName has no name
  kNulInName,            // the DNS name contains a NUL and continues after it
  kTooWideWildcard,      // "*." and the host's last label
  kForClientsOnly,       // not for servers
  kForServersOnly,       // not for clients
  kOtherCa,              // a CA of the same name, which is not trusted
  kSelfSigned,           // signed by its own key
  kMissingIntermediate,  // the issuing CA is not sent
  kWeakKey,              // RSA of 1024 bits, in place of the key that was given
  kWeakSignature,        // SHA-1
};

// All defects, for a test that covers each of them.
const std::vector<Defect>& AllDefects();
// "expired", for messages and test names.
std::string NameOf(Defect defect);
// The reason for which a server, or a client, with such a certificate is refused. ACCEPTED if the defect does not
// matter for that side: a server's certificate may be valid only for servers.
v1::Reason RefusalOfServer(Defect defect);
v1::Reason RefusalOfClient(Defect defect);

// Like ca.Issue(names, key), but with this defect; everything else is valid, so a pinned key remains pinned. The first
// of `names` is the host.
IssuedCertificate IssueWith(Defect defect, const TestCa& ca, const std::vector<std::string>& names, const TestKey& key);

}  // namespace pinion::testing

#endif  // PINION_TESTING_DEFECT_H_
