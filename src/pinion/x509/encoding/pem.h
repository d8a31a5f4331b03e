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
  // Whether a header declares the contents to be encrypted (RFC 1421), as in older private key files. `der` is then
  // ciphertext.
  bool is_encrypted = false;
};

// Returns all blocks, in order. A boundary must be on its own line, which may be indented; lines end with LF, CR or
// both. Text outside of blocks is ignored, including lines that begin with '#', even if they contain a boundary.
// Returns InvalidArgument, with the line number but never with the contents, if a boundary is damaged, lacks its
// counterpart or shares its line with other text, or if a block is not base64. A block is never dropped silently.
absl::StatusOr<std::vector<PemBlock>> ReadPem(absl::string_view text);

// One block, in lines of 64 characters.
std::string WritePem(absl::string_view label, absl::string_view der);

// Describes input that is not the expected PEM, and how to convert it, if the bytes allow this: "it is DER, not PEM: a
// certificate; convert it with openssl x509 -inform DER -in FILE -out NEW". Otherwise empty.
std::string DescribeNonPem(absl::string_view bytes);
// The same for the label of a block: the command that converts it to a form that Pinion reads. Empty if none is known.
std::string ConversionOf(absl::string_view label);
// Whether blocks with this label contain a private key that Pinion reads, unless they are encrypted.
bool IsReadablePrivateKey(absl::string_view label);

}  // namespace pinion::x509

#endif  // PINION_X509_ENCODING_PEM_H_
