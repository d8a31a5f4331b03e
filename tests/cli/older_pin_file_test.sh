#!/usr/bin/env bash
# `pinion serve` and `pinion check` with a pin file that is older than one that was adopted before.
source tests/cli/harness.sh
source tests/cli/findings.sh

# refuses_to_start TEXT: `serve` refuses server.json with this message.
refuses_to_start() {
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "pinion: $1"
}

# Once, a restart accepted a pin file of any version.
test_an_older_pin_file_is_refused_after_a_restart() {
  make_world
  config server '"state_dir": "state"'
  refuses_to_start "pins.json: state_dir state is not a folder"
  mkdir state
  cp pins.json older.json
  sed 's/"version": 1/"version": 2/' older.json >pins.json
  serve server
  kill -TERM "$server"
  ends_with 0 "$server"
  cp older.json pins.json
  refuses_to_start "pins.json: version 1 is older than version 2 "
  has err "state/pin_set_floor.json"
  sed 's/"version": 1/"version": 3/' older.json >pins.json
  serve server
}

# The record is that of the service whose configuration this is.
test_call_neither_needs_nor_writes_the_record() {
  make_world
  serve server
  config client '"state_dir": "state"'
  call client 0
  mkdir state
  call client 0
  equal "$(ls state)" ""
}

test_a_pin_file_that_its_process_would_find_too_old() {
  make_world
  config server '"state_dir": "state"'
  finds 1 "ERROR STATE_INVALID server.json:7:16" server.json
  mkdir state
  finds 0 "" server.json
  printf '{"version": 9, "content_sha256": "%064d"}' 0 >state/pin_set_floor.json
  finds 1 "ERROR PIN_SET_OLDER pins.json:2:14" server.json
  has out "version 1 is older than version 9"
  edit pins.json 's/"version": 1/"version": 10/'
  finds 0 "" server.json
  echo "{" >state/pin_set_floor.json
  finds 1 "ERROR STATE_INVALID server.json:7:16" server.json
  has out "state/pin_set_floor.json"
  config client
  edit client.json 's/"file": "pins.json"/"file": "pins.json", "minimum_version": 11/'
  finds 1 "ERROR PIN_SET_OLDER pins.json:2:14
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json
}

test_a_running_process_that_could_not_record_its_pin_set() {
  make_world
  mkdir state
  config server '"state_dir": "state"'
  serve server --status-file status.json
  until_true 10 grep -qs written status.json
  finds 0 "" status.json
  rm -r state
  edit pins.json 's/"version": 1/"version": 2/'
  until_true 10 grep -q '"state_error": "state_dir' status.json
  equal "$(json status.json '["pin_set_version"]')" 2
  has server.err "state_dir: there is no record of an earlier pin set"
  has server.err "is not recorded in state_dir"
  cp status.json seen.json
  finds 0 "WARNING NOT_RECORDED seen.json:$(grep -n state_error seen.json | cut -d: -f1):17" seen.json
}

run_tests
