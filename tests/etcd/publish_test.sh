#!/usr/bin/env bash
# A signed pin set in a real etcd: published, adopted, forged, rolled back, deleted, and without etcd.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh

test_a_published_pin_set_is_adopted_by_those_that_run() {
  make_fleet 1
  publish
  has out "PUBLISHED  $key: version 1, for fleet prod"
  publish
  has out "UNCHANGED"
  serve server --status-file status.json
  call client 0
  version 2
  publish
  until_true 10 in_effect 2
  equal "$(json status.json '["pin_set_signing"]')" SIGNED
  call client 0
  # A key that is revoked loses its connections as with a file.
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 60s --rate 10
  until_true 20 grep -q "the-client" status.json
  revoke_client
  version 3
  publish
  until_true 10 reports "closed the connection"
  call client 2
  has err PIN_REVOKED
}

revoke_client() {
  python3 - "$(pin client)" <<'PY'
import json, sys
pins = json.load(open("pins.json"))
pin = next(pin for peer in pins["peers"] for pin in peer["pins"] if pin["spki"] == sys.argv[1])
pin["state"] = "REVOKED"
peer = pins["peers"][1]
peer["pins"][1]["state"] = "ACTIVE"
peer["pins"].append({"spki": "sha256/" + "A" * 43 + "=", "state": "BACKUP"})
json.dump(pins, open("pins.json", "w"), indent=2)
PY
}

# Whoever can write to etcd publishes what has no signature, or an older version, or nothing.
test_what_a_thief_of_etcd_can_write_is_not_adopted() {
  make_fleet 1
  publish
  ctl get "$key" --print-value-only >version-1
  serve server --status-file status.json
  version 2
  publish
  until_true 10 in_effect 2
  sed -i "s|$(pin server-backup)|$(pin server-impostor)|" pins.json
  sed 's/"version": 2/"version": 3/' pins.json >forged.json
  put_value forged.json pins.json.sig trust.json trust.json.sig
  until_true 10 reports "etcd $key, pin_set: "
  has server.err "has signed other bytes"
  # The value from before: etcdctl has added a line feed to it.
  head -c -1 version-1 | ctl put "$key" >/dev/null
  until_true 10 reports "version 1 is older than version 2, which is in effect"
  ctl put "$key" "" >/dev/null
  until_true 10 reports "the value is empty"
  ctl put "$key" "no protobuf" >/dev/null
  until_true 10 reports "is not one that \`pinion publish\` has written"
  ctl del "$key" >/dev/null
  until_true 10 reports "the key does not exist or was deleted"
  equal "$(json status.json '["pin_set_version"]')" 2
  run 1 "$pinion" verify-set forged.json --trust trust.json
}

# His own fleet, with the name of this one: a process that has no record knows its trust file.
test_a_thief_of_etcd_is_no_publisher_of_a_process_that_starts() {
  make_fleet 1
  publish
  put_set_of_another_fleet prod
  run 2 "$pinion" call --config client.json localhost:1
  has err "fleet_trust: version 1 of fleet prod, epoch 1 is neither trust.json nor a later version"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  # The publisher replaces it.
  publish 1
  has err "use --replace"
  publish 0 --replace
  serve server
  call client 0
}

test_revocations_cannot_be_left_out() {
  make_fleet 1
  key oncall Ed25519
  run 0 "$pinion" trust rotate trust.json trust-2.json --add-revoker oncall.pem
  run 0 "$pinion" trust sign trust-2.json --key root-key.pem --after trust.json
  echo '{"version": 1, "revoked": []}' >revocations.json
  run 0 "$pinion" sign revocations.json --trust trust-2.json --key oncall-key.pem
  publish 1 --trust trust-2.json
  has err "etcd $key, revocations: they are missing, and the trust file has revokers"
  publish 0 --trust trust-2.json --revocations revocations.json
  has out "with version 1 of the revocations"
  serve server --status-file status.json
  until_true 10 in_effect 1
  call client 0
  # The one on call needs no publisher.
  run 0 "$pinion" revoke revocations.json pins.json pki/client.pem --trust trust-2.json
  run 0 "$pinion" sign revocations.json --trust trust-2.json --key oncall-key.pem
  run 0 "$pinion" publish --config publisher.json --revocations revocations.json
  has out "with version 2 of the revocations"
  until_true 10 revocations_in_effect 2
  # A thief leaves them out.
  version 2
  put_value pins.json pins.json.sig trust-2.json trust-2.json.sig
  until_true 10 reports "revocations: they are missing"
  mv state gone
  mkdir state
  kill "$server"
  ends_with 0 "$server"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "revocations: they are missing"
}
revocations_in_effect() { [[ $(json status.json '["revocations_version"]' 2>/dev/null) == "$1" ]]; }

# A pin set that is larger than a request to etcd may be: of PEERS, for which docs/benchmarks.md has the figures.
test_a_large_pin_set_is_published_in_parts() {
  make_fleet 1
  publish
  local at_most=60
  python3 - "${PEERS:-10000}" <<'PY'
import base64, hashlib, json, sys
pins = json.load(open("pins.json"))
pins["version"] = 2
pin = lambda n: "sha256/" + base64.b64encode(hashlib.sha256(str(n).encode()).digest()).decode()
for n in range(int(sys.argv[1])):
    pins["peers"].append({"name": f"peer-{n}", "hosts": [f"peer-{n}.test"],
                          "pins": [{"spki": pin(2 * n), "state": "ACTIVE"}, {"spki": pin(2 * n + 1), "state": "BACKUP"}]})
json.dump(pins, open("pins.json", "w"), indent=2)
PY
  serve server --status-file status.json
  sign
  local begin=$EPOCHREALTIME
  publish
  local published=$EPOCHREALTIME
  until_true 60 in_effect 2
  echo "$(wc -c <pins.json) bytes: publish took $(elapsed "$begin" "$published") s, in effect after" \
    "$(elapsed "$begin" "$EPOCHREALTIME") s; $(grep VmRSS "/proc/$server/status")"
  call client 0
  has_parts "$key/parts/"
  (($(grep -c parts parts) > 1))
  # The parts of the one before stay, and those before it do not.
  local first part
  first=$(sed -n 1p parts)
  version 3
  publish
  until_true 60 in_effect 3
  has_parts "$first"
  version 4
  publish
  until_true 60 in_effect 4
  has_parts "$key/parts/"
  gone "$first" parts
  # Parts that somebody has changed.
  for part in $(grep parts parts); do ctl put "$part" changed >/dev/null; done
  run 2 "$pinion" fleet status --config server.json
  has err "the parts have the digest"
}
elapsed() { python3 -c 'import sys; print(round(float(sys.argv[2]) - float(sys.argv[1]), 2))' "$@"; }
# has_parts TEXT: the keys of the parts, in the file parts, have this text.
has_parts() {
  ctl get --prefix "$key/parts/" --keys-only >parts
  grep -qF "$1" parts
}

test_a_start_without_etcd_needs_the_copy_and_the_last_version() {
  make_fleet 1
  publish
  ctl get "$key" --print-value-only | head -c -1 >version-1
  serve server --status-file status.json
  version 2
  publish
  until_true 10 in_effect 2
  kill "${members[0]}"
  wait "${members[0]}" || true
  call client 2
  has err "etcd at localhost:${client_ports[0]}"
  kill "$server"
  ends_with 0 "$server"
  serve server --status-file status.json
  until_true 10 in_effect 2
  has "server.err" "etcd at localhost:${client_ports[0]}"
  kill "$server"
  ends_with 0 "$server"
  # etcd is back, with what it had long ago.
  member 0
  until_true 30 is_healthy
  ctl put "$key" <version-1 >/dev/null
  serve server --status-file status.json
  until_true 10 in_effect 2
  until_true 10 reports "version 1 is older than version 2"
  version 3
  publish
  until_true 10 in_effect 3
}

test_check_judges_the_copy() {
  make_fleet 1
  run 1 "$pinion" check server.json
  has out "it is in etcd, and there is no copy to judge"
  publish
  serve server
  kill "$server"
  ends_with 0 "$server"
  run 0 "$pinion" check server.json
  sed -i 's/"BACKUP"/"ACTIVE"/' etcd-pins.json
  run 1 "$pinion" check server.json
  has out "etcd-pins.json"
  rm etcd-pins.json
  run 1 "$pinion" check server.json
  has out "cannot read etcd-pins.json"
}

test_what_publish_refuses() {
  make_fleet 1
  sed -i 's/"version": 1/"version": 2/' pins.json
  publish 1
  has err "has signed other bytes"
  sign
  publish
  sed -i 's/"version": 2/"version": 1/' pins.json
  sign
  publish 1
  has err "version 1 is older than version 2"
  run 2 "$pinion" publish --config publisher.json
  # No process would read it.
  python3 - <<'PY'
pins = open("pins.json").read()
open("large.json", "w").write("//" + "x" * ((64 << 20) - len(pins) - 10) + "\n" + pins)
PY
  run 0 "$pinion" sign large.json --trust trust.json --key publisher-key.pem
  run 1 "$pinion" publish large.json --config publisher.json
  has err "and processes read at most 67108864; take out comments"
  run 2 "$pinion" publish missing.json --config publisher.json
  config plain
  sed -i 's|pki/plain|pki/client|' plain.json
  run 2 "$pinion" publish pins.json --config plain.json
  has err "pin_set.etcd is missing"
  # A server with etcd's name from etcd's CA, whose key is not pinned.
  sed -i "s|$("$pinion" pin etcd-pki/member.pem | cut -d' ' -f1)|$("$pinion" pin etcd-pki/impostor.pem | cut -d' ' -f1)|" etcd-pins.json
  publish 2
  has err "PIN_MISMATCH"
}

test_the_fleet_says_what_it_has_in_effect() {
  make_fleet 1
  publish
  serve server
  until_true 10 fleet_has CURRENT
  has out "1 of 1 processes have it in effect"
  kill "$server"
  ends_with 0 "$server"
  version 2
  publish
  run 1 "$pinion" fleet status --config server.json
  has out "  BEHIND      /pinion/test/instances/server  localhost, version 1, since 20"
  run 1 "$pinion" fleet status --config server.json -o json
  equal "$(json out '["behind"]')" 1
  equal "$(json out '["instances"][0]["state"]')" BEHIND
  run 2 "$pinion" fleet status --config client.json
  has err "name --prefix"
}
fleet_has() { "$pinion" fleet status --config server.json >out 2>err && grep -q "  $1 " out; }

run_tests
