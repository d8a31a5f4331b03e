#!/usr/bin/env bash
# Many versions, many processes and many publishers.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh
versions=$PWD/tests/etcd/versions.py

test_many_versions_while_processes_apply_them() {
  make_fleet 1
  publish
  etcd_config server
  at_most=200 run 0 "$versions" "$pinion" server.json --spaced 50 --at-once 1000
  cat out
}

# Each has a version of its own. Those that come late are told so.
test_a_hundred_publishers_at_once() {
  make_fleet 1
  publish
  serve server --status-file status.json
  local n publishers=()
  for n in {2..101}; do
    mkdir "p$n"
    sed "s/\"version\": 1/\"version\": $n/" pins.json >"p$n/pins.json"
    "$pinion" sign "p$n/pins.json" --trust trust.json --key publisher-key.pem >/dev/null
  done
  for n in $(seq 2 101 | shuf); do
    "$pinion" publish "p$n/pins.json" --config publisher.json >"p$n/out" 2>"p$n/err" &
    publishers+=("$!")
    # Ten at a time.
    if ((${#publishers[@]} == 10)); then
      await_publishers
      publishers=()
    fi
  done
  # Some were first, others were late, and nobody else has failed.
  grep -lq PUBLISHED p*/out
  grep -lqE "another publisher has changed the key|is older than version" p*/err
  equal "$(grep -LE "another publisher has changed the key|is older than version|^$" p*/err | xargs -r cat)" ""
  run 0 "$pinion" publish "p101/pins.json" --config publisher.json
  has out "version 101"
  until_true 20 in_effect 101
  gone "keeping the last good" server.err
}
await_publishers() {
  local pid code
  for pid in "${publishers[@]}"; do
    code=0
    wait "$pid" || code=$?
    ((code <= 1)) || fail "a publisher ended with $code"
  done
}

run_tests
