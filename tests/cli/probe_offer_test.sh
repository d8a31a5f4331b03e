#!/usr/bin/env bash
# `pinion probe` offers what a live client offers, and says what a server would have spoken instead.
source tests/cli/harness.sh
# shellcheck source=tests/cli/probing.sh
source tests/cli/probing.sh

# A live client offers one group, so that these cannot be called, though other clients can.
test_a_group_that_a_live_client_does_not_offer() {
  make_world
  local group name
  for group in P-384:secp384r1 X25519:x25519; do
    name=${group#*:}
    s_server -alpn h2 -groups "${group%:*}"
    probe 1 NO_COMMON_TLS --config client.json
    equal "$(said '["would_speak"]["protocol"]')" TLSv1.3
    equal "$(said '["would_speak"]["group"]')" "$name"
    equal "$(said '["they"]["decision"]')" REFUSED
    said '["they"]["text"]' >text
    has text secp256r1
  done
  s_server -alpn h2 -groups X25519:P-256
  says=$settings
  probe 0 ACCEPTED --config client.json
  equal "$(said '["tls"]["group"]') $(said '["would_speak"]')" "secp256r1 None"
}

test_a_cipher_suite_that_a_live_client_does_not_offer() {
  make_world
  s_server -alpn h2 -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305
  probe 1 NO_COMMON_TLS --config client.json
  equal "$(said '["would_speak"]["cipher"]')" ECDHE-ECDSA-CHACHA20-POLY1305
  said '["they"]["text"]' >text
  has text GRPC_SSL_CIPHER_SUITES
  says=$settings
  export GRPC_SSL_CIPHER_SUITES=ECDHE-ECDSA-CHACHA20-POLY1305
  probe 0 ACCEPTED --config client.json
  GRPC_SSL_CIPHER_SUITES=none
  probe 1 HANDSHAKE_FAILED --config client.json
  said '["they"]["text"]' >text
  has text GRPC_SSL_CIPHER_SUITES
}

run_tests
