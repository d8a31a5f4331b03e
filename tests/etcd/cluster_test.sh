#!/usr/bin/env bash
# Three members of etcd, of which one fails, is stopped, or comes back with an earlier state.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh

# leader: the number of the member that leads.
leader() {
  ctl endpoint status -w json 2>/dev/null | python3 -c '
import json, sys
for number, one in enumerate(json.load(sys.stdin)):
    if one["Status"]["leader"] == one["Status"]["header"]["member_id"]:
        print(number)'
}

# go_on_with N: another version is published and adopted.
go_on_with() {
  version "$1"
  until_true 60 publishes
  until_true 60 in_effect "$1"
}
publishes() { "$pinion" publish pins.json --config publisher.json >out 2>err; }

test_a_member_fails() {
  make_fleet 3
  publish
  serve server --status-file status.json
  kill -KILL "${members[0]}" # the one that all processes use first
  go_on_with 2
  member 0
  until_true 30 is_healthy
  local led
  led=$(leader)
  kill -KILL "${members[led]}"
  go_on_with 3
  member "$led"
  until_true 30 is_healthy
  go_on_with 4
  # All of them: calls go on, and an event says so after half a minute.
  kill -KILL "${members[@]}"
  start caller "$pinion" call --config file-client.json "localhost:$port" --duration 5s --rate 10 -o json
  ends_with 0 "$started"
  until_true 60 reports "keeping the last good pin_set (generation 4): etcd at localhost:"
  for n in 0 1 2; do member "$n"; done
  until_true 30 is_healthy
  go_on_with 5
}

# It does not answer, and closes no connection.
test_a_member_is_stopped() {
  make_fleet 3
  publish
  serve server --status-file status.json
  kill -STOP "${members[0]}"
  version 2
  at_most=60 publish
  until_true 60 in_effect 2
  kill -CONT "${members[0]}"
  go_on_with 3
}

# restore N FILE: member N has what the snapshot has.
restore() {
  rm -r "etcd-data-$1"
  etcdctl snapshot restore "$2" --data-dir "etcd-data-$1" --name "n$1" --initial-cluster "$initial_cluster" \
    --initial-advertise-peer-urls "https://localhost:${peer_ports[$1]}" --initial-cluster-token "$3" >/dev/null 2>&1
}

test_a_backup_is_restored() {
  make_fleet 3
  publish
  serve server --status-file status.json
  go_on_with 2
  etcd_endpoints=https://localhost:${client_ports[1]} ctl snapshot save backup >/dev/null 2>&1
  go_on_with 3
  go_on_with 4
  local token n
  for token in etcd-cluster another; do
    kill -KILL "${members[@]}"
    for n in 0 1 2; do restore "$n" backup "$token"; done
    for n in 0 1 2; do member "$n"; done
    until_true 30 is_healthy
    until_true 60 reports "version 2 is older than version"
    if [[ $token == another ]]; then until_true 10 reports "etcd is another cluster"; fi
    run 1 "$pinion" fleet status --config server.json
    equal "$(json status.json '["pin_set_version"]')" "$([[ $token == another ]] && echo 5 || echo 4)"
    : >server.err
    [[ $token == another ]] || go_on_with 5
  done
  go_on_with 6
}

# A history that is no longer kept, and a user who may no longer read.
test_compaction_and_permissions() {
  make_fleet 1
  publish
  serve server --status-file status.json
  kill -STOP "$server"
  for n in 2 3 4; do
    version "$n"
    publish
  done
  local revision
  revision=$(ctl get "$key" -w json | python3 -c 'import json, sys; print(json.load(sys.stdin)["header"]["revision"])')
  ctl compact "$revision" >/dev/null
  kill -KILL "${members[0]}"
  member 0
  until_true 30 is_healthy
  kill -CONT "$server"
  until_true 30 in_effect 4
  # The user is the common name of the certificate.
  for user in root operator reader; do ctl user add "$user" --no-password >/dev/null; done
  ctl role add reads >/dev/null
  ctl role grant-permission reads --prefix=true readwrite /pinion/ >/dev/null
  ctl user grant-role root root >/dev/null
  ctl user grant-role operator root >/dev/null
  ctl user grant-role reader reads >/dev/null
  ctl auth enable >/dev/null
  go_on_with 5
  ctl user revoke-role reader reads >/dev/null
  kill -KILL "${members[0]}"
  member 0
  until_true 90 reports "permission denied"
  call file-client 0
}

run_tests
