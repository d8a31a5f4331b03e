#!/usr/bin/env bash
# `pinion pins challenge` and `pinion pins prove`: requests made by plain openssl, as the holder of a BACKUP's key makes them.
source tests/cli/harness.sh
# shellcheck source=tests/cli/pin_files.sh
source tests/cli/pin_files.sh

today=$(date --utc +%F)

# request NAME [DAY [SUBJECT_ALT_NAME [OPTION...]]]: NAME.csr, by the key pki/NAME-key.pem.
request() {
  openssl req -new -key "pki/$1-key.pem" -subj "/CN=payments/OU=pinion-proof ${2:-$today}" \
    -addext "subjectAltName=${3:-DNS:payments.test}" "${@:4}" -out "$1.csr"
}

test_the_command_of_the_challenge_makes_what_prove_records() {
  make_pins
  pins 0 challenge pins.json payments
  has out "$(pin two)  never proven"
  local command
  command=$(sed -n 's/^  \(openssl .*\)/\1/p' out)
  ln pki/two-key.pem KEY.pem
  eval "$command"
  pins 0 prove pins.json payments payments-backup.csr
  changed '<   "version": 7, // grows' '>   "version": 8, // grows' \
    "<         {\"spki\": \"$(pin two)\", \"state\": \"BACKUP\"} /* in the safe */" \
    ">         {\"spki\": \"$(pin two)\", \"state\": \"BACKUP\", \"proven_on\": \"${today}T00:00:00Z\"} /* in the safe */"
  has out "key $(pin two) was in somebody's hands on ${today}T00:00:00Z"
  pins 0 show pins.json
  has out "$(pin two)  proven $today (1"
  pins 0 show pins.json -o json
  has out "\"proven_on\": \"${today}T00:00:00Z\""
  pins 0 challenge pins.json payments -o json
  has out "\"proven_on\": \"${today}T00:00:00Z\""
  # The request is what a CA needs on the day that the BACKUP is: it has the peer's name.
  openssl req -in payments-backup.csr -noout -text -verify >text 2>&1
  has text "DNS:payments.test"
}

test_a_peer_with_every_kind_of_name() {
  make_pins
  sed -i 's|"hosts": \["payments.test"\],|"hosts": ["payments.test", "*.payments.test", "192.0.2.1", "2001:db8::1"], "identities": ["spiffe://prod/payments", "client.test"],|' pins.json
  pins 0 challenge pins.json payments
  has out "'subjectAltName=DNS:payments.test,DNS:*.payments.test,IP:192.0.2.1,IP:2001:db8::1,URI:spiffe://prod/payments,DNS:client.test'"
  local command
  command=$(sed -n 's/^  \(openssl .*\)/\1/p' out)
  ln pki/two-key.pem KEY.pem
  eval "$command"
  pins 0 prove pins.json payments payments-backup.csr
}

test_every_kind_of_key() {
  local kind
  for kind in "EC -pkeyopt ec_paramgen_curve:P-384" "RSA -pkeyopt rsa_keygen_bits:2048" ED25519; do
    make_pins
    # shellcheck disable=SC2086 # words are arguments
    openssl genpkey -algorithm $kind -out pki/four-key.pem 2>/dev/null
    pins 0 add pins.json payments pki/four-key.pem
    request four
    pins 0 prove pins.json payments four.csr
    openssl req -in four.csr -outform DER -out four.der
    sed -i 's/, "proven_on": "[^"]*"//' pins.json
    pins 0 prove pins.json payments four.der
  done
}

test_a_later_proof_replaces_an_earlier_one() {
  make_pins
  request two "$(date --utc --date="20 days ago" +%F)"
  pins 0 prove pins.json payments two.csr
  cp two.csr earlier.csr
  request two
  pins 0 prove pins.json payments two.csr
  equal "$(grep -c proven_on pins.json)" 1
  has pins.json "\"proven_on\": \"${today}T00:00:00Z\""
  refused "$(pin two) was proven on $today, and this request is not newer" prove pins.json payments two.csr
  refused "$(pin two) was proven on $today" prove pins.json payments earlier.csr
}

test_what_proves_nothing_is_refused() {
  make_pins
  request two "" DNS:other.test
  refused "the request does not ask for the peer's host payments.test" prove pins.json payments two.csr
  request two "" DNS:payments.test,DNS:other.test
  refused "the request asks for a name of peer \"other\", too" prove pins.json payments two.csr
  openssl req -new -key pki/two-key.pem -subj "/CN=payments" -addext "subjectAltName=DNS:payments.test" -out two.csr
  refused "the request's subject has no organizational unit \"pinion-proof $today\"" prove pins.json payments two.csr
  request two "yesterday"
  refused "the request's subject has no organizational unit" prove pins.json payments two.csr
  request two "$(date --utc --date="31 days ago" +%F)"
  refused "the request is of $(date --utc --date="31 days ago" +%F), more than 30 days ago" prove pins.json payments two.csr
  request two "$(date --utc --date="3 days" +%F)"
  refused "the request is of $(date --utc --date="3 days" +%F), which is in the future" prove pins.json payments two.csr
  request one
  refused "$(pin one) is ACTIVE, and a proof is of a BACKUP" prove pins.json payments one.csr
}

test_a_key_that_is_no_pin_of_the_peer() {
  make_pins
  request three
  pins 2 prove pins.json payments three.csr
  has err "$(pin three) is not a pin of peer \"payments\""
  request other-backup "" DNS:payments.test
  pins 2 prove pins.json payments other-backup.csr
  has err "$(pin other-backup) is not a pin of peer \"payments\""
  cmp old.json pins.json
}

test_input_that_is_no_request() {
  make_pins
  request two
  python3 - <<'END'
import subprocess
der = bytearray(subprocess.run(["openssl", "req", "-in", "two.csr", "-outform", "DER"], check=True, capture_output=True).stdout)
der[-3] ^= 1
open("forged.der", "wb").write(der)
END
  pins 2 prove pins.json payments forged.der
  has err "forged.der: the request's signature is not by the key in it"
  request two "" "" -sha1
  pins 2 prove pins.json payments two.csr
  has err "two.csr: the request is signed with ecdsa-with-SHA1"
  pins 2 prove pins.json payments pki/two.pem
  has err "pki/two.pem: is not a certificate request"
  pins 2 prove pins.json payments pki/two-key.pem
  has err "pki/two-key.pem: is not a certificate request"
  pins 2 prove pins.json payments "$(pin two)"
  has err "is a pin, which proves nothing; give the certificate request"
  request two
  cat two.csr two.csr >both.csr
  pins 2 prove pins.json payments both.csr
  openssl req -in two.csr -outform DER >long.der
  printf 'x' >>long.der
  pins 2 prove pins.json payments long.der
  pins 2 prove pins.json payments no-such-file.csr
  has err "no-such-file.csr"
  cmp old.json pins.json
}

test_a_dry_run_writes_nothing() {
  make_pins
  request two
  pins 0 prove pins.json payments two.csr --dry-run
  has out "nothing is written"
  cmp old.json pins.json
}

test_a_peer_without_a_backup_that_can_be_proven() {
  make_pins
  sed -i "s|{\"spki\": \"$(pin two)\"|{\"issuer_spki\": \"$(pin two)\"|" pins.json
  pins 2 challenge pins.json payments
  has err "peer \"payments\" has no BACKUP of kind spki"
  pins 2 challenge pins.json nobody
  has err "pins.json has no peer \"nobody\""
  sed -i "s|\"state\": \"BACKUP\"} /|\"state\": \"BACKUP\", \"proven_on\": \"2026-01-01T00:00:00Z\"} /|" pins.json
  pins 2 show pins.json
  has err "pins.json:12:"
  has err "proven_on: is of a pin that is not spki"
}

test_a_drill_serves_the_backup_to_a_client_with_the_pin_file() {
  make_pins
  request two
  refused "the drill failed: the request is by $(pin two), and the private key is that of $(pin one)" \
    prove pins.json payments two.csr --drill pki/one-key.pem
  pins 0 prove pins.json payments two.csr --drill pki/two-key.pem
  has pins.json "\"proven_on\": \"${today}T00:00:00Z\""
  cp old.json pins.json
  pins 2 prove pins.json payments two.csr --drill pki/two.pem
  cmp old.json pins.json
}

test_a_drill_of_a_wildcard_and_of_an_address() {
  local hosts names
  for hosts in '"*.payments.test"' '"192.0.2.1"'; do
    make_pins
    sed -i "s|\"hosts\": \[\"payments.test\"\]|\"hosts\": [$hosts]|" pins.json
    names=${hosts//\"/}
    [[ $names == 192* ]] && names=IP:$names || names=DNS:$names
    request two "" "$names"
    pins 0 prove pins.json payments two.csr --drill pki/two-key.pem
  done
}

# The peer is a client, so that a server with the pin file decides.
test_a_drill_of_a_client() {
  make_pins
  sed -i 's|"hosts": \["payments.test"\]|"identities": ["spiffe://prod/payments"]|' pins.json
  request two "" URI:spiffe://prod/payments
  pins 0 prove pins.json payments two.csr --drill pki/two-key.pem
  cp old.json pins.json
  sed -i -e 's|"hosts": \["payments.test"\]|"identities": ["spiffe://prod/payments"]|' \
    -e "s|\"$(pin two)\", \"state\": \"BACKUP\"|&, \"not_before\": \"2099-01-01T00:00:00Z\"|" pins.json
  refused "the drill failed: PIN_NOT_YET_VALID" prove pins.json payments two.csr --drill pki/two-key.pem
}

# An identity could otherwise end the quotation on the command line that an operator pastes, or have openssl insert a
# variable of the environment.
test_an_identity_with_a_meaning_for_the_shell_or_for_openssl() {
  make_pins
  cp pins.json plain.json
  local identity
  # shellcheck disable=SC2016
  for identity in "urn:a';id;'" 'urn:a,DNS:b' 'urn:$ENV::HOME' 'urn:a#b'; do
    sed "s|\"hosts\": \[\"payments.test\"\],|\"hosts\": [\"payments.test\"], \"identities\": [\"$identity\"],|" plain.json >pins.json
    pins 2 challenge pins.json payments
    has err "has a character that has a meaning on the command line of openssl"
    equal "$(cat out)" ""
  done
}

test_a_proof_in_the_future_proves_nothing() {
  make_pins
  sed -i "s|\"$(pin two)\", \"state\": \"BACKUP\"|&, \"proven_on\": \"2099-01-01T00:00:00Z\"|" pins.json
  run 0 "$pinion" check pins.json
  has out "pins.json:12:9: WARNING BACKUP_UNPROVEN"
  request two
  pins 0 prove pins.json payments two.csr
  has pins.json "\"proven_on\": \"${today}T00:00:00Z\""
}

test_check_reports_what_lacks_a_proof() {
  make_pins
  run 0 "$pinion" check pins.json
  has out "pins.json: INFO NO_BACKUP_PROVEN"
  request two
  pins 0 prove pins.json payments two.csr
  run 0 "$pinion" check pins.json
  lacks out "NO_BACKUP_PROVEN"
  has out "pins.json:15:141: WARNING BACKUP_UNPROVEN"
  lacks out "$(pin two)"
  run 0 "$pinion" check pins.json --time "$(date --utc --date="175 days" +%FT%TZ)"
  has out ": WARNING PROOF_EXPIRES"
  run 0 "$pinion" check pins.json --time "$(date --utc --date="181 days" +%FT%TZ)"
  has out ": WARNING PROOF_EXPIRED"
  pins 0 show pins.json --time "$(date --utc --date="181 days" +%FT%TZ)"
  has out "proven $today, too long ago"
}

test_the_end_of_a_pin_set() {
  make_pins
  sed -i 's|"version": 7,|"version": 7, "expires": "2027-06-01T00:00:00Z",|' pins.json
  pins 0 show pins.json --time 2027-05-01T00:00:00Z
  has out "pins.json: version 7, valid until 2027-06-01T00:00:00Z (31 days left)"
  pins 0 show pins.json --time 2027-06-01T00:00:00Z
  has out "version 7, expired at 2027-06-01T00:00:00Z: new connections are refused"
  pins 0 show pins.json -o json
  has out '"expires": "2027-06-01T00:00:00Z"'
  run 0 "$pinion" check pins.json --time 2027-05-20T00:00:00Z
  has out "pins.json:3:28: WARNING PIN_SET_EXPIRES"
  run 1 "$pinion" check pins.json --time 2027-05-31T12:00:00Z
  has out "pins.json:3:28: ERROR PIN_SET_EXPIRES"
  run 1 "$pinion" check pins.json --time 2027-06-01T00:00:00Z
  has out "pins.json:3:28: ERROR PIN_SET_EXPIRED"
  sed -i "s/\"version\": 7/\"version\": 8/" pins.json
  pins 1 diff old.json pins.json
  has out "DANGEROUS  the pin set expires at 2027-06-01T00:00:00Z, sooner than before"
  sed -i "s/\"version\": 7/\"version\": 9/" old.json
  pins 1 diff pins.json old.json
  has out "  the pin set does not expire any more"
  run 1 "$pinion" verify --role server --host payments.test --chain pki/one.pem --roots pki/ca.pem --pins pins.json \
    --time 2027-06-01T00:00:00Z
  has out "CERTIFICATE_EXPIRED"
}

run_tests
