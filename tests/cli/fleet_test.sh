#!/usr/bin/env bash
# `pinion fleet status` from files: which processes have a version in effect.
source tests/cli/harness.sh

raise() { sed -i "s/\"version\": [0-9]*/\"version\": $1/" pins.json; }
# fleet CODE VERSION FILE...
fleet() { run "$1" "$pinion" fleet status --expect "$2" "${@:3}"; }
fleet_says() {
  "$pinion" fleet status --expect "$1" "${@:3}" >out 2>err || true
  grep -qE -- "$2" out
}

test_a_status_and_a_census_say_who_is_behind() {
  make_world
  cp -r pins.json client-pins.json
  sed -i 's/"pins.json"/"client-pins.json"/' client.json
  config server '"adoption": {"census_file": "census.json"}'
  serve server --status-file status.json
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 120s --rate 10
  until_true 30 fleet_says 1 "CURRENT +census.json +the-client [0-9a-f]+, version 1, since 20" census.json
  until_true 10 fleet_says 1 "^  CURRENT +status.json +its process, version 1, since 20" status.json
  fleet 0 1 status.json census.json
  has out "published: version 1; 2 of 2 processes have it in effect"
  # The server has the next one, and its client has not.
  raise 2
  until_true 10 fleet_says 2 "^  CURRENT +status.json" status.json
  fleet 1 2 status.json census.json
  has out "  BEHIND      census.json  the-client "
  has out "1 of 2 processes have it in effect"
  fleet 1 2 status.json census.json -o json
  equal "$(json out '["instances"][1]["state"]')" BEHIND
  equal "$(json out '["instances"][1]["pin_set_version"]')" 1
  cp pins.json client-pins.json
  until_true 30 fleet_says 2 "CURRENT +census.json +the-client" census.json
  # What cannot be adopted.
  echo "{" >pins.json
  until_true 10 fleet_says 2 "^  FAILING +status.json.*pins.json:2:1" status.json
  fleet 1 2 status.json
}

# What comes with the pin set may fail later than it.
test_roots_that_cannot_be_adopted_are_a_failure() {
  make_world
  serve server --status-file status.json
  until_true 10 fleet_says 1 "^  CURRENT +status.json" status.json
  cp pki/server.pem pki/ca.pem
  until_true 10 fleet_says 1 "^  FAILING +status.json.*a trust root must be a CA" status.json
}

test_a_file_that_is_no_longer_written_says_nothing() {
  make_world
  cat >census.json <<'JSON'
{"written": "2026-01-01T00:00:00Z", "peers": [{"side": "SERVES", "name": "the-client", "listed": true, "processes": [
  {"id": "ab", "first_seen": "2026-01-01T00:00:00Z", "streams": 1, "pin_set_version": "7"}]}]}
JSON
  fleet 1 7 census.json
  has out "  STALE       census.json  the processes that it was connected to"
  lacks out "the-client"
}

test_what_is_missing_or_wrong() {
  make_world
  run 2 "$pinion" fleet status
  has err "is required, or --expect with files"
  run 2 "$pinion" fleet status pins.json
  run 2 "$pinion" fleet status --expect 1
  fleet 2 1 pins.json
  has err "pins.json: neither a status nor a census"
  fleet 2 1 missing.json
  has err "cannot read missing.json"
  run 2 "$pinion" fleet status --config client.json
  has err "pin_set.etcd is missing"
}

run_tests
