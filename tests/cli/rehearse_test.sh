#!/usr/bin/env bash
# `pinion rehearse`, recorded_handshakes_dir and pin_set.shadow_file: what pins that are not in effect would decide.
source tests/cli/harness.sh

# A server and a client, each of which records the other.
make_recording() {
  make_world
  mkdir -m 700 recorded by-client
  config server '"recorded_handshakes_dir": "recorded"'
  config client '"recorded_handshakes_dir": "by-client"'
  serve server
  call client 0
  until_true 10 is_recorded recorded 1
  until_true 10 is_recorded by-client 1
}

# is_recorded FOLDER COUNT
is_recorded() { (($(find "$1" -name '*.json' | wc -l) == $2)); }

# new_pins OLD_PIN NEW_PIN: new.json is the next version of pins.json, with another pin.
new_pins() { sed -e 's/"version": 1/"version": 2/' -e "s|$1|$2|" pins.json >new.json; }

rehearse() { run "$1" "$pinion" rehearse --pins new.json "${@:2}"; }

test_a_pin_set_that_drops_the_key_in_use_is_refused_before_it_is_published() {
  make_recording
  new_pins "$(pin client)" "$(pin client-impostor)"
  rehearse 1 --recorded recorded --recorded by-client
  has out 'NEWLY_REFUSED  client "the-client"'
  has out "PIN_MISMATCH"
  has out "version 2 at "
  has out ": 2 handshakes judged, 1 newly refused, 0 newly accepted, 0 refused later"
  rehearse 1 --recorded recorded -o json
  equal "$(json out '["newly_refused"]')" 1
  equal "$(json out '["changes"][0]["outcome"]')" NEWLY_REFUSED
  equal "$(json out '["changes"][0]["side"]')" SERVES
  equal "$(json out '["changes"][0]["peer"]')" the-client
  equal "$(json out '["changes"][0]["reason"]')" PIN_MISMATCH
  rehearse 0 --recorded by-client
  new_pins "$(pin server)" "$(pin server-impostor)"
  rehearse 1 --recorded by-client
  has out 'NEWLY_REFUSED  server "the-server" as localhost'
}

test_a_pin_set_that_keeps_everybody_passes() {
  make_recording
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  rehearse 0 --recorded recorded --recorded by-client
  has out ": 2 handshakes judged, 0 newly refused"
}

test_a_peer_that_was_refused_and_would_be_let_in_is_named() {
  make_recording
  call client-impostor 78
  until_true 10 is_recorded recorded 2
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  rehearse 0 --recorded recorded
  has out 'NEWLY_ACCEPTED  client "the-client"'
  has out "1 newly accepted"
}

test_a_pin_that_ends_before_its_certificate_is_told_with_its_date() {
  make_recording
  local end
  end=$(date -u -d '+7 days' +%Y-%m-%dT00:00:00Z)
  sed -e 's/"version": 1/"version": 2/' \
    -e "s|{\"spki\": \"$(pin client)\"|{\"not_after\": \"$end\", \"spki\": \"$(pin client)\"|" pins.json >new.json
  rehearse 0 --recorded recorded
  has out "REFUSED_LATER from $end  client \"the-client\""
  has out "PIN_EXPIRED"
  rehearse 1 --recorded recorded --time "$end"
  has out 'NEWLY_REFUSED  client "the-client"'
  rehearse 1 --recorded recorded --time 2100-01-01T00:00:00Z
  has out "1 of them by the nearest time when their certificate is valid"
}

test_a_key_that_the_fleet_has_revoked_is_not_said_to_be_let_in() {
  make_recording
  echo "{\"version\": 1, \"revoked\": [\"$(pin client)\"]}" >revocations.json
  sed 's/"version": 1/"version": 2/' pins.json >new.json
  rehearse 0 --recorded recorded
  rehearse 1 --recorded recorded --revocations revocations.json
  has out PIN_REVOKED
}

test_peers_that_were_seen_long_ago_are_left_out() {
  make_recording
  new_pins "$(pin client)" "$(pin client-impostor)"
  sed -i 's/"last_seen": "[^"]*"/"last_seen": "2020-01-01T00:00:00Z"/' recorded/*.json
  rehearse 2 --recorded recorded
  has err "no handshake to judge, and 1 last seen before 20"
  rehearse 0 --recorded recorded --recorded by-client
  has out "1 left out, last seen before 20"
  rehearse 1 --recorded recorded --seen-within 1000000h
  has out ", last seen 2020-01-01T00:00:00Z"
}

test_roots_that_lack_the_ca_of_a_peer() {
  make_recording
  "$pinion" pki init other >/dev/null
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  rehearse 1 --recorded recorded --client-roots other/ca.pem
  has out "CHAIN_UNTRUSTED"
  rehearse 0 --recorded recorded --server-roots other/ca.pem
  rehearse 1 --recorded by-client --server-roots other/ca.pem
  cat pki/ca.pem other/ca.pem >both.pem
  rehearse 0 --recorded recorded --client-roots both.pem
}

test_a_policy_without_a_rule_for_a_client() {
  make_recording
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  rule() {
    printf '{"name": "p", %s"allow_rules": [{"name": "r", "source": {"principals": ["%s"]}, "request": {"paths": ["/x.Y/*"]}}]}\n' "${2:-}" "$1"
  }
  rule peer:the-client >policy.json
  rehearse 0 --recorded recorded --policy policy.json
  rule spiffe://test/client >policy.json
  rehearse 0 --recorded recorded --policy policy.json
  rule peer:orders >policy.json
  rehearse 1 --recorded recorded --policy policy.json -o json
  equal "$(json out '["changes"][0]["reason"]')" NO_RULE
  rehearse 0 --recorded by-client --policy policy.json
  rule peer:the-client '"deny_rules": [{"name": "d", "source": {"principals": ["spiffe://test/*"]}}], ' >policy.json
  rehearse 1 --recorded recorded --policy policy.json
  has out 'deny rule "d" matches every call'
  rule peer:the-client '"deny_rules": [{"name": "d", "request": {"paths": ["/x.*"]}}], ' >policy.json
  rehearse 1 --recorded recorded --policy policy.json -o json
  equal "$(json out '["changes"][0]["reason"]')" DENY_RULE
  rule peer:the-client '"deny_rules": [{"name": "d", "request": {"paths": ["/a.B/*"]}}], ' >policy.json
  rehearse 0 --recorded recorded --policy policy.json
}

test_a_live_server_is_judged_too() {
  make_recording
  new_pins "$(pin server-backup)" "$(pin server-impostor)"
  rehearse 0 --live "localhost:$port" --server-roots pki/ca.pem
  new_pins "$(pin server)" "$(pin server-impostor)"
  rehearse 1 --live "localhost:$port" --server-roots pki/ca.pem
  has out "the server at localhost:$port: PIN_MISMATCH"
  rehearse 2 --live "localhost:$port"
  has err "give --server-roots"
  rehearse 2 --live localhost:1 --server-roots pki/ca.pem
  has err "it presented no certificate: UNREACHABLE"
}

test_a_peer_of_the_census_that_was_not_recorded_is_named() {
  make_recording
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  cat >census.json <<'JSON'
{"written": "2026-01-01T00:00:00Z", "peers": [
  {"side": "SERVES", "name": "the-client", "listed": true, "processes": [{"id": "a"}]},
  {"side": "SERVES", "name": "the-batch", "listed": true, "processes": [{"id": "b"}, {"id": "c"}], "silent": 1},
  {"side": "SERVES", "name": "the-idle", "listed": true, "neverSeen": true}]}
JSON
  sed -i 's/neverSeen/never_seen/' census.json
  rehearse 0 --recorded recorded --census census.json
  has out 'NOT_REHEARSED  client "the-batch": 3 in the census, and no handshake of it was recorded since 20'
  lacks out the-idle
  lacks out 'NOT_REHEARSED  client "the-client"'
  rehearse 0 --recorded recorded --census census.json -o json
  equal "$(json out '["not_rehearsed"][0]["peer"]')" the-batch
}

test_recordings_are_for_their_owner_and_outlive_the_process() {
  make_recording
  equal "$(find recorded -type f -printf '%m\n' | sort -u)" 600
  has recorded/client_roots.pem "BEGIN CERTIFICATE"
  kill "$server"
  ends_with 0 "$server"
  serve server
  call client 0
  call client-backup 0
  until_true 10 is_recorded recorded 2
  lacks server.err recorded_handshakes_dir
  grep -h '"reason": "ACCEPTED"' recorded/*.json >accepted
  equal "$(wc -l <accepted)" 2
}

test_inputs_that_cannot_be_meant() {
  make_recording
  new_pins "$(pin client-backup)" "$(pin client-impostor)"
  rehearse 2
  has err "give --recorded or --live"
  rehearse 2 --recorded missing
  has err "missing: cannot be read as a folder"
  rehearse 2 --recorded pki
  has err "no handshake to judge"
  rehearse 2 --recorded recorded --time yesterday
  has err "--time: not RFC 3339"
  rehearse 2 --recorded recorded --policy pins.json
  has err "pins.json:"
  run 2 "$pinion" rehearse --pins missing.json --recorded recorded
  has err "missing.json"
  cp -r recorded broken
  cp broken/*.json "broken/$(printf '%024d-%024d' 1 2).json"
  sed -i 's/BEGIN/BEGUN/' broken/000*.json
  rehearse 2 --recorded broken
  has err "$(printf 'broken/%024d-%024d.json: is no recorded handshake: ' 1 2)"
  has out ": 1 handshakes judged, 0 newly refused"
  sed 's/"hosts": /"report_only_until": "2100-01-01T00:00:00Z", &/' new.json >long.json
  run 2 "$pinion" rehearse --pins long.json --recorded recorded
  has err "long.json: "
  cp -r recorded bare
  rm bare/client_roots.pem
  rehearse 2 --recorded bare
  has err "bare/client_roots.pem: "
  has err "--client-roots"
}

test_a_folder_that_cannot_be_written() {
  make_world
  config server '"recorded_handshakes_dir": "recorded"'
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "recorded_handshakes_dir: recorded: cannot be read as a folder"
  config server '"recorded_handshakes_dir": ""'
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "server.json:7:30: recorded_handshakes_dir: names no folder"
  # It is lost while the process runs: handshakes go on.
  mkdir recorded
  config server '"recorded_handshakes_dir": "recorded"'
  serve server
  rmdir recorded
  call client 0
  until_true 10 grep -q " recorded_handshakes_dir: recorded: " server.err
  mkdir recorded
  call client-backup 0
  until_true 10 is_recorded recorded 1
  has server.err " recorded_handshakes_dir: is written again"
  cp pins.json new.json
  rehearse 0 --recorded recorded
}

test_a_shadow_pin_set_reports_and_decides_nothing() {
  make_world
  new_pins "$(pin client)" "$(pin client-impostor)"
  config server
  sed -i 's|"pin_set": {"file": "pins.json"|&, "shadow_file": "new.json"|' server.json
  serve server --status-file status.json
  call client 0
  until_true 10 grep -q "the shadow pin set would refuse a client at 127.0.0.1:.*: PIN_MISMATCH" server.err
  call client-impostor 78
  until_true 10 grep -q "the shadow pin set would accept a client at .*, which is refused" server.err
  until_true 10 test -s status.json
  equal "$(json status.json '["shadow_pin_set"]["generation"]')" 1
  run 0 "$pinion" check server.json
  run 0 "$pinion" probe "localhost:$port" --config client.json
  # It follows its file, and a text that is no pin set changes nothing.
  echo '{' >new.json
  until_true 20 grep -q "keeping the last good shadow_pin_set (generation 1): new.json:" server.err
  call client 0
  run 1 "$pinion" check server.json
  has out "PIN_SET_INVALID"
  cp pins.json new.json
  until_true 20 grep -q "in effect: shadow_pin_set, generation 2" server.err
  run 0 "$pinion" check server.json
  has out SHADOW_EQUALS_PIN_SET
}

# has_a_shadow STATUS
has_a_shadow() { [[ $(json "$1" '["shadow_pin_set"].get("generation", 0)' 2>/dev/null) == 1 ]]; }

test_a_shadow_pin_set_that_is_missing_keeps_no_process_from_starting() {
  make_world
  config server
  sed -i 's|"pin_set": {"file": "pins.json"|&, "shadow_file": "new.json"|' server.json
  serve server --status-file status.json
  has server.err "keeping the last good shadow_pin_set (generation 0): "
  call client 0
  run 1 "$pinion" check server.json
  has out FILE_MISSING
  new_pins "$(pin client)" "$(pin client-impostor)"
  until_true 20 has_a_shadow status.json
  call client 0
  until_true 20 grep -q "the shadow pin set would refuse a client" server.err
  local where
  for where in '""' '"pins.json"'; do
    sed -i "s|\"shadow_file\": [^}]*|\"shadow_file\": $where|" server.json
    run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
    has err "pin_set.shadow_file: "
  done
}

run_tests
