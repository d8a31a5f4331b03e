# Sourced by tests of a server that is about to use another key.
# shellcheck shell=bash

# A server that is about to use its backup key, and a client with a pin file of its own, which does not list that key.
make_rotation() {
  make_world
  config server '"next_identity": {"certificate_file": "pki/server-backup.pem", "private_key_file": "pki/server-backup-key.pem"},
  "adoption": {"census_file": "census.json", "gate": "MANUAL"}'
  sed "s|$(pin server-backup)|$(pin server-impostor)|" pins.json >client-pins.json
  sed -i 's|"pins.json"|"client-pins.json"|' client.json
}

# Calls in the background until the test ends.
keep_calling() {
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 300s --rate 10
}

# aged FILE: census.json as it would be if the question had been asked long ago.
aged() { sed 's/"offered": "20../"offered": "2001/' census.json >"$1"; }

# answers STATE: whether census.json has one identity, in this state.
answers() { ("$pinion" census census.json || true) 2>&1 | grep -q "^  $1  *1  the-client"; }
