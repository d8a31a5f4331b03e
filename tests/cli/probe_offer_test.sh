#!/usr/bin/env bash
# `pinion probe` offers what a live client offers, and reports what the server would have negotiated instead.
source tests/cli/harness.sh
# shellcheck source=tests/cli/probing.sh
source tests/cli/probing.sh

# A live client offers only one group, so it cannot call these servers, although other clients can.
test_a_group_that_a_live_client_does_not_offer() {
  make_world
  local group name
  for group in P-384:secp384r1 X25519:x25519; do
    name=${group#*:}
    s_server -alpn h2 -groups "${group%:*}"
    probe 1 NO_COMMON_TLS --config client.json
    equal "$(field '["would_speak"]["protocol"]')" TLSv1.3
    equal "$(field '["would_speak"]["group"]')" "$name"
    equal "$(field '["they"]["decision"]')" REFUSED
    field '["they"]["text"]' >text
    has text secp256r1
  done
  s_server -alpn h2 -groups X25519:P-256
  answer=$settings
  probe 0 ACCEPTED --config client.json
  equal "$(field '["tls"]["group"]') $(field '["would_speak"]')" "secp256r1 None"
}

test_a_cipher_suite_that_a_live_client_does_not_offer() {
  make_world
  s_server -alpn h2 -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305
  probe 1 NO_COMMON_TLS --config client.json
  equal "$(field '["would_speak"]["cipher"]')" ECDHE-ECDSA-CHACHA20-POLY1305
  field '["they"]["text"]' >text
  has text GRPC_SSL_CIPHER_SUITES
  # The cipher suite is the cause, though the server also prefers another group.
  s_server -alpn h2 -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305 -groups X25519:P-256
  probe 1 NO_COMMON_TLS --config client.json
  field '["they"]["text"]' >text
  has text "other cipher suites"
  answer=$settings
  export GRPC_SSL_CIPHER_SUITES=ECDHE-ECDSA-CHACHA20-POLY1305
  probe 0 ACCEPTED --config client.json
  GRPC_SSL_CIPHER_SUITES=none
  probe 1 HANDSHAKE_FAILED --config client.json
  field '["they"]["text"]' >text
  has text GRPC_SSL_CIPHER_SUITES
}

run_tests
