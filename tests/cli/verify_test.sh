#!/usr/bin/env bash
# `pinion verify`: exit code, reason and report for each outcome.
source tests/cli/harness.sh

# verify CODE REASON ARGUMENT...: both outputs must give this exit code and reason.
verify() {
  local code=$1 reason=$2
  shift 2
  run "$code" "$pinion" verify --roots pki/ca.pem "$@" -o json
  equal "$(json out '["reason"]')" "$reason"
  run "$code" "$pinion" verify --roots pki/ca.pem "$@"
  equal "$(grep -oE '^[A-Z_]+' out)" "$reason"
}
server() { verify "$1" "$2" --role server --host localhost --chain "${@:3}"; }
client() { verify "$1" "$2" --role client --chain "${@:3}"; }

# signed OPENSSL_OPTION...: odd.pem, a certificate for odd-key.pem (made if missing) that our CA signed.
signed() {
  [[ -f odd-key.pem ]] || openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out odd-key.pem
  openssl req -new -key odd-key.pem -subj /CN=odd -addext subjectAltName=DNS:localhost -out odd.csr
  openssl x509 -req -in odd.csr -copy_extensions copy -CA pki/ca.pem -CAkey pki/ca-key.pem -days 1 "$@" -out odd.pem 2>/dev/null
}

# edit FROM TO: replaces the first FROM in pins.json with TO.
edit() {
  local text
  text=$(<pins.json)
  [[ $text == *"$1"* ]]
  echo "${text/"$1"/"$2"}" >pins.json
}

holds_until() { date -u -d "$(openssl x509 -in "$1" -noout -enddate | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ; }
described() {
  local valid_from
  valid_from=$(date -u -d "$(openssl x509 -in "pki/$1.pem" -noout -startdate | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ)
  echo "$(pin "$1") (subject \\\"CN=$1\\\", issuer \\\"CN=Pinion development CA\\\", valid $valid_from to $(holds_until "pki/$1.pem"))"
}

test_json_of_an_accepted_server() {
  make_world
  run 0 "$pinion" verify --role server --chain pki/server.pem --roots pki/ca.pem --host localhost --pins pins.json -o json
  equal "$(cat out)" "{
  \"version\": 1,
  \"reason\": \"ACCEPTED\",
  \"peer\": \"the-server\",
  \"matched\": {
    \"pin\": \"$(pin server)\",
    \"state\": \"ACTIVE\"
  },
  \"holds_until\": \"$(holds_until pki/server.pem)\"
}"
  equal "$(cat err)" ""
}

test_json_of_a_refused_server() {
  make_world
  run 1 "$pinion" verify --role server --chain pki/server-impostor.pem --roots pki/ca.pem --host localhost --pins pins.json -o json
  equal "$(cat out)" "{
  \"version\": 1,
  \"reason\": \"PIN_MISMATCH\",
  \"peer\": \"the-server\",
  \"problem\": \"\\\"localhost\\\" holds a key that is not a pin of peer \\\"the-server\\\"\",
  \"presented\": \"$(described server-impostor)\",
  \"expected\": \"one of $(pin server) (ACTIVE), $(pin server-backup) (BACKUP)\",
  \"next_step\": \"if the key is truly that peer's, add it to peer \\\"the-server\\\" in the pin set; if not, treat the peer as an impostor\"
}"
}

test_accepted() {
  make_world
  server 0 ACCEPTED pki/server.pem --pins pins.json
  server 0 ACCEPTED pki/server-backup.pem --pins pins.json
  has out "$(pin server-backup) (BACKUP)"
  client 0 ACCEPTED pki/client.pem --pins pins.json --unlisted-clients ACCEPT
  client 0 ACCEPTED pki/client.pem --pins pins.json --unlisted-clients REFUSE
  openssl x509 -in pki/server.pem -outform DER -out server.der
  server 0 ACCEPTED server.der --pins pins.json
}

test_an_intermediate_in_the_chain_is_used() {
  make_world
  openssl req -new -newkey ed25519 -nodes -keyout middle-key.pem -subj /CN=middle -out middle.csr 2>/dev/null
  openssl x509 -req -in middle.csr -CA pki/ca.pem -CAkey pki/ca-key.pem -days 1 -out middle.pem 2>/dev/null \
    -extfile <(printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n')
  openssl req -new -key pki/server-key.pem -subj /CN=below -addext subjectAltName=DNS:localhost -out below.csr
  openssl x509 -req -in below.csr -copy_extensions copy -CA middle.pem -CAkey middle-key.pem -days 1 -out below.pem 2>/dev/null
  server 1 CHAIN_UNTRUSTED below.pem --pins pins.json
  cat below.pem middle.pem >chain.pem
  server 0 ACCEPTED chain.pem --pins pins.json
}

test_report_only_reports_the_reason_without_it() {
  make_world
  edit '"name": "the-server",' '"name": "the-server", "report_only_until": "2099-01-01T00:00:00Z",'
  server 0 ACCEPTED pki/server-impostor.pem --pins pins.json
  has out "otherwise  PIN_MISMATCH; accepted by report-only"
  run 0 "$pinion" verify --role server --chain pki/server-impostor.pem --roots pki/ca.pem --host localhost --pins pins.json -o json
  equal "$(json out '["report_only_reason"]')" PIN_MISMATCH
}

test_a_chain_that_tls_cannot_carry_is_refused() {
  make_world
  local names
  names=DNS:localhost$(printf ',DNS:a%d.many.test' {1..7000})
  openssl req -new -key pki/server-key.pem -subj /CN=many -out many.csr
  openssl x509 -req -in many.csr -extfile <(echo "subjectAltName=$names") -CA pki/ca.pem -CAkey pki/ca-key.pem -days 1 \
    -out many.pem 2>/dev/null
  server 1 MALFORMED_CERTIFICATE many.pem --pins pins.json
  has out "bytes in TLS"
  # Its neighbour is long and fits.
  names=DNS:localhost$(printf ',DNS:a%d.many.test' {1..4000})
  openssl x509 -req -in many.csr -extfile <(echo "subjectAltName=$names") -CA pki/ca.pem -CAkey pki/ca-key.pem -days 1 \
    -out many.pem 2>/dev/null
  server 0 ACCEPTED many.pem --pins pins.json
}

test_no_certificate() {
  make_world
  : >empty
  server 1 NO_CERTIFICATE empty --pins pins.json
}

test_malformed_certificate() {
  make_world
  echo garbage >garbage.der
  server 1 MALFORMED_CERTIFICATE garbage.der --pins pins.json
  server 1 MALFORMED_CERTIFICATE garbage.der
}

test_chain_untrusted() {
  make_world
  mv pki ours
  "$pinion" pki init pki >/dev/null
  server 1 CHAIN_UNTRUSTED ours/server.pem --pins pins.json
}

test_times() {
  make_world
  server 0 ACCEPTED pki/server.pem --pins pins.json --time "$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)"
  server 1 CERTIFICATE_EXPIRED pki/server.pem --pins pins.json --time "$(date -u -d '+91 days' +%Y-%m-%dT%H:%M:%SZ)"
  server 1 CERTIFICATE_NOT_YET_VALID pki/server.pem --pins pins.json --time 2020-01-01T00:00:00Z
  client 1 CERTIFICATE_EXPIRED pki/client.pem --pins pins.json --unlisted-clients REFUSE --time 2099-01-01T00:00:00+01:00
}

test_wrong_purpose() {
  make_world
  issue calls --profile client --dns localhost
  server 1 WRONG_PURPOSE pki/calls.pem --pins pins.json
  server 1 WRONG_PURPOSE pki/ca.pem --pins pins.json
}

test_key_not_allowed() {
  make_world
  openssl genrsa -out odd-key.pem 1024 2>/dev/null
  signed
  server 1 KEY_NOT_ALLOWED odd.pem --pins pins.json
}

test_signature_not_allowed() {
  make_world
  signed -sha1
  server 1 SIGNATURE_NOT_ALLOWED odd.pem --pins pins.json
}

test_host_mismatch() {
  make_world
  edit '"hosts": ["localhost"]' '"hosts": ["localhost", "other.test"]'
  verify 1 HOST_MISMATCH --role server --host other.test --chain pki/server.pem --pins pins.json
  verify 1 HOST_MISMATCH --role server --host other.test --chain pki/server.pem
}

test_host_not_pinned() {
  make_world
  verify 1 HOST_NOT_PINNED --role server --host other.test --chain pki/server.pem --pins pins.json
}

test_identity_mismatch() {
  make_world
  edit '"hosts": ["localhost"],' '"hosts": ["localhost"], "identities": ["spiffe://test/server"],'
  server 1 IDENTITY_MISMATCH pki/server.pem --pins pins.json
  issue two-peers --dns localhost --uri spiffe://test/client
  client 1 IDENTITY_MISMATCH pki/two-peers.pem --pins pins.json --unlisted-clients ACCEPT
}

test_clients_that_no_pin_set_lists() {
  make_world
  issue stranger --uri spiffe://test/stranger
  client 0 ACCEPTED pki/stranger.pem --pins pins.json --unlisted-clients ACCEPT
  client 1 IDENTITY_NOT_PINNED pki/stranger.pem --pins pins.json --unlisted-clients REFUSE
  client 1 PIN_MISMATCH pki/client-impostor.pem --pins pins.json --unlisted-clients ACCEPT
}

test_pin_revoked() {
  make_world
  edit "$(pin server)" "$(pin server-impostor)"
  edit '"state": "ACTIVE"}' "\"state\": \"ACTIVE\"}, {\"spki\": \"$(pin server)\", \"state\": \"REVOKED\"}"
  server 1 PIN_REVOKED pki/server.pem --pins pins.json
}

test_pins_with_times() {
  make_world
  edit '"state": "ACTIVE"}' '"state": "ACTIVE", "not_before": "2098-01-01T00:00:00Z"}'
  server 1 PIN_NOT_YET_VALID pki/server.pem --pins pins.json
  edit '"not_before": "2098-01-01T00:00:00Z"' '"not_after": "2020-01-01T00:00:00Z"'
  server 1 PIN_EXPIRED pki/server.pem --pins pins.json
}

test_without_pins_everything_else_is_judged() {
  make_world
  server 0 ACCEPTED pki/server-impostor.pem
  equal "$(cat err)" "pinion: no --pins, so the key itself is not judged"
  client 0 ACCEPTED pki/client-impostor.pem
  server 1 CERTIFICATE_EXPIRED pki/server.pem --time 2099-01-01T00:00:00Z
}

test_unusable_input_exits_2() {
  make_world
  local server=("$pinion" verify --role server --host localhost)
  run 2 "${server[@]}" --roots pki/ca.pem --chain missing.pem
  has err "cannot read missing.pem"
  run 2 "${server[@]}" --roots missing.pem --chain pki/server.pem
  has err "cannot read missing.pem"
  run 2 "${server[@]}" --roots pins.json --chain pki/server.pem
  has err "pins.json: "
  run 2 "${server[@]}" --roots pki/ca.pem --chain pki/server.pem --pins missing.json
  has err "cannot read missing.json"
  run 2 "${server[@]}" --roots pki/ca.pem --chain pki/server.pem --pins pki/ca.pem
  has err "pki/ca.pem:1:1: "
  head -c 300 pki/server.pem >truncated.pem
  run 2 "${server[@]}" --roots pki/ca.pem --chain truncated.pem
  has err "truncated.pem: "
  run 2 "${server[@]}" --roots pki/ca.pem --chain pki/server-key.pem
  has err "pki/server-key.pem: "
  equal "$(cat out)" ""
}

test_a_server_is_judged_for_a_host() {
  make_world
  run 2 "$pinion" verify --role client --chain pki/client.pem --roots pki/ca.pem --pins pins.json
  has err "--unlisted-clients REFUSE or ACCEPT"
  run 2 "$pinion" verify --role server --chain pki/server.pem --roots pki/ca.pem --pins pins.json
  has err "--role server needs --host"
  run 2 "$pinion" verify --role server --chain pki/server.pem --roots pki/ca.pem --pins pins.json --host ""
}

test_time_is_rfc_3339() {
  make_world
  local time
  for time in tomorrow 2026-12-01 2026-12-01T00:00:00 1700000000 infinite-future 2026-1-1T00:00:00Z ""; do
    run 2 "$pinion" verify --role client --chain pki/client.pem --roots pki/ca.pem --time "$time"
    has err "--time: not RFC 3339"
  done
}

# Kubernetes' pod certificates have key and chain in one file.
test_a_chain_may_have_its_key_beside_it() {
  make_world
  cat pki/server-key.pem pki/server.pem >both.pem
  server 0 ACCEPTED both.pem
}

test_pipes_and_stdin_are_read_like_files() {
  make_world
  run 0 "$pinion" verify --role server --host localhost --chain <(cat pki/server.pem) --roots <(cat pki/ca.pem) --pins <(cat pins.json)
  run 0 "$pinion" verify --role server --host localhost --chain - --roots pki/ca.pem --pins pins.json <pki/server.pem
}

test_a_ca_that_is_commented_out_is_not_trusted() {
  make_world
  "$pinion" pki init other >/dev/null
  (cat other/ca.pem && sed 's/^/# /' pki/ca.pem) >roots.pem
  run 1 "$pinion" verify --role server --host localhost --chain pki/server.pem --roots roots.pem
  has out CHAIN_UNTRUSTED
  (sed 's/^/# /' other/ca.pem && cat pki/ca.pem) >roots.pem
  run 0 "$pinion" verify --role server --host localhost --chain pki/server.pem --roots roots.pem
}

test_another_form_than_pem_is_named() {
  make_world
  openssl pkcs12 -export -passout pass: -in pki/server.pem -inkey pki/server-key.pem -out server.p12
  run 2 "$pinion" verify --role server --host localhost --chain server.p12 --roots pki/ca.pem
  has err "openssl pkcs12"
  openssl x509 -in pki/ca.pem -outform DER -out ca.der
  run 2 "$pinion" verify --role server --host localhost --chain pki/server.pem --roots ca.der
  has err "openssl x509 -inform DER"
}

run_tests
