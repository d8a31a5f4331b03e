#!/usr/bin/env bash
# `pinion revoke`: a key is refused by a fleet without its publishers.
source tests/cli/harness.sh
source tests/cli/findings.sh
source tests/cli/signing_keys.sh

# A world with a signed pin set, and a trust file with a revoker.
make_fleet() {
  make_world
  key root Ed25519
  key publisher Ed25519
  key oncall Ed25519
  run 0 "$pinion" trust init prod trust.json --root root.pem --publisher publisher.pem --revoker oncall.pem
  has out "revoker, 1 of 1"
  run 0 "$pinion" trust sign trust.json --key root-key.pem
  run 0 "$pinion" sign pins.json --trust trust.json --key publisher-key.pem
}
revoke() { run "$1" "$pinion" revoke revocations.json pins.json --trust trust.json "${@:2}"; }
sign() { run 0 "$pinion" sign revocations.json --trust trust.json --key oncall-key.pem; }

test_a_server_refuses_a_revoked_key_at_once_and_after_a_restart() {
  make_fleet
  printf '{"version": 1, "revoked": []}\n' >revocations.json
  sign
  has out "version 1 of the revocations, for fleet prod"
  mkdir state
  config server '"state_dir": "state"'
  edit server.json 's/"file": "pins.json"/"file": "pins.json", "fleet_trust_file": "trust.json", "revocations_file": "revocations.json"/'
  finds 0 "" server.json
  serve server --status-file status.json
  call client 0
  revoke 0 pki/client.pem
  has out "the-client: key $(pin client) is refused, and live connections that hold it are closed"
  has err "pinion sign revocations.json"
  until_true 10 grep -q 'has 0 of the 1 signatures' server.err
  call client 0
  sign
  until_true 10 grep -q '"revocations_version": "2"' status.json
  call client 78
  until_true 10 grep -q "PIN_REVOKED" server.err
  kill -TERM "$server"
  ends_with 0 "$server"
  cp revocations.json kept.json
  cp revocations.json.sig kept.sig
  printf '{"version": 1, "revoked": []}\n' >revocations.json
  sign
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "revocations.json: version 1 is older than version 2, which was adopted before"
  edit server.json 's/, "revocations_file": "revocations.json"//'
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "there are none to follow version 2"
  edit server.json 's/"fleet_trust_file": "trust.json"/&, "revocations_file": "revocations.json"/'
  cp kept.json revocations.json
  cp kept.sig revocations.json.sig
  serve server
  call client 78
}

test_nobody_is_locked_out() {
  make_fleet
  revoke 1 pki/client.pem pki/client-backup.pem
  has err 'peer "the-client" has no other ACTIVE or BACKUP pin to move to'
  not test -e revocations.json
  revoke 1 pki/ca.pem
  has err "pki/ca.pem is the certificate of a CA"
  revoke 0 pki/client.pem
  sign
  has out "refuses $(pin client)"
  cp revocations.json before.json
  revoke 1 pki/client-backup.pem
  has err 'peer "the-client" has no other ACTIVE or BACKUP pin to move to'
  revoke 2 pki/client.pem
  has err "is listed twice"
  revoke 1 pki/client-impostor.pem
  has err "is no spki pin of the pin set"
  cmp before.json revocations.json
  revoke 0 "$(pin server)" --dry-run -o json
  equal "$(json out '["revocations_version"]') $(json out '["written"]') $(json out '["revoked"][1]["peer"]')" "2 False the-server"
  equal "$(json out '["revoked"][0]["added"]') $(json out '["revoked"][1]["added"]')" "False True"
  cmp before.json revocations.json
  run 0 "$pinion" pins revoke pins.json the-server pki/server.pem --promote pki/server-backup.pem --backup pki/server-impostor.pem
  revoke 1 pki/server.pem
  has err "is REVOKED in the pin set already"
}

# Else the next signature would be of what somebody else has put there.
test_nothing_is_added_to_a_list_that_is_not_signed() {
  make_fleet
  revoke 0 pki/client.pem
  sign
  printf '{"version": 2, "revoked": []}' >revocations.json
  revoke 1 pki/server.pem
  has err "revocations.json: has 0 of the 1 signatures that its revoker role must make"
  equal "$(cat revocations.json)" '{"version": 2, "revoked": []}'
}

test_only_the_revokers_sign_revocations() {
  make_fleet
  revoke 0 pki/client.pem
  run 1 "$pinion" sign revocations.json --trust trust.json --key publisher-key.pem
  has err "is no key of the revoker role"
  run 1 "$pinion" sign pins.json --trust trust.json --key oncall-key.pem
  has err "is no key of the publisher role"
  run 1 "$pinion" verify-set revocations.json --trust trust.json
  has out "UNSIGNED  revocations.json, version 1 of the revocations, for fleet prod"
  sign
  run 0 "$pinion" verify-set revocations.json --trust trust.json -o json
  equal "$(json out '["kind"]') $(json out '["file_version"]')" "revocations 1"
  run 0 "$pinion" verify-set pins.json --trust trust.json -o json
  equal "$(json out '["kind"]')" "pin set"
  "$pinion" sign revocations.json --trust trust.json --bytes >bytes
  { printf 'pinion.v1.Revocations\nprod\n1\n' && cat revocations.json; } | cmp - bytes
}

test_a_trust_file_without_a_revoker() {
  make_fleet
  revoke 0 pki/client.pem
  run 2 "$pinion" trust rotate trust.json next.json --remove-revoker oncall.pem
  has err "the last revoker would be removed"
  run 0 "$pinion" trust rotate trust.json next.json --remove-revoker oncall.pem --new-epoch
  lacks next.json revoker
  run 0 "$pinion" trust sign next.json --key root-key.pem --after trust.json
  run 1 "$pinion" sign revocations.json --trust next.json --key oncall-key.pem
  has err "has no revoker role"
  run 0 "$pinion" trust rotate next.json third.json --add-revoker oncall.pem
  run 1 "$pinion" trust show third.json -o json
  equal "$(json out '["revoker"]["threshold"]')" 1
}

test_check_finds_what_is_wrong_with_revocations() {
  make_fleet
  config server '"drain_window": "30s"'
  edit server.json 's/"file": "pins.json"/"file": "pins.json", "revocations_file": "revocations.json"/'
  echo "{}" | tee revocations.json >revocations.json.sig
  check 1 server.json
  has out "CONFIG_INVALID"
  has out "is set without fleet_trust_file"
  edit server.json 's/"revocations_file"/"fleet_trust_file": "trust.json", "minimum_trust_version": 1, "revocations_file"/'
  rm revocations.json revocations.json.sig
  check 1 server.json
  has out "ERROR FILE_MISSING"
  revoke 0 pki/client.pem
  : >revocations.json.sig
  finds 1 "ERROR SIGNATURES_INVALID revocations.json.sig:1:1" server.json
  sign
  finds 0 "WARNING REVOCATIONS_NOT_KEPT server.json:8:118" server.json
  edit revocations.json 's/"version": 1/"version": 2/'
  finds 1 "ERROR REVOCATIONS_UNSIGNED revocations.json:0:0" server.json
  echo "{\"version\": 0, \"revoked\": []}" >revocations.json
  run 2 "$pinion" sign revocations.json --trust trust.json --key oncall-key.pem
  has err "revocations.json:1:13: version: must be from 1"
  printf '{"version": 3, "revoked": ["%s", "%s"]}' "$(pin client)" "$(pin client-backup)" >revocations.json
  sign
  finds 0 "WARNING REVOCATION_IGNORED revocations.json:0:0
WARNING REVOCATIONS_NOT_KEPT server.json:8:118" server.json
}

test_check_finds_older_revocations() {
  make_fleet
  mkdir state
  config server '"state_dir": "state"'
  edit server.json 's/"file": "pins.json"/"file": "pins.json", "fleet_trust_file": "trust.json", "revocations_file": "revocations.json"/'
  revoke 0 pki/client.pem
  sign
  serve server
  kill -TERM "$server"
  ends_with 0 "$server"
  printf '{"version": 2, "revoked": []}' >revocations.json
  sign
  finds 1 "ERROR REVOCATIONS_OLDER revocations.json:0:0" server.json
  has out "does not begin with the keys of version 1"
}

run_tests
