#!/usr/bin/env bash
# `pinion pins`: the steps of a rotation, their edits of the file, and edits that are refused.
source tests/cli/harness.sh

# shellcheck source=tests/cli/pin_files.sh
source tests/cli/pin_files.sh

test_a_whole_rotation() {
  make_pins
  pins 0 add pins.json payments pki/three.pem
  equal "$(cat out)" "pins.json: version 7 -> 8
  payments: key $(pin three) is accepted (BACKUP), at all times"
  changed '<   "version": 7, // grows' '>   "version": 8, // grows' \
    "<         {\"spki\": \"$(pin two)\", \"state\": \"BACKUP\"} /* in the safe */" \
    ">         {\"spki\": \"$(pin two)\", \"state\": \"BACKUP\"}, /* in the safe */" \
    ">         {\"spki\": \"$(pin three)\", \"state\": \"BACKUP\"}"
  cp pins.json old.json
  pins 0 promote pins.json payments "$(pin two)"
  equal "$(cat out)" "pins.json: version 8 -> 9
  payments: key $(pin one) is RETIRING (ACTIVE before): accepted, and reported when it is seen
  payments: key $(pin two) is ACTIVE (BACKUP before): it may be served, and is not reported any more"
  equal "$(cat err)" "pinion: no client was asked whether it would accept this key; with --census FILE, the censuses of the peer's processes answer that
pinion: pins.json:12: the comment stays as it is; see whether it still holds
pinion: pins.json:9: the comment stays as it is; see whether it still holds
pinion: next: roll the file out, then give the server the certificate and key of the new ACTIVE pin"
  changed '<   "version": 8, // grows' '>   "version": 9, // grows' \
    "<         {\"spki\": \"$(pin one)\", \"state\": \"ACTIVE\"}," ">         {\"spki\": \"$(pin one)\", \"state\": \"RETIRING\"}," \
    "<         {\"spki\": \"$(pin two)\", \"state\": \"BACKUP\"}, /* in the safe */" \
    ">         {\"spki\": \"$(pin two)\", \"state\": \"ACTIVE\"}, /* in the safe */"
  cp pins.json old.json
  pins 0 remove pins.json payments pki/one.pem
  has out "payments: key $(pin one) (RETIRING) is no longer accepted"
  has err "peers that still hold this key are refused from now on; connections that hold it are drained"
  changed '<   "version": 9, // grows' '>   "version": 10, // grows' "<         {\"spki\": \"$(pin one)\", \"state\": \"RETIRING\"},"
  pins 0 show pins.json
}

test_a_stolen_key() {
  make_pins
  refused "$(pin one) is the only ACTIVE pin of \"payments\", and without another everybody is locked out; say with --promote PIN" \
    revoke pins.json payments pki/one.pem
  refused '"payments" would have no BACKUP left, and losing the key that is served would lock everybody out; make another key' \
    revoke pins.json payments pki/one.pem --promote pki/two.pem
  refused "--promote: $(pin one) is the very key that is to be revoked" \
    revoke pins.json payments pki/one.pem --promote pki/one.pem --backup pki/three.pem
  pins 0 revoke pins.json payments pki/one.pem --promote pki/two.pem --backup pki/three.pem
  equal "$(cat out)" "pins.json: version 7 -> 8
  DANGEROUS  payments: the key served today, $(pin one) (ACTIVE in the old file), is refused, and live connections that hold it are closed
             payments: key $(pin two) is ACTIVE (BACKUP before): it may be served, and is not reported any more
             payments: key $(pin three) is accepted (BACKUP), at all times"
  refused "$(pin one) is REVOKED already" revoke pins.json payments pki/one.pem
  refused "$(pin one) is REVOKED, and as RETIRING it would be accepted again" retire pins.json payments pki/one.pem
  refused "$(pin one) is REVOKED, and a key that may be in other hands is not served again" promote pins.json payments pki/one.pem
  pins 0 remove pins.json payments pki/one.pem
  has err "the key is merely unknown from now on: refused as any other that is no pin, and no longer as a stolen one"
}

test_a_stolen_backup_and_a_key_that_retires() {
  make_pins
  refused '"payments" would have no BACKUP left' revoke pins.json payments pki/two.pem
  pins 0 add pins.json payments pki/three.pem --not-before 2020-01-01T00:00:00Z --not-after 2099-01-01T00:00:00Z
  has pins.json "\"state\": \"BACKUP\", \"not_before\": \"2020-01-01T00:00:00Z\", \"not_after\": \"2099-01-01T00:00:00Z\"}"
  pins 0 retire pins.json payments pki/three.pem
  pins 0 revoke pins.json payments pki/three.pem
  has err "its not_before and not_after are gone: a revoked pin is refused at all times"
  has pins.json "{\"spki\": \"$(pin three)\", \"state\": \"REVOKED\"}"
}

test_edits_that_would_lock_a_peer_out_are_refused() {
  make_pins
  refused "$(pin one) is ACTIVE: \"payments\" serves it today, and a process that does would be locked out; retire it first" \
    remove pins.json payments pki/one.pem
  refused "$(pin two) is BACKUP: \"payments\" may be serving it at any time" remove pins.json payments pki/two.pem
  refused "$(pin one) is the last ACTIVE pin of \"payments\", the key that is served today; promote a BACKUP" \
    retire pins.json payments pki/one.pem
  refused "$(pin two) is the last BACKUP of \"payments\"" retire pins.json payments pki/two.pem
  refused '"payments" would have no BACKUP left' promote pins.json payments pki/two.pem
  refused "$(pin one) is ACTIVE already" promote pins.json payments pki/one.pem
  refused "pins.json:13:9: peers[0].pins[2]: $(pin one) is a pin of this peer already" add pins.json payments pki/one.pem
  refused "pins.json:16:57: peers[1].pins[0]: $(pin other) is a pin of peer \"payments\" already" add pins.json payments pki/other.pem
  pins 0 add pins.json payments pki/three.pem --not-before 2099-01-01T00:00:00Z
  refused "$(pin three) is not accepted before 2099-01-01T00:00:00Z, so a peer that served it would be refused until then" \
    promote pins.json payments pki/three.pem
  refused "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= would never be accepted: its not_after, 2020-01-01T00:00:00Z, is over" \
    add pins.json payments sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= --not-after 2020-01-01T00:00:00Z
}

test_an_expired_backup_does_not_count() {
  make_pins
  sed -i "s|\(\"$(pin two)\", \"state\": \"BACKUP\"\)|\1, \"not_after\": \"2020-01-01T00:00:00Z\"|" pins.json
  refused "$(pin two) is not accepted any more since 2020-01-01T00:00:00Z" promote pins.json payments pki/two.pem
  pins 0 add pins.json payments pki/three.pem
  refused '"payments" would have no BACKUP left' promote pins.json payments pki/three.pem
}

test_a_revoked_key_stays_if_it_might_be_accepted_again() {
  make_pins
  pins 0 add pins.json payments pki/three.pem --state REVOKED
  pins 0 add pins.json payments pki/ca.pem --kind issuer_spki
  refused "$(pin three) is REVOKED, and without this entry it might be accepted again" remove pins.json payments pki/three.pem
}

test_a_revocation_by_one_peer_locks_no_other_peer_out() {
  make_pins
  pins 0 add pins.json other pki/ca.pem --kind issuer_spki
  refused "pins.json:16:225: peers[1].pins[2]: issuer_spki $(pin ca) is REVOKED by peer \"payments\", and what one peer revokes is refused for all" \
    add pins.json payments pki/ca.pem --state REVOKED --kind issuer_spki
  refused "$(pin other) (ACTIVE) of peer \"other\" would be refused, since what one peer revokes is refused for all" \
    add pins.json payments "$(pin other)" --kind issuer_spki --state REVOKED
}

test_several_active_pins_need_a_choice() {
  make_pins
  pins 0 add pins.json payments pki/three.pem --state ACTIVE
  pins 2 promote pins.json payments pki/two.pem --backup pki/ca.pem
  has err "\"payments\" has several ACTIVE pins ($(pin one), $(pin three)); say with --retire PIN which of them is replaced"
  refused "--retire: $(pin two) (BACKUP) is not ACTIVE" promote pins.json payments pki/two.pem --retire pki/two.pem --backup pki/ca.pem
  pins 0 promote pins.json payments pki/two.pem --retire pki/three.pem --backup pki/ca.pem
  has pins.json "\"$(pin three)\", \"state\": \"RETIRING\""
  has pins.json "\"$(pin one)\", \"state\": \"ACTIVE\""
  # One of two ACTIVE pins may retire without a successor.
  pins 0 retire pins.json payments pki/one.pem
}

test_dry_run_writes_nothing() {
  make_pins
  pins 0 add pins.json payments pki/three.pem --dry-run
  equal "$(cat out)" "pins.json: version 7 -> 8, nothing is written
  payments: key $(pin three) is accepted (BACKUP), at all times"
  equal "$(cat pins.json)" "$(cat old.json)"
  pins 0 add pins.json payments pki/three.pem --dry-run -o json
  equal "$(json out '["version"]') $(json out '["written"]') $(json out '["old_version"]') $(json out '["new_version"]')" "1 False 7 8"
  equal "$(json out '["changes"][0]["code"]')" KEY_ACCEPTED
  equal "$(json out '["changes"][0]["subject"]')" "$(pin three)"
}

test_the_file_is_replaced_whole_with_its_mode_through_links() {
  make_pins
  mkdir data
  mv pins.json data/
  ln -s data/pins.json pins.json
  chmod 640 data/pins.json
  local inode
  inode=$(stat -c %i data/pins.json)
  pins 0 add pins.json payments pki/three.pem
  equal "$(readlink pins.json)" data/pins.json
  equal "$(stat -c %a data/pins.json)" 640
  [[ $(stat -c %i data/pins.json) != "$inode" ]] || fail "it was written in place"
  equal "$(ls data)" pins.json
}

test_unusable_input_exits_2() {
  make_pins
  pins 2 add pins.json nobody pki/three.pem
  has err 'pins.json has no peer "nobody"; its peers are payments, other'
  pins 2 promote pins.json payments pki/three.pem
  has err "$(pin three) is not a pin of peer \"payments\" in pins.json; \`pinion pins show\` lists those that are"
  pins 2 add pins.json payments missing.pem
  has err "cannot read missing.pem: No such file or directory; give a file that holds the key, or its pin, sha256/..."
  pins 2 add pins.json payments sha256/short
  cat pki/one.pem pki/two.pem >chain.pem
  pins 2 add pins.json payments chain.pem
  has err "chain.pem holds several keys; give the pin of the one that is meant:"
  has err "$(pin one)  certificate, subject"
  pins 2 add pins.json payments pki/three-key.pem --kind certificate
  has err "a certificate pin needs a file with one certificate and nothing else"
  pins 2 add pins.json payments pki/three.pem --not-before tomorrow
  has err "--not-before: not RFC 3339, such as 2026-12-01T00:00:00Z"
  sed -i 's/BACKUP/ACTIVE/' pins.json
  pins 2 add pins.json payments pki/three.pem
  has err 'peer "payments" has no BACKUP pin'
  pins 2 show missing.json
}

test_a_key_is_recognized_in_every_form() {
  make_pins
  pins 0 add pins.json payments pki/three.pem --kind certificate
  local digest
  digest=sha256/$(openssl x509 -in pki/three.pem -outform DER | openssl dgst -sha256 -binary | base64)
  has pins.json "{\"certificate\": \"$digest\", \"state\": \"BACKUP\"}"
  pins 0 retire pins.json payments pki/three.pem
  pins 0 remove pins.json payments "$digest"
  pins 0 add pins.json payments pki/three-key.pem
  has pins.json "{\"spki\": \"$(pin three)\", \"state\": \"BACKUP\"}"
  lacks pins.json PRIVATE
}

test_show() {
  make_pins
  pins 0 add pins.json payments pki/three.pem --not-after 2099-01-01T00:00:00Z
  pins 0 show pins.json --time 2098-12-01T12:00:00Z
  equal "$(cat out)" "pins.json: version 8
payments
  hosts       payments.test
  identities  none
  ACTIVE      spki         $(pin one)
  BACKUP      spki         $(pin two)
  BACKUP      spki         $(pin three)  until 2099-01-01T00:00:00Z (30 days left)
other
  hosts       other.test
  identities  none
  ACTIVE      spki         $(pin other)
  BACKUP      spki         $(pin other-backup)"
  pins 0 show pins.json --time 2099-12-01T12:00:00Z -o json
  equal "$(json out '["version"]')" 1
  equal "$(json out '["pin_set_version"]')" 8
  equal "$(json out '["peers"][0]["hosts"]')" "['payments.test']"
  equal "$(json out '["peers"][0]["pins"][2]')" \
    "{'pin': '$(pin three)', 'kind': 'spki', 'state': 'BACKUP', 'not_before': None, 'not_after': '2099-01-01T00:00:00Z', 'days_left': -335, 'accepted': False, 'proven_on': None}"
  equal "$(json out '["peers"][0]["pins"][0]["accepted"]')" True
}

test_the_examples_of_the_help_work() {
  make_pins
  mkdir bin
  ln -s "$pinion" bin/pinion
  cp pki/two.pem next.pem
  cp pki/three.pem third.pem
  cp pki/one.pem stolen.pem
  cp pki/other.pem old.pem
  cp pins.json deployed.json
  local command
  for command in "" add promote retire revoke remove show diff; do
    # shellcheck disable=SC2086 # none is no argument
    "$pinion" pins $command --help
  done | sed -n 's/^  \(pinion pins .*\)/\1/p' | sort -u >examples
  equal "$(grep -c . examples)" 14
  local digest
  digest=$(printf '%064d' 1)
  cat >replica-1.json <<JSON
{"written": "$(date -u +%FT%TZ)", "candidate": "$(pin two)", "candidate_sha256": "$digest", "offered": "2026-01-01T00:00:00Z",
 "peers": [{"side": "SERVES", "name": "orders", "listed": true, "processes": [
  {"id": "$(printf '%032d' 1)", "last_seen": "$(date -u +%FT%TZ)", "streams": 1, "candidate_sha256": "$digest", "reason": "ACCEPTED"}]}]}
JSON
  cp replica-1.json replica-2.json
  while read -r command; do
    cp deployed.json pins.json
    sed -i "s|$(pin other)|$(pin ca)|" pins.json
    "$pinion" pins add pins.json payments old.pem --state RETIRING >/dev/null
    [[ $command != *"retire "* ]] || sed -i 's/RETIRING/ACTIVE/' pins.json
    [[ $command != "pinion pins promote pins.json payments next.pem" ]] || "$pinion" pins add pins.json payments third.pem >/dev/null
    local code=0
    PATH=$PWD/bin:$PATH bash -c "$command" >out 2>err || code=$?
    ((code == 0)) || [[ $code == 1 && $command == *diff* ]] || fail "exit code $code: $command: $(cat err)"
    [[ -s out ]] || fail "no output: $command"
  done <examples
}

# One command would have refused every peer of the CA.
test_the_key_of_a_ca_is_not_revoked_by_mistake() {
  make_pins
  refused "pki/ca.pem is the certificate of a CA, whose key no peer holds; with it REVOKED" \
    add pins.json payments pki/ca.pem --state REVOKED
  refused "pki/ca.pem is the certificate of a CA, whose key no peer holds; if the CA is meant" add pins.json payments pki/ca.pem
  pins 0 add pins.json payments pki/ca.pem --state REVOKED --kind issuer_spki
  has out "DANGEROUS"
  has out "so is every peer whose certificate that CA has issued"
}

test_an_unproven_backup_is_named_when_it_is_promoted() {
  make_pins
  pins 0 promote pins.json payments pki/two.pem --backup pki/three.pem
  lacks err "there is no proof"
  cp old.json pins.json
  sed -i "s|\"$(pin other-backup)\", \"state\": \"BACKUP\"|&, \"proven_on\": \"2026-01-01T00:00:00Z\"|" pins.json
  pins 0 promote pins.json payments pki/two.pem --backup pki/three.pem
  has err "there is no proof of the last 180 days for this key"
}

test_no_step_leaves_a_peer_without_an_accepted_pin() {
  make_pins
  sed -i -e "s|\"$(pin one)\", \"state\": \"ACTIVE\"|&, \"not_before\": \"2099-01-01T00:00:00Z\"|" pins.json
  pins 0 add pins.json payments pki/three.pem --not-before 2099-01-01T00:00:00Z
  pins 0 retire pins.json payments pki/two.pem
  refused 'no pin of "payments" would be accepted at this time' remove pins.json payments pki/two.pem
}

run_tests
