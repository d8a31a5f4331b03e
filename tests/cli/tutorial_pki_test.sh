#!/usr/bin/env bash
# The PKI of most tutorials, made with the openssl command and with no extension except the names, from end to end.
# shellcheck source=tests/cli/harness.sh
source tests/cli/harness.sh
needs openssl openssl version

# sign NAME SUBJECT-ALT-NAME: NAME.pem and NAME.key, below ca.pem.
sign() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out "$1.pem" \
    -extfile <(echo "subjectAltName=$2")
} 2>/dev/null

pin_of() { "$pinion" pin "$1" | cut -d' ' -f1; }

# configuration NAME ROOTS [MORE]: NAME.json.
configuration() {
  cat >"$1.json" <<JSON
{"identity": {"certificate_file": "$1.pem", "private_key_file": "$1.key"}, "trust": {"$2": "ca.pem"},
 "pin_set": {"file": "pins.json"}${3:-}}
JSON
}

make_pki() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca \
    -days 365 2>/dev/null
  sign payments DNS:localhost
  sign next DNS:localhost
  sign orders DNS:orders.test
  cat >pins.json <<JSON
{"version": 1, "peers": [{"name": "payments", "hosts": ["localhost"], "pins": [
  {"spki": "$(pin_of payments.pem)", "state": "ACTIVE"}, {"spki": "$(pin_of next.pem)", "state": "BACKUP"}]}]}
JSON
  configuration payments client_roots_file \
    ', "server": {"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "ACCEPT"}'
  configuration orders server_roots_file
}

test_verify_accepts_it_on_both_sides() {
  make_pki
  run 0 "$pinion" verify --role server --chain payments.pem --roots ca.pem --host localhost --pins pins.json
  has out ACCEPTED
  run 0 "$pinion" verify --role client --chain orders.pem --roots ca.pem
  has out ACCEPTED
}

test_a_call_is_served_with_it() {
  make_pki
  serve payments
  call orders 0
  has out "ok 1, failed 0"
}

test_the_leaf_still_issues_nothing() {
  make_pki
  openssl x509 -req -in next.csr -CA payments.pem -CAkey payments.key -CAcreateserial -days 30 -out below.pem \
    -extfile <(echo "subjectAltName=DNS:localhost") 2>/dev/null
  cat payments.pem >>below.pem
  run 1 "$pinion" verify --role server --chain below.pem --roots ca.pem --host localhost
  has out CHAIN_UNTRUSTED
}

run_tests
