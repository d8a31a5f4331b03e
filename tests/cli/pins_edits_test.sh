#!/usr/bin/env bash
# `pinion pins`: concurrent edits of one file, and the greatest version.
source tests/cli/harness.sh
# shellcheck source=tests/cli/pin_files.sh
source tests/cli/pin_files.sh

# wants_the_lock: succeeds if the started process has opened the folder that it locks.
wants_the_lock() { [[ -n $(find "/proc/$started/fd" -lname "$(pwd -P)" 2>/dev/null) ]]; }

# The lock is on the folder, so links lead to the same lock and no file is left behind.
test_an_edit_waits_for_another_and_keeps_it() {
  make_pins
  issue four --dns payments.test
  mkdir links others
  ln -s ../pins.json links/pins.json
  cp pins.json others/
  pins 0 revoke others/pins.json payments pki/two.pem --backup pki/four.pem
  exec 9<.
  flock 9
  start add "$pinion" pins add links/pins.json payments pki/three.pem 9<&-
  until_true 10 wants_the_lock
  mv others/pins.json pins.json
  exec 9<&-
  ends_with 0 "$started"
  has pins.json '"version": 9,'
  has pins.json "\"$(pin two)\", \"state\": \"REVOKED\""
  has pins.json "\"$(pin three)\", \"state\": \"BACKUP\""
  equal "$(ls links others)" "$(printf 'links:\npins.json\n\nothers:')"
}

test_edits_at_the_same_time_are_all_kept() {
  make_pins
  local name round
  for name in 1 2 3 4; do issue "key$name" --dns payments.test; done
  for round in 1 2 3 4 5; do
    cp old.json pins.json
    local -a edits=()
    for name in 1 2 3; do
      "$pinion" pins add pins.json payments "pki/key$name.pem" >/dev/null 2>&1 &
      edits+=("$!")
    done
    "$pinion" pins revoke pins.json payments pki/two.pem --backup pki/key4.pem >/dev/null 2>&1 &
    edits+=("$!")
    for name in "${edits[@]}"; do ends_with 0 "$name"; done
    for name in 1 2 3 4; do has pins.json "$(pin "key$name")"; done
    has pins.json "\"$(pin two)\", \"state\": \"REVOKED\""
    has pins.json '"version": 11,'
  done
}

test_the_greatest_version_is_not_followed_by_a_negative_one() {
  make_pins
  sed -i 's/"version": 7/"version": 9223372036854775806/' pins.json
  pins 0 add pins.json payments pki/three.pem
  has pins.json '"version": 9223372036854775807'
  refused 'its version is 9223372036854775807, ' retire pins.json payments pki/three.pem
}

run_tests
