# Sourced by the tests of signed pin sets: keys of plain OpenSSL.
# shellcheck shell=bash

# key NAME KIND: NAME-key.pem and NAME.pem, its public key.
key() {
  if [[ $2 == Ed25519 ]]; then
    openssl genpkey -algorithm Ed25519 -out "$1-key.pem"
  else
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"$2" -out "$1-key.pem"
  fi
  openssl pkey -in "$1-key.pem" -pubout -out "$1.pem"
}
