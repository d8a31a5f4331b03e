#!/usr/bin/env bash
# gRPC's Python client against `pinion serve`.
source tests/cli/harness.sh
client=$PWD/tests/interop/python_client.py
needs "python3-grpcio" /usr/bin/python3 -c "import grpc"

# echo_as NAME CODE: the Python client, with the certificate and key of pki/NAME.
echo_as() { run "$2" /usr/bin/python3 "$client" "localhost:$port" pki/ca.pem "pki/$1.pem" "pki/$1-key.pem" "grüße"; }

test_a_pinned_client_is_echoed() {
  make_world
  serve server
  echo_as client 0
  equal "$(cat out)" "grüße"
  echo_as client-backup 0
  equal "$(cat out)" "grüße"
}

test_a_client_with_another_key_is_refused() {
  make_world
  serve server
  echo_as client-impostor 1
  equal "$(cat err)" UNAVAILABLE
  until_true 10 grep -q "refused a client.*: PIN_MISMATCH: " server.err
  has server.err "$(pin client-impostor)"
}

test_a_client_of_another_ca_is_refused() {
  make_world
  serve server
  "$pinion" pki init others >/dev/null
  "$pinion" pki issue others stranger --uri spiffe://test/client >/dev/null
  mv others/stranger* pki
  echo_as stranger 1
  equal "$(cat err)" UNAVAILABLE
}

run_tests
