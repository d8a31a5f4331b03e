#!/usr/bin/env bash
# `pinion trust`, `pinion sign` and `pinion verify-set`, with keys and signatures of plain OpenSSL, and a server that
# adopts only signed pin sets.
source tests/cli/harness.sh
source tests/cli/findings.sh
source tests/cli/signing_keys.sh

# A world whose pin set is signed, and the keys of its fleet.
make_fleet() {
  make_world
  key root Ed25519
  key root2 P-256
  key publisher P-256
  key publisher2 Ed25519
  run 0 "$pinion" trust init prod trust.json --root root.pem --publisher publisher.pem
  run 0 "$pinion" trust sign trust.json --key root-key.pem
  sign
}
sign() { run 0 "$pinion" sign pins.json --trust trust.json --key publisher-key.pem; }

test_signatures_are_made_with_plain_openssl_too() {
  make_fleet
  rm pins.json.sig
  "$pinion" sign pins.json --trust trust.json --bytes >bytes
  { printf 'pinion.v1.PinSet\nprod\n1\n' && cat pins.json; } | cmp - bytes
  # The flag -rawin hashes what the algorithm does not.
  openssl pkeyutl -sign -rawin -digest sha256 -inkey publisher-key.pem -in bytes -out signature
  run 0 "$pinion" sign pins.json --trust trust.json --key publisher.pem --signature signature
  run 0 "$pinion" verify-set pins.json --trust trust.json
  "$pinion" trust sign trust.json --bytes >bytes
  openssl pkeyutl -sign -rawin -inkey root-key.pem -in bytes -out signature
  rm trust.json.sig
  run 1 "$pinion" trust show trust.json
  run 0 "$pinion" trust sign trust.json --key root.pem --signature signature
  run 0 "$pinion" trust show trust.json
  # And plain OpenSSL verifies what Pinion signs.
  run 0 "$pinion" trust sign trust.json --key root-key.pem
  json trust.json.sig '["signatures"][0]["signature"]' | base64 -d >signature
  openssl pkeyutl -verify -rawin -pubin -inkey root.pem -in bytes -sigfile signature >/dev/null
}

# Signers sign digests: of what they have, if they have it.
test_a_pin_set_with_other_documents_is_not_signed() {
  make_fleet
  cp pki/ca.pem roots.pem
  run 0 "$pinion" pins document pins.json roots.pem
  sign
  gone "does not exist" err
  run 0 "$pinion" verify-set pins.json --trust trust.json
  echo >>roots.pem
  run 1 "$pinion" sign pins.json --trust trust.json --key publisher-key.pem
  has err "roots.pem: it is not the file whose digest pins.json lists"
  run 1 "$pinion" verify-set pins.json --trust trust.json
  has out "UNSIGNED"
  has out "roots.pem: it is not the file"
  rm roots.pem
  sign
  has err "roots.pem does not exist, so that it was not compared"
  run 0 "$pinion" verify-set pins.json --trust trust.json -o json
  equal "$(json out '["signed"]')" True
  has err "roots.pem does not exist"
}

test_what_a_signature_is_not_made_of() {
  make_fleet
  run 1 "$pinion" sign pins.json --trust trust.json --key publisher2-key.pem
  has err "is no key of the publisher role"
  run 1 "$pinion" sign pins.json --trust trust.json --key root-key.pem
  echo "no signature" >signature
  run 1 "$pinion" sign pins.json --trust trust.json --key publisher.pem --signature signature
  has err "is not a signature of sha256/"
  run 2 "$pinion" sign pins.json --trust trust.json --key publisher.pem
  has err "there is no private key in it"
  run 2 "$pinion" sign pins.json --trust trust.json
  run 2 "$pinion" sign trust.json --trust trust.json --key publisher-key.pem
  key p384 P-384
  run 2 "$pinion" trust init prod other.json --root p384.pem --publisher publisher.pem
  has err "p384.pem: not an Ed25519 key"
  run 2 "$pinion" trust init prod other.json --root root.pem --publisher root-key.pem
  has err "is a key of the root role too"
  run 2 "$pinion" trust init prod trust.json --root root.pem --publisher publisher.pem
  run 2 "$pinion" trust init other.json prod --root root.pem --publisher publisher.pem
  has err "FLEET comes before FILE"
  run 2 "$pinion" trust rotate trust.json other.json
  has err "nothing would change"
  run 0 "$pinion" verify-set pins.json --trust trust.json
}

test_an_edit_makes_a_pin_file_unsigned() {
  make_fleet
  run 0 "$pinion" pins add pins.json the-server "sha256/$(printf 'x%.0s' {1..32} | base64)"
  has err "pins.json.sig are those of the contents before"
  run 1 "$pinion" verify-set pins.json --trust trust.json -o json
  equal "$(json out '["signed"]') $(json out '["fleet"]') $(json out '["epoch"]')" "False prod 1"
  sign
  has err "left out 1 signature of earlier contents"
  equal "$(json pins.json.sig '["signatures"].__len__()')" 1
  : >pins.json.sig
  sign
  run 0 "$pinion" verify-set pins.json --trust trust.json
}

test_a_rotation_of_all_keys() {
  make_fleet
  run 0 "$pinion" trust rotate trust.json next.json --add-root root2.pem --remove-root root.pem \
    --add-publisher publisher2.pem --publisher-threshold 2 --new-epoch
  run 0 "$pinion" trust sign next.json --key root2-key.pem
  run 0 "$pinion" trust show next.json
  has out "publisher, 2 of 2"
  has out "shows --after"
  run 2 "$pinion" trust sign trust.json --key root-key.pem --after next.json
  has err "does not come after"
  run 1 "$pinion" trust show next.json --after trust.json
  has out "predecessor"
  run 1 "$pinion" trust sign next.json --key root-key.pem
  has err "is no key of the root role"
  run 1 "$pinion" trust sign next.json --key publisher-key.pem --after trust.json
  run 0 "$pinion" trust sign next.json --key root-key.pem --after trust.json
  run 0 "$pinion" trust show next.json --after trust.json -o json
  equal "$(json out '["trust_version"]') $(json out '["epoch"]') $(json out '["valid"]')" "2 2 True"
  run 0 "$pinion" sign pins.json --trust next.json --key publisher-key.pem
  has out "has 1 of the 2 signatures"
  run 0 "$pinion" sign pins.json --trust next.json --key publisher2-key.pem
  has out "are complete"
  run 0 "$pinion" verify-set pins.json --trust next.json
  run 2 "$pinion" trust rotate trust.json next.json --add-publisher publisher2.pem
  run 2 "$pinion" trust rotate trust.json third.json --remove-root root2.pem
  has err "is no key of this role"
  run 2 "$pinion" trust rotate trust.json third.json --remove-root root.pem
  has err "root.keys"
}

# Old signatures under a new trust file: what was presented, and what was expected.
test_a_set_that_was_signed_under_an_older_trust_file() {
  make_fleet
  run 0 "$pinion" trust rotate trust.json next.json --add-publisher publisher2.pem --remove-publisher publisher.pem
  run 0 "$pinion" trust sign next.json --key root-key.pem --after trust.json
  run 1 "$pinion" verify-set pins.json --trust next.json
  has out "$("$pinion" pin publisher2.pem | cut -d' ' -f1) has not signed"
  has out "$("$pinion" pin publisher.pem | cut -d' ' -f1) has signed and is no key of the role"
}

# An edited trust file must not become signed by the next rotation, and must not redirect signatures to another fleet.
test_nothing_is_built_on_a_trust_file_that_is_not_signed() {
  make_fleet
  edit trust.json 's/"fleet": "prod"/"fleet": "other"/'
  run 1 "$pinion" sign pins.json --trust trust.json --key publisher-key.pem
  has err "trust.json: has 0 of the 1 signatures"
  run 1 "$pinion" verify-set pins.json --trust trust.json
  run 1 "$pinion" trust rotate trust.json next.json --add-publisher publisher2.pem
  not test -e next.json
  cp trust.json next.json
  edit next.json 's/"version": 1/"version": 2/'
  run 0 "$pinion" trust sign next.json --key root-key.pem
  has out "version 2 of fleet other, epoch 1"
  run 1 "$pinion" trust show next.json --after trust.json
  run 1 "$pinion" trust sign next.json --key root-key.pem --after trust.json
}

# Another holder's signature was lost, and the file said to be complete.
test_a_file_that_changes_while_it_is_signed() {
  make_fleet
  mkfifo slow
  start signer "$pinion" sign pins.json --trust trust.json --key publisher.pem --signature slow
  exec 9>slow # returns when the signer, which has read the pin file, waits for its signature
  "$pinion" sign pins.json --trust trust.json --bytes >bytes
  openssl pkeyutl -sign -rawin -inkey publisher-key.pem -in bytes -out signature
  edit pins.json 's/"version": 1/"version": 2/'
  sign
  cat signature >&9
  exec 9>&-
  ends_with 1 "$started"
  has signer.err "has changed meanwhile"
  run 0 "$pinion" verify-set pins.json --trust trust.json
}

test_a_key_may_come_from_a_pipe() {
  make_fleet
  run 0 bash -c '"$0" sign pins.json --trust trust.json --key <(cat publisher-key.pem)' "$pinion"
  run 0 bash -c 'cat publisher-key.pem | "$0" sign pins.json --trust trust.json --key -' "$pinion"
}

test_a_server_adopts_only_signed_pin_sets() {
  make_fleet
  mkdir state
  config server '"state_dir": "state"'
  edit server.json 's/"file": "pins.json"/"file": "pins.json", "fleet_trust_file": "trust.json"/'
  finds 0 "" server.json
  serve server --status-file status.json
  until_true 10 grep -qs '"pin_set_signing": "SIGNED"' status.json
  equal "$(json status.json '["fleet"]') $(json status.json '["fleet_epoch"]')" "prod 1"
  edit pins.json 's/"version": 1/"version": 2/'
  until_true 10 grep -q 'has 0 of the 1 signatures' server.err
  until_true 10 grep -q 'has 0 of the 1 signatures' status.json
  equal "$(json status.json '["pin_set_version"]')" 1
  finds 1 "ERROR PIN_SET_UNSIGNED pins.json:0:0" server.json
  sign
  until_true 10 grep -q '"pin_set_version": "2"' status.json
  finds 0 "" server.json
  kill -TERM "$server"
  ends_with 0 "$server"
  cp pins.json.sig kept.sig
  echo "{" >pins.json.sig
  finds 1 "ERROR SIGNATURES_INVALID pins.json.sig:2:1" server.json
  rm pins.json.sig
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "pins.json.sig"
  mv trust.json.sig kept-trust.sig
  finds 1 "ERROR FILE_MISSING server.json:8:23
ERROR FILE_MISSING server.json:8:56" server.json
  mv kept.sig pins.json.sig
  : >trust.json.sig
  finds 1 "ERROR SIGNATURES_INVALID trust.json.sig:1:1" server.json
  echo '{"signatures": []}' >trust.json.sig
  finds 1 "ERROR FLEET_TRUST_REFUSED trust.json:0:0" server.json
  mv kept-trust.sig trust.json.sig
  edit server.json 's/"fleet_trust_file"/"minimum_trust_version": 2, "fleet_trust_file"/'
  finds 1 "ERROR FLEET_TRUST_REFUSED trust.json:0:0" server.json
  edit server.json 's/"minimum_trust_version": 2, //; s/"fleet_trust_file": "trust.json"/"fleet_trust_file": ""/'
  finds 1 "ERROR CONFIG_INVALID server.json:8:56" server.json
  edit server.json 's/"fleet_trust_file": ""/"fleet_trust_file": "trust.json"/; s/"state_dir": "state"/"drain_window": "30s"/'
  finds 0 "WARNING TRUST_NOT_KEPT server.json:8:56" server.json
  edit server.json 's/"fleet_trust_file"/"minimum_trust_version": 1, "fleet_trust_file"/'
  finds 0 "" server.json
  edit server.json 's/"minimum_trust_version": 1, //'
  edit server.json 's/"drain_window": "30s"/"state_dir": "state"/'
  edit trust.json 's/"epoch": 1/"epoch": 0/'
  finds 1 "ERROR FLEET_TRUST_INVALID trust.json:3:12" server.json
  edit server.json 's/, "fleet_trust_file": "trust.json"//'
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "is not signed"
}

run_tests
