#!/usr/bin/env bash
# `pinion adoption report`: answers for clients that take no part in the exchange about the next key of their server.
source tests/cli/harness.sh
source tests/cli/rotating.sh

# A client in another language, as far as the server can tell.
test_a_report_speaks_for_the_clients_on_its_host_that_take_no_part() {
  make_rotation
  sed 's|"pin_set"|"adoption": {"exchange": "DISABLED"}, &|' client.json >other.json
  serve server
  start caller "$pinion" call --config other.json "localhost:$port" --streams 1 --duration 300s --rate 10
  until_true 60 answers SILENT
  # The pin file on this host lacks the next key.
  run 1 "$pinion" adoption report --config client.json "localhost:$port" --once
  has out "the server \"the-server\", as localhost, is about to use the key $(pin server-backup), which this process would refuse: PIN_MISMATCH"
  start report "$pinion" adoption report --config client.json "localhost:$port"
  until_true 60 answers BEHIND
  sed 's/"version": 1/"version": 2/' pins.json >new.json
  mv new.json client-pins.json
  until_true 60 attested 2
  gone SILENT census.txt
  aged aged.json
  run 0 "$pinion" census aged.json
  run 0 "$pinion" adoption report --config client.json "localhost:$port" --once
  has out "which this process would accept"
  kill "$started"
  ends_with 0 "$started"
  until_true 60 answers SILENT
}

# attested COUNT: census.json has this many of the-client that are attested.
attested() { ("$pinion" census census.json || true) >census.txt 2>&1 && grep -q "^  ATTESTED  *$1  the-client" census.txt; }

# catches_sigterm PID
catches_sigterm() { ((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status") & 0x4000)); }

test_a_report_to_a_server_without_a_next_key_and_to_none() {
  make_world
  serve server
  run 2 "$pinion" adoption report --config client.json "localhost:$port" --once --timeout 2s
  has err "localhost:$port asked nothing within 2s"
  start report "$pinion" adoption report --config client.json "localhost:$port" --once
  until_true 20 catches_sigterm "$started"
  kill "$started"
  ends_with 2 "$started"
  has report.err "interrupted before"
  run 2 "$pinion" adoption report --config client.json localhost:1 --once --timeout 1s
  has err "no connection to localhost:1"
  run 2 "$pinion" adoption report --config client-impostor.json "localhost:$port" --once --timeout 1s
  run 2 "$pinion" adoption report --config server.json "localhost:$port" --once --timeout 1s
  has err "trust: server_roots_file is missing"
}

run_tests
