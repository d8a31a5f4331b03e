// PEM text (RFC 7468): the blocks in it, and the text of a block.
#ifndef PINION_X509_ENCODING_PEM_H_
#define PINION_X509_ENCODING_PEM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pinion::x509 {

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  std::string der;
  // A header says that the contents are encrypted (RFC 1421), as in older private key files. Then `der` is ciphertext.
  bool is_encrypted = false;
};

// Every block, in order. A boundary stands on a line of its own, which may be indented; lines end with LF, CR or both.
// Text outside of the blocks is passed over, as are lines there that begin with '#', even with a boundary in them.
// InvalidArgument, with the line's number and never with its contents, where a boundary is damaged, lacks its
// counterpart or shares its line, and where a block is no base64: a block is never dropped in silence.
absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text);

// One block, in lines of 64 characters.
std::string WritePem(absl::string_view label, absl::string_view der);

// What a person gave instead of the PEM that was expected, and how to convert it, where that can be told from the
// bytes: "it is DER, not PEM: a certificate; convert it with openssl x509 -inform DER -in FILE -out NEW". Otherwise
// empty.
std::string DescribeNonPem(absl::string_view bytes);
// The same for the label of a block: how to make of it what Pinion reads. Empty where nothing is known to help.
std::string ConversionOf(absl::string_view label);
// Whether blocks of this label hold a private key that Pinion reads, unless they are encrypted.
bool IsReadablePrivateKey(absl::string_view label);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_PEM_H_
