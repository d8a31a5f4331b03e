#!/usr/bin/env bash
# `pinion call` against `pinion serve`: limits, reports and exit codes.
source tests/cli/harness.sh

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

test_one_call() {
  make_world
  serve server
  call client 0
  equal "$(head -n 1 out)" "ok 1, failed 0"
  has out "latency in us: p50 "
  equal "$(cat err)" ""
}

test_json_of_success() {
  make_world
  serve server
  call client 0 --count 3 -o json
  equal "$(json out '.keys()')" "dict_keys(['version', 'ok', 'failed', 'failures', 'latency_us'])"
  equal "$(json out '["ok"]') $(json out '["failed"]') $(json out '["failures"]')" "3 0 []"
  equal "$(json out '["latency_us"].keys()')" "dict_keys(['p50', 'p99', 'max'])"
  (($(json out '["latency_us"]["p50"]') > 0))
}

test_json_of_failure() {
  make_world
  serve server-impostor
  call client 90 --count 2 -o json
  equal "$(json out '["ok"]') $(json out '["failed"]') $(json out '["latency_us"]["max"]')" "0 2 0"
  equal "$(json out '["failures"].__len__()')" 1
  equal "$(json out '["failures"][0].keys()')" "dict_keys(['code', 'reason', 'message', 'count'])"
  equal "$(json out '["failures"][0]["code"]') $(json out '["failures"][0]["reason"]')" "UNAVAILABLE PIN_MISMATCH"
  equal "$(json out '["failures"][0]["count"]')" 2
  json out '["failures"][0]["message"]' >message
  equal "$(head -c 14 message)" "PIN_MISMATCH: "
  has message "$(pin server-impostor)"
  has message "$(pin server) (ACTIVE)"
  has err "refused the server localhost: PIN_MISMATCH: "
}

test_the_backup_key_is_accepted_and_reported() {
  make_world
  serve server-backup
  call client 0
  has err 'accepted the server localhost with a BACKUP key: peer "the-server"'
}

test_a_host_that_is_not_pinned_exits_90() {
  make_world
  serve server
  run 90 "$pinion" call --config client.json "127.0.0.1:$port"
  has out "UNAVAILABLE HOST_NOT_PINNED"
}

test_authority_is_what_the_server_is_verified_as() {
  make_world
  serve server
  run 0 "$pinion" call --config client.json "127.0.0.1:$port" --authority localhost
  call client 90 --authority other.test
  has out "HOST_NOT_PINNED"
}

test_another_refusal_exits_78() {
  make_world
  serve server
  "$pinion" pki init others >/dev/null
  sed -i 's|"pki/ca.pem"|"others/ca.pem"|' client.json
  "$pinion" pki issue others client --uri spiffe://test/stranger >/dev/null
  sed -i 's|"pki/client|"others/client|' client.json
  call client 78 -o json
  equal "$(json out '["failures"][0]["code"]')" UNAVAILABLE
}

test_nothing_listens() {
  make_world
  port=1
  call client 78 -o json
  equal "$(json out '["failures"][0]["code"]') $(json out '["failures"][0]["reason"]')" "UNAVAILABLE "
}

test_waiting_until_the_timeout_exits_68() {
  make_world
  port=1
  call client 68 --wait-for-ready --timeout 500ms -o json
  equal "$(json out '["failures"][0]["code"]') $(json out '["failures"][0]["reason"]')" "DEADLINE_EXCEEDED "
}

test_waiting_for_an_impostor_reports_the_mismatch() {
  make_world
  serve server-impostor
  call client 90 --wait-for-ready --timeout 2s -o json
  equal "$(json out '["failures"][0]["code"]') $(json out '["failures"][0]["reason"]')" "DEADLINE_EXCEEDED PIN_MISMATCH"
  json out '["failures"][0]["message"]' >message
  has message "PIN_MISMATCH: "
}

test_rate_spreads_calls() {
  make_world
  serve server
  local begin
  begin=$(milliseconds)
  call client 0 --count 11 --rate 10
  (($(milliseconds) - begin >= 1000))
  equal "$(head -n 1 out)" "ok 11, failed 0"
}

test_duration_ends_calls() {
  make_world
  serve server
  local begin
  begin=$(milliseconds)
  call client 0 --duration 1s --rate 20 -o json
  (($(milliseconds) - begin >= 1000))
  (($(json out '["ok"]') >= 2 && $(json out '["ok"]') <= 20))
  call client 0 --duration 60s --count 5
  equal "$(head -n 1 out)" "ok 5, failed 0"
}

test_streams() {
  make_world
  serve server
  call client 0 --streams 3 --count 30
  equal "$(head -n 1 out)" "ok 30, failed 0"
  call client 0 --streams 2 --duration 500ms -o json
  (($(json out '["ok"]') >= 2))
}

test_each_new_channel_is_a_handshake() {
  make_world
  serve server
  # The server reports each handshake with a backup key.
  call client-backup 0 --count 5
  equal "$(grep -c "BACKUP key" server.err)" 1
  serve server
  call client-backup 0 --count 5 --new-channel
  equal "$(grep -c "BACKUP key" server.err)" 5
}

test_sigterm_ends_the_calls_and_reports() {
  make_world
  serve server-backup
  start call "$pinion" call --config client.json "localhost:$port" --duration 60s --rate 100 -o json
  until_true 10 grep -q "BACKUP key" call.err
  kill -TERM "$started"
  ends_with 0 "$started"
  equal "$(json call.out '["failed"]')" 0
}

test_a_configuration_that_is_refused_exits_2() {
  make_world
  run 2 "$pinion" call --config missing.json localhost:1
  has err "cannot read missing.json"
  config server
  run 2 "$pinion" call --config server.json localhost:1
  has err "server.json: trust: server_roots_file is missing"
  equal "$(cat out)" ""
  issue serves --profile server --dns localhost
  config serves
  run 2 "$pinion" call --config serves.json localhost:1
  has err "identity: peers would refuse our own certificate as a client's: WRONG_PURPOSE"
}

run_tests
