#!/usr/bin/env bash
# What a publisher or a process makes of states that follow a mistake, a thief, or another publisher.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh

# The service had its pin set from a file, without signatures, and its state_dir has the record of that.
test_a_record_without_a_trust_file_does_not_stand_for_one() {
  make_fleet 1
  publish
  config server '"state_dir": "state"'
  serve server
  kill "$server"
  ends_with 0 "$server"
  etcd_config server '"instance_key": "/pinion/test/instances/server"' '"state_dir": "state"'
  put_set_of_another_fleet evil
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "version 1 of fleet evil, epoch 1 is neither trust.json nor a later version"
  # The publisher's own takes its place only if he says so.
  version 2
  publish 1
  has err "use --replace"
  publish 0 --replace
  serve server --status-file status.json
  until_true 10 in_effect 2
}

# The lock of state_dir was held, or the disk was full, when a version was adopted.
test_a_copy_that_could_not_be_written_is_written_later() {
  make_fleet 1
  publish
  etcd_config server '' '"state_dir": "state", "refresh_interval": "500ms"'
  serve server --status-file status.json
  start holder bash -c 'exec 9>state/lock; flock 9; echo held; exec sleep 300'
  until_true 10 grep -q held holder.out
  version 2
  publish
  until_true 10 in_effect 2
  # The first attempt has ended, not only its first 200 ms.
  until_true 20 reports "lock is locked by another process"
  kill "$started"
  wait "$started" || true
  until_true 20 reports "is recorded in state_dir"
  grep -qa '"version": 2' state/pin_set_kept
  kill "$server"
  ends_with 0 "$server"
  # One that is damaged, too, when the process starts.
  echo damaged >state/pin_set_kept
  serve server --status-file status.json
  until_true 10 in_effect 2
  grep -qa '"version": 2' state/pin_set_kept
}

# Its certificate for etcd, or the pin file of etcd's members, has expired while etcd was not needed.
test_a_process_with_a_copy_starts_without_a_way_to_etcd() {
  make_fleet 1
  publish
  serve server
  kill "$server"
  ends_with 0 "$server"
  cp etcd-pins.json good.json
  sed -i 's/"version": 1,/"version": 1, "expires": "2020-01-01T00:00:00Z",/' etcd-pins.json
  run 2 "$pinion" call --config client.json localhost:1
  has err "etcd: etcd-pins.json: version 1 was valid only until"
  serve server --status-file status.json
  until_true 10 in_effect 1
  until_true 40 reports "etcd: etcd-pins.json: version 1 was valid only until"
  mv good.json etcd-pins.json
  version 2
  publish
  until_true 60 in_effect 2
}

# Publishers keep the trust file beside the pin file, and may have an older pin file at hand.
test_what_is_published_is_compared_with_what_etcd_has() {
  make_fleet 1
  version 5
  publish
  run 0 "$pinion" trust rotate trust.json trust-2.json --root-threshold 1
  run 0 "$pinion" trust sign trust-2.json --key root-key.pem --after trust.json
  cp trust.json trust-1.json
  cp trust.json.sig trust-1.json.sig
  mv trust-2.json trust.json
  mv trust-2.json.sig trust.json.sig
  version 3
  publish 1
  has err "version 3 is older than version 5"
  version 6
  publish
  has out "under version 2 of the trust file"
  # One more signature is a change.
  key root2 Ed25519
  publish
  has out UNCHANGED
  "$pinion" sign pins.json --trust trust-1.json --key publisher-key.pem >/dev/null
  python3 - <<'PY'
import json
signatures = json.load(open("pins.json.sig"))
signatures["signatures"].append(dict(signatures["signatures"][0], key="sha256/WoiWRyIOVNa9ihaBciRSC7XHjliYS9VwUGOIud4PB18="))
json.dump(signatures, open("pins.json.sig", "w"))
PY
  publish
  has out PUBLISHED
  run 1 "$pinion" fleet status --config publisher.json --prefix /pinion/test/instances/ --expect 7
  has err "etcd has version 6, and not version 7"
}

# More than etcd deletes in one transaction.
test_parts_of_publishers_that_came_late_are_removed() {
  make_fleet 1
  publish
  local n
  for n in {1..13}; do
    ctl txn --interactive=false >/dev/null <<TXN

$(for m in {0..9}; do echo "put $key/parts/stale-$n/$m x"; done)


TXN
  done
  ctl get --prefix "$key/parts/" --keys-only >parts
  equal "$(grep -c stale parts)" 130
  version 2
  publish
  ctl get --prefix "$key/parts/" --keys-only >parts
  gone stale parts
}

# Somebody answers in place of etcd, without its key.
test_an_impostor_of_etcd_is_named() {
  make_fleet 1
  publish
  serve server --status-file status.json
  kill -KILL "${members[0]}"
  cp etcd-pki/impostor.pem etcd-pki/member.pem
  cp etcd-pki/impostor-key.pem etcd-pki/member-key.pem
  member 0
  until_true 60 reports "keeping the last good pin_set (generation 1): etcd at localhost:${client_ports[0]}: PIN_MISMATCH"
  call file-client 0
}

run_tests
