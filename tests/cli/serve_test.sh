#!/usr/bin/env bash
# `pinion serve`: its start, files with which it refuses to start, its end, and its log lines about refused clients.
source tests/cli/harness.sh

test_the_first_line_is_the_listening_address() {
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

test_the_status_file_has_the_current_status() {
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

test_a_status_file_that_cannot_be_written_is_reported_and_calls_succeed() {
  make_world
  serve server --status-file missing/status.json
  until_true 10 grep -q "the status file: cannot write missing/status.json: No such file or directory" server.err
  call client 0
}

# refuses_status_file PATH: serve and call must not start with this status file, and must report it.
refuses_status_file() {
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --status-file "$1"
  has err "pinion: "
  has err "$1"
  equal "$(cat out)" ""
  run 2 "$pinion" call --config client.json localhost:1 --status-file "$1"
  has err "$1"
}

test_a_status_file_replaces_nothing_but_a_status() {
  make_world
  cp pins.json before.json
  refuses_status_file pins.json
  equal "$(cat pins.json)" "$(cat before.json)"
  echo precious >target
  ln -s target link
  refuses_status_file link
  equal "$(cat target)" precious
  mkfifo pipe
  refuses_status_file pipe
  [[ -p pipe ]] || fail "the pipe was replaced"
  refuses_status_file .
}

test_a_link_planted_beside_the_status_file_is_not_followed() {
  make_world
  echo precious >target
  mkdir beside
  # The predictable names, for every process id that may be next.
  local id
  for id in $(seq $$ $(($$ + 300))); do ln -s ../target "beside/status.json.$id.next"; done
  serve server --status-file beside/status.json
  until_true 10 grep -qs written beside/status.json
  equal "$(cat target)" precious
}

test_a_status_that_was_left_behind_is_replaced() {
  make_world
  serve server --status-file status.json
  until_true 10 grep -qs written status.json
  kill -KILL "$server"
  wait "$server" || true
  sed -i 's/"written".*/"written": "2000-01-01T00:00:00Z",/' status.json
  serve server --status-file status.json
  until_true 10 gone 2000-01-01 status.json
}

test_a_file_that_another_program_puts_in_its_place_stays() {
  make_world
  serve server --status-file status.json
  until_true 10 grep -qs written status.json
  echo precious >other
  mv other status.json
  until_true 10 grep -q "pinion: the status file: status.json is not a status file" server.err
  kill -TERM "$server"
  ends_with 0 "$server"
  equal "$(cat status.json)" precious
}

# A port that is free, for a server that cannot print its own.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

test_without_standard_streams_no_other_file_takes_their_numbers() {
  make_world
  port=$(free_port)
  "$pinion" serve --config server.json --address "127.0.0.1:$port" <&- >&- 2>&- &
  server=$!
  pids+=("$server")
  until_true 10 "$pinion" call --config client.json "localhost:$port" >/dev/null 2>&1
  "$pinion" call --config client-impostor.json "localhost:$port" >/dev/null 2>&1 || true # is logged
  local number
  for number in 0 1 2; do equal "$(readlink "/proc/$server/fd/$number")" /dev/null; done
}

test_each_standard_stream_that_is_closed_is_reserved_and_no_other() {
  make_world
  port=$(free_port)
  "$pinion" serve --config server.json --address "127.0.0.1:$port" >serve.out 2>&- &
  server=$!
  pids+=("$server")
  until_true 10 grep -qs "listening on" serve.out
  equal "$(readlink "/proc/$server/fd/1")" "$PWD/serve.out"
  equal "$(readlink "/proc/$server/fd/2")" /dev/null
}

# Connects without valid TLS; returns when the server has closed the connection.
knock() {
  local stranger
  # In one write: bash writes line by line, and the server may have closed the connection before the second line.
  printf '\x16\x03\x01\x00\x05\x1b[31mstranger\r\n2026-11-27T00:00:00Z forged\n' >hello
  exec {stranger}<>"/dev/tcp/127.0.0.1/$port"
  cat hello >&"$stranger"
  cat <&"$stranger" >/dev/null || true
  exec {stranger}>&-
}

test_grpcs_log_becomes_lines_of_the_servers_log() {
  make_world
  GRPC_VERBOSITY=DEBUG serve server
  knock
  until_true 10 grep -q "gRPC " server.err
  not grep -qvE '^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z ' server.err
  not grep -qP '[^\x20-\x7e]' server.err
}

test_a_log_that_is_not_read_does_not_stop_the_server() {
  make_world
  mkfifo log
  sleep 60 <log & # holds it open and reads nothing
  pids+=("$!")
  env GRPC_VERBOSITY=DEBUG GRPC_TRACE=http "$pinion" serve --config server.json --address 127.0.0.1:0 >unread.out 2>log &
  server=$!
  pids+=("$server")
  until_true 10 grep -q "listening on" unread.out
  port=$(sed -n 's/^listening on 127\.0\.0\.1://p' unread.out)
  # Each call logs many lines, so the pipe's 64 KiB are soon full.
  call client 0 --count 500 --timeout 5s
  call client 0 --new-channel --count 3 --timeout 5s
}

# make_world gives the server and the client one pin file, so this test gives the client its own copy.
test_a_revoked_clients_connection_is_closed() {
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
  until_true 10 grep -q 'closed the connection from a client at 127.0.0.1:.* (peer "the-client"): PIN_REVOKED: ' server.err
  until_true 10 grep -q 'refused a client.*: PIN_REVOKED: ' server.err
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

test_a_refused_configuration_is_reported_with_its_place() {
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

test_a_refused_pin_file_is_reported_with_its_place() {
  make_world
  grep -v BACKUP pins.json | sed 's/"ACTIVE"},/"ACTIVE"}/' >careless.json
  mv careless.json pins.json
  refuses 'pins.json:7:15: peers[0].pins: peer "the-server" has no BACKUP pin'
  rm pins.json
  refuses "cannot read pins.json"
}

test_a_refused_identity_is_reported_with_its_part() {
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
  until_true 10 grep -q "refused a client.*: PIN_MISMATCH: " server.err
  has server.err "$(pin client-impostor)"
  has server.err "$(pin client) (ACTIVE)"
}

test_a_clients_backup_key_is_reported() {
  make_world
  serve server
  call client-backup 0
  until_true 10 grep -q 'accepted a client.* with a BACKUP key: peer "the-client"' server.err
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
  until_true 10 grep -q "refused a client.*: IDENTITY_NOT_PINNED: " server.err
  call client 0
}

run_tests
