#!/usr/bin/env bash
# `pinion serve`: how it starts, what it refuses to start with, how it ends, and what it says of the clients it refuses.
source tests/cli/harness.sh

test_the_first_line_says_where_it_listens() {
  make_world
  serve server
  [[ $port =~ ^[0-9]+$ && $port -gt 0 ]]
  equal "$(head -n 1 server.out)" "listening on 127.0.0.1:$port"
  start second "$pinion" serve --config server.json --address "localhost:0"
  until_true 10 grep -qE '^listening on localhost:[1-9][0-9]*$' second.out
}

test_sigterm_and_sigint_exit_0() {
  make_world
  serve server
  kill -TERM "$server"
  ends_with 0 "$server"
  equal "$(wc -l <server.out)" 1
  equal "$(cat server.err)" ""
  serve server
  kill -INT "$server"
  ends_with 0 "$server"
}

test_the_status_file_says_how_things_stand() {
  make_world
  serve server --status-file status.json
  start caller "$pinion" call --config client.json "localhost:$port" --streams 2 --duration 60s --rate 50 \
    --status-file caller.json
  until_true 10 grep -qs calls_in_flight status.json
  equal "$(json status.json '["connections"][0]["peer"]')" the-client
  equal "$(json status.json '["connections"][0]["pin"]')" "$(pin client)"
  equal "$(json status.json '["connections"][0]["reason"]')" ACCEPTED
  equal "$(json status.json '["pin_set"]["generation"]')" 1
  until_true 10 grep -qs calls_in_flight caller.json
  equal "$(json caller.json '["connections"][0]["address"]')" "127.0.0.1:$port"
  equal "$(json caller.json '["connections"][0]["peer"]')" the-server
  echo "{" >pins.json
  until_true 10 grep -q '"error": "pins.json:2:1: not JSON' status.json
  equal "$(json status.json '["pin_set"]["generation"]')" 1
  kill -TERM "$started"
  ends_with 0 "$started"
  kill -TERM "$server"
  ends_with 0 "$server"
  not ls status.json
}

test_a_status_file_that_cannot_be_written_is_said_and_harms_nothing() {
  make_world
  serve server --status-file missing/status.json
  until_true 10 grep -q "cannot write the status file missing/status.json: No such file or directory" server.err
  call client 0
}

# The server's pins and the client's are one file here: the client's copy is its own from now on.
test_a_revoked_client_is_cut_off() {
  make_world
  cp pins.json client-pins.json
  sed -i 's/"pins.json"/"client-pins.json"/' client.json
  serve server
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 60s --rate 50 \
    --status-file caller.json
  until_true 10 grep -qs calls_in_flight caller.json
  sed -e 's/"version": 1/"version": 2/' -e "s|\"$(pin client)\", \"state\": \"ACTIVE\"|\"$(pin client)\", \"state\": \"REVOKED\"|" \
    -e "s|\"$(pin client-backup)\", \"state\": \"BACKUP\"}|\"$(pin client-backup)\", \"state\": \"ACTIVE\"}, {\"spki\": \"$(pin client-impostor)\", \"state\": \"BACKUP\"}|" \
    pins.json >next.json
  mv next.json pins.json
  until_true 10 grep -q 'cut the connection from a client at 127.0.0.1:.* (peer "the-client"): PIN_REVOKED: ' server.err
  until_true 10 grep -q 'refused a client: PIN_REVOKED: ' server.err
}

test_a_port_that_is_taken_exits_2() {
  make_world
  serve server
  run 2 "$pinion" serve --config server.json --address "127.0.0.1:$port"
  has err "cannot listen on 127.0.0.1:$port"
  equal "$(cat out)" ""
}

# refuses TEXT: server.json is refused, and the message has this text.
refuses() {
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "pinion: $1"
  equal "$(cat out)" ""
}

test_a_configuration_that_is_refused_says_where() {
  run 2 "$pinion" serve --config missing.json
  has err "cannot read missing.json: No such file or directory"
  make_world
  config server '"pin_sets": "pins.json"'
  refuses "server.json:7:3: "
  config server '' '"unlisted_clients": "OFF"'
  refuses "server.json:10:25: server.unlisted_clients: "
  config server '"refresh_interval": "1ms"'
  refuses "server.json:7:23: refresh_interval: "
  config server '"pin_set": {"file": "pins.json"}'
  refuses "server.json:8:3: "
  config server
  sed -i -z 's/,\n    "private_key_file": [^\n]*//' server.json
  refuses "server.json:2:15: identity: private_key_file is missing"
}

test_a_pin_file_that_is_refused_says_where() {
  make_world
  grep -v BACKUP pins.json | sed 's/"ACTIVE"},/"ACTIVE"}/' >careless.json
  mv careless.json pins.json
  refuses 'pins.json:7:15: peers[0].pins: peer "the-server" has no BACKUP pin'
  rm pins.json
  refuses "cannot read pins.json"
}

test_an_identity_that_is_refused_says_which_part() {
  make_world
  cp pki/client-key.pem pki/server-key.pem
  refuses "identity: private_key_file (pki/server-key.pem): it is not the key of the first certificate"
  : >pki/server-key.pem
  refuses "identity: private_key_file (pki/server-key.pem): "
  rm pki/server-key.pem
  refuses "cannot read pki/server-key.pem"
}

test_a_certificate_that_clients_would_refuse_exits_2() {
  make_world
  issue calls --profile client --dns localhost
  config calls '' '"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"'
  run 2 "$pinion" serve --config calls.json --address 127.0.0.1:0
  has err "identity: peers would refuse our own certificate as a server's: WRONG_PURPOSE"
}

test_relative_paths_are_relative_to_the_file() {
  make_world
  mkdir elsewhere
  cd elsewhere
  start server "$pinion" serve --config ../server.json --address 127.0.0.1:0
  until_true 10 grep -q "listening on" server.out
}

test_a_refused_client_is_reported() {
  make_world
  serve server
  call client-impostor 78
  until_true 10 grep -q "refused a client: PIN_MISMATCH: " server.err
  has server.err "$(pin client-impostor)"
  has server.err "$(pin client) (ACTIVE)"
}

test_a_clients_backup_key_is_reported() {
  make_world
  serve server
  call client-backup 0
  until_true 10 grep -q 'let in a client with a BACKUP key: peer "the-client"' server.err
}

test_required_unlisted_clients_refuse_strangers() {
  make_world
  issue stranger --uri spiffe://test/stranger
  config stranger
  serve server
  call stranger 0
  config server '' '"unlisted_clients": "REFUSE"'
  serve server
  call stranger 78
  until_true 10 grep -q "refused a client: IDENTITY_NOT_PINNED: " server.err
  call client 0
}

run_tests
