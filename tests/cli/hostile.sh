# Sourced by tests of what people and programs read: a client of the CA that has put something else into its subject.
# shellcheck shell=bash

# make_hostile COMMON_NAME: hostile.json, of a client with the names of the legitimate one and a key of its own.
make_hostile() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout pki/hostile-key.pem -out hostile.csr \
    -subj "/CN=$1" 2>/dev/null
  cat >hostile.ext <<'EXTENSIONS'
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = URI:spiffe://test/client
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
EXTENSIONS
  openssl x509 -req -in hostile.csr -CA pki/ca.pem -CAkey pki/ca-key.pem -extfile hostile.ext -days 1 \
    -out pki/hostile.pem 2>/dev/null
  config hostile
  # Its own pin set does not list what it pretends to be.
  sed -i 's/"pins.json"/"hostile-pins.json"/' hostile.json
  python3 - <<'PY'
import json
pins = json.load(open("pins.json"))
del pins["peers"][1]
json.dump(pins, open("hostile-pins.json", "w"))
PY
}
