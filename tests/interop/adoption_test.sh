#!/usr/bin/env bash
# A client in Python takes part in the exchange about the next key of `pinion serve`.
source tests/cli/harness.sh
protos=$PWD/proto
client=$PWD/tests/interop/adoption_client.py
needs "python3-grpcio, python3-protobuf and python3-cryptography" /usr/bin/python3 -c "import cryptography, google.protobuf, grpc"
needs "protobuf-compiler" protoc --version

# takes_part PIN...: the client, which accepts these keys.
takes_part() {
  protoc --proto_path="$protos" --python_out=. "$protos"/pinion/v1/{adoption,pin_set,reason}.proto
  PYTHONPATH=$PWD start client /usr/bin/python3 "$client" "localhost:$port" pki/ca.pem pki/client.pem pki/client-key.pem "$@"
}

# answers STATE: the census of the server has the client, in this state.
answers() { ("$pinion" census census.json || true) 2>/dev/null | grep -q "^  $1  *1  the-client"; }

make_rotation() {
  make_world
  config server '"next_identity": {"certificate_file": "pki/server-backup.pem", "private_key_file": "pki/server-backup-key.pem"},
  "adoption": {"census_file": "census.json", "gate": "MANUAL"}'
  serve server
}

test_a_client_that_has_the_next_pin_accepts_it() {
  make_rotation
  takes_part "$(pin server)" "$(pin server-backup)"
  until_true 60 answers ACCEPTING
  has client.out "$(pin server-backup) ACCEPTED"
}

test_a_client_that_lacks_it_is_behind() {
  make_rotation
  takes_part "$(pin server)"
  until_true 60 answers BEHIND
  "$pinion" census census.json >out || true
  has out "the-client, PIN_MISMATCH, pin set 1"
}

run_tests
