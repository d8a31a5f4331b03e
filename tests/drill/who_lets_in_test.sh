#!/usr/bin/env bash
# `pinion drill` against clients and servers other than Pinion's: it finds exactly the impostors that each accepts.
source tests/cli/harness.sh
stock_client=$PWD/tests/drill/stock_client
stock_server=$PWD/tests/drill/stock_server
python_client=$PWD/tests/interop/python_client.py
# drill CODE OPTION...: a whole drill, which may take longer than `run` allows; its report is in drill.out. Each case
# has a long timeout, so that a slow machine is not mistaken for a refusal.
drill() {
  start drill "$pinion" drill "$2" --timeout 60s -o json "${@:3}"
  ends_with "$1" "$started"
}
# accepted NAME...: exactly these cases were accepted, in this order. Otherwise the whole report is printed.
accepted() {
  local found
  found=$(python3 -c "import json
print(*[c['name'] for c in json.load(open('drill.out'))['cases'] if c['result'] == 'ACCEPTED'])")
  [[ $found == "$*" ]] || cat drill.out
  equal "$found" "$*"
}
# here WHAT COMMAND...: whether the command succeeds; with CI=true a failure fails the test.
here() {
  if "${@:2}" 2>/dev/null; then return; fi
  echo "SKIPPED: this needs $1, which is not on this machine (tools/setup installs it)" >&2
  [[ ${CI:-} != true ]] || fail "$1 is missing"
  return 1
}
has_http2() { curl --version | grep -qw HTTP2; }
curl=(curl --silent --http2 --noproxy '*' --cert {cert} --key {key})

# A client without pins cannot detect another key certified by the same CA, or a key that is no longer pinned.
test_grpcs_own_client() {
  drill 1 client -- "$stock_client" {address} {roots} {cert} {key}
  accepted control backup-key other-key junk-certificate common-name-only revoked-pin removed-pin
}

test_grpcs_python_client() {
  here python3-grpcio /usr/bin/python3 -c "import grpc" || return 0
  drill 1 client -- /usr/bin/python3 "$python_client" {address} {roots} {cert} {key} hello
  accepted control backup-key other-key junk-certificate common-name-only revoked-pin removed-pin
}

test_curl_without_a_pin() {
  here "curl with HTTP/2" has_http2 || return 0
  drill 1 client -- "${curl[@]}" --cacert {roots} https://{address}/
  accepted control backup-key other-key junk-certificate common-name-only revoked-pin removed-pin no-h2
}

# The help's example, and with a certificate.
test_curl_with_both_pins() {
  here "curl with HTTP/2" has_http2 || return 0
  drill 1 client -- "${curl[@]}" --cacert {roots} --pinnedpubkey {curl_pins} https://{address}/
  accepted control backup-key common-name-only no-h2
  drill 1 client -- curl --cacert {roots} --pinnedpubkey {curl_pins} https://{address}/
  accepted control backup-key common-name-only no-h2
}

test_curl_with_one_pin_locks_itself_out() {
  here "curl with HTTP/2" has_http2 || return 0
  run 1 "$pinion" drill client --case backup-key --case other-key -- sh -c \
    'exec curl --silent --cacert "$0" --pinnedpubkey "sha256//${1#sha256/}" "https://$2/"' {roots} {pin} {address}
  has out "backup-key         accepted  no !      closed after the handshake"
  equal "$(tail -n 1 out)" "Impostors: 1 refused, 0 accepted. Legitimate peers refused: 1."
}

test_curl_that_checks_nothing() {
  here "curl with HTTP/2" has_http2 || return 0
  drill 1 client -- "${curl[@]}" -k https://{address}/
  # All except plaintext and old TLS: curl requires TLS here, and OpenSSL requires a newer version.
  accepted control backup-key other-key junk-certificate wrong-host untrusted-chain wrong-ca self-signed expired \
    not-yet-valid client-only nul-in-name common-name-only wide-wildcard revoked-pin removed-pin no-h2
}

test_grpcs_own_server() {
  drill 1 server --handshake-limit 2s -- "$stock_server" {address} {roots} {cert} {key}
  accepted control unlisted-identity other-key junk-certificate revoked-pin slow-handshake half-open-flood
}

run_tests
