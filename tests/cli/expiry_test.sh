#!/usr/bin/env bash
# `pinion expiry`: what ends, in order.
source tests/cli/harness.sh

kinds() { python3 -c 'import json; print(" ".join(one["kind"] for one in json.load(open("out"))["endings"]))'; }

test_everything_that_ends_in_order() {
  make_world
  local soon later
  soon=$(date -u -d "2 days" +%FT%TZ)
  later=$(date -u -d "20 days" +%FT%TZ)
  sed -i '0,/"state": "BACKUP"/s//"state": "BACKUP", "not_after": "'"$soon"'"/; s/"version": 1,/"version": 1, "expires": "'"$later"'",/' pins.json
  run 0 "$pinion" expiry server.json client.json
  equal "$(sed -n 1p out | tr -s ' ' | cut -d' ' -f1-5)" "$soon 1 days PIN BACKUP"
  has out "move its not_after, or serve another key"
  equal "$(sed -n 3p out | tr -s ' ' | cut -d' ' -f1-6)" "$later 19 days PIN_SET version 1"
  has out "(pins.json:2)"
  run 0 "$pinion" expiry server.json client.json -o json
  # Both configurations name the same CA and pin file.
  equal "$(kinds)" "PIN PIN_SET CERTIFICATE CERTIFICATE ROOT"
  equal "$(json out '["endings"][0]["days_left"]')" 1
  equal "$(json out '["endings"][0]["line"]')" 9
  run 0 "$pinion" expiry server.json --within 10 -o json
  equal "$(kinds)" PIN
  run 0 "$pinion" expiry server.json --within 0
  has out "nothing ends"
}

test_what_has_ended_is_first_and_exits_1() {
  make_world
  run 1 "$pinion" expiry pki/server.pem pins.json --time 2099-01-01T00:00:00Z
  has out "ENDED  CERTIFICATE"
  has out "renew it; with the same key the pin stays"
  run 1 "$pinion" expiry pki/server.pem --time 2099-01-01T00:00:00Z --within 0 -o json
  equal "$(kinds)" CERTIFICATE
}

test_files_that_cannot_be_loaded_are_no_calendar() {
  make_world
  echo "{" >pins.json
  run 2 "$pinion" expiry server.json
  has err "PIN_SET_INVALID"
  equal "$(cat out)" ""
  run 2 "$pinion" expiry missing.pem
  run 2 "$pinion" expiry pki/server.pem --time tomorrow
}

run_tests
