// Certificates that are wrong in one way.
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
  kWrongHost,            // another DNS name; its URIs are right
  kCommonNameOnly,       // the host stands in the subject, and no name in subjectAltName
  kNulInName,            // the DNS name has a NUL in it, and goes on after it
  kTooWideWildcard,      // "*." and the host's last label
  kForClientsOnly,       // not for servers
  kForServersOnly,       // not for clients
  kOtherCa,              // a CA of the same name, which nobody trusts
  kSelfSigned,           // nobody's but its own
  kMissingIntermediate,  // the CA that issued it is not sent along
  kWeakKey,              // RSA of 1024 bits, in place of the key that was given
  kWeakSignature,        // SHA-1
};

// All of them, for a test that tries each.
const std::vector<Defect>& AllDefects();
// "expired", for messages and test names.
std::string NameOf(Defect defect);
// What a server, or a client, that holds such a certificate is refused for. ACCEPTED where the defect is none: a server
// may be for servers only.
v1::Reason RefusalOfServer(Defect defect);
v1::Reason RefusalOfClient(Defect defect);

// As ca.Issue(names, key), with this one defect; everything else is right, so a key that is pinned stays so. The first
// of `names` is the host.
IssuedCertificate IssueWith(Defect defect, const TestCa& ca, const std::vector<std::string>& names,
                            const x509::PrivateKey& key);

}  // namespace pinion::testing

#endif  // PINION_TESTING_DEFECT_H_
