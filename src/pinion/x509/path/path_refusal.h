// Converts the result of OpenSSL's path check into a PathOutcome. Private to x509/path/.
#ifndef PINION_X509_PATH_PATH_REFUSAL_H_
#define PINION_X509_PATH_PATH_REFUSAL_H_

#include <openssl/x509_vfy.h>

#include "pinion/x509/path/path.h"

namespace pinion::x509 {

// The refusal for the current error of `context`, which concerns a certificate at `place`.
PathOutcome RefusalOf(X509_STORE_CTX* context, PathPlace place);

}  // namespace pinion::x509

#endif  // PINION_X509_PATH_PATH_REFUSAL_H_
