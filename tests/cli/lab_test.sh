#!/usr/bin/env bash
# `pinion lab`: a running laboratory, changes in it, and its removal.
source tests/cli/harness.sh

# up: a laboratory in ./lab; sets `lab`, its process id, and `payments`, its address.
up() {
  start lab "$pinion" lab up --dir lab
  lab=$started
  until_true 20 grep -q "Then make things happen" lab.out
  payments=$(sed -n 's/^  payments  //p' lab.out)
}
call_payments() { run "$1" "$pinion" call --config lab/orders.json "${2:-$payments}"; }
# accepted: waits until the legitimate client can call payments.
accepted() { until_true 20 "$pinion" call --config lab/orders.json "$payments" >/dev/null 2>&1; }
# serves N: succeeds if payments presents its Nth key in a new handshake.
serves() { openssl s_client -connect "$payments" </dev/null 2>/dev/null | "$pinion" pin - | grep -qF "$("$pinion" pin "lab/pki/payments-$1.pem" | cut -d' ' -f1)"; }
state() { json lab/pins.json "['peers'][0]['pins'][$1]['state']"; }
states() { json lab/pins.json "['version']"; for ((i = 0; i < $1; i++)); do state $i; done; }

test_two_services_and_an_impostor_run() {
  up
  call_payments 0
  call_payments 0 "$(sed -n 's/^  ledger    //p' lab.out)"
  call_payments 90 "$(sed -n 's/^  impostor  \([^ ]*\) .*/\1/p' lab.out)"
  has out "PIN_MISMATCH"
  has lab.out "A laboratory in $PWD/lab; Ctrl-C ends it, and nothing stays behind"
  equal "$(stat -c %a lab) $(stat -c %a lab/pki/*-key.pem lab/payments-key.pem | sort -u)" "700 600"
  equal "$(states 2)" "1
ACTIVE
BACKUP"
}

test_nothing_is_left_behind() {
  local signal
  mkdir tmp
  for signal in INT TERM HUP; do
    TMPDIR=$PWD/tmp start lab "$pinion" lab up
    until_true 20 grep -q "Then make things happen" lab.out
    equal "$(ls tmp | wc -l)" 1
    kill -$signal "$started"
    ends_with 0 "$started"
    equal "$(ls -A tmp)" ""
    equal "$(cat lab.err)" ""
  done
  up
  kill -TERM "$lab"
  ends_with 0 "$lab"
  [[ ! -e lab ]]
  mkdir lab
  up
  kill -TERM "$lab"
  ends_with 0 "$lab"
  equal "$(ls -A lab)" ""
}

test_a_folder_in_use_is_left_alone() {
  mkdir lab
  echo precious >lab/file
  run 2 "$pinion" lab up --dir lab
  has err "pinion: lab is not an empty folder; a laboratory takes an empty one, or one that it makes"
  equal "$(cat lab/file)" precious
  run 2 "$pinion" lab up --dir lab/file
  has err "is not an empty folder"
  run 2 "$pinion" lab up --dir missing/lab
  has err "cannot make missing/lab: No such file or directory"
}

test_rotation_fails_no_call() {
  up
  # The caller retries connections that the system fails to make; a refusal by Pinion is logged.
  start caller "$pinion" call --config lab/orders.json "$payments" --duration 60s --rate 50 --new-channel \
    --wait-for-ready -o json
  local caller=$started
  run 0 "$pinion" lab rotate --dir lab
  equal "$(cat out)" "Payments takes its backup key: payments-2. In pins.json (version 2) it is ACTIVE, the old one RETIRING, and payments-3 is the new BACKUP.
Expect: no call to fail. The server has the new key within about a second; a client that meets the old one until then reports a RETIRING key."
  until_true 20 serves 2
  run 0 "$pinion" lab rotate --dir lab
  until_true 20 serves 3
  equal "$(states 3)" "3
RETIRING
ACTIVE
BACKUP"
  kill -TERM "$caller"
  local code=0
  wait "$caller" || code=$?
  ((code == 0)) || fail "the caller's exit code is $code: $(cat caller.out caller.err)"
  equal "$(json caller.out '["failed"]')" 0
  lacks caller.err "refused"
}

test_an_impostor_at_its_address_is_refused_until_healed() {
  up
  run 0 "$pinion" lab break impostor --dir lab
  has out "The impostor now holds payments' address"
  call_payments 90
  has out "PIN_MISMATCH"
  run 1 "$pinion" lab rotate --dir lab
  equal "$(cat err)" "pinion: the laboratory is broken (impostor); first: pinion lab heal --dir $PWD/lab"
  run 1 "$pinion" lab break revoke --dir lab
  run 0 "$pinion" lab heal --dir lab
  has out "Fixed: impostor. Payments serves payments-1, which is ACTIVE in pins.json (version 1)."
  accepted
}

test_an_expired_certificate_is_refused_with_any_key() {
  up
  run 0 "$pinion" lab break expired --dir lab
  call_payments 78
  has out "certificate verify failed"
  run 1 "$pinion" verify --role server --chain lab/pki/expired.pem --roots lab/pki/ca.pem --host localhost --pins lab/pins.json
  has out "CERTIFICATE_EXPIRED"
  equal "$("$pinion" pin lab/pki/expired.pem | cut -d' ' -f1)" "$("$pinion" pin lab/payments.pem | cut -d' ' -f1)"
  run 0 "$pinion" lab heal --dir lab
  accepted
}

test_no_process_adopts_a_pin_file_without_backup() {
  up
  run 0 "$pinion" lab break no-backup --dir lab
  until_true 20 grep -q 'payments: keeping the last good pin_set .* peer "payments" has no BACKUP pin' lab.err
  until_true 20 grep -q 'ledger: keeping the last good pin_set' lab.err
  call_payments 2
  has err "has no BACKUP pin"
  run 0 "$pinion" lab heal --dir lab
  accepted
  equal "$(states 2)" "3
ACTIVE
BACKUP"
}

test_a_revoked_key_is_refused_until_its_backup_is_served() {
  up
  start caller "$pinion" call --config lab/orders.json "$payments" --streams 1 --duration 60s --rate 20
  run 0 "$pinion" lab break revoke --dir lab
  has out "Expect: PIN_REVOKED: live connections are closed within a second"
  until_true 20 grep -q "PIN_REVOKED" caller.err
  call_payments 90
  run 0 "$pinion" lab heal --dir lab
  until_true 20 serves 2
  accepted
  equal "$(states 3)" "2
REVOKED
ACTIVE
BACKUP"
  run 0 "$pinion" lab heal --dir lab
  has out "Nothing was broken. Payments serves payments-2"
}

test_changes_need_a_laboratory() {
  local change
  mkdir empty
  for change in rotate heal "break impostor"; do
    # shellcheck disable=SC2086
    run 1 "$pinion" lab $change --dir empty
    equal "$(cat err)" "pinion: no laboratory runs in $PWD/empty; \`pinion lab up --dir DIR\` starts one"
    # shellcheck disable=SC2086
    run 1 "$pinion" lab $change --dir missing
  done
  equal "$(ls -A empty)" ""
  run 2 "$pinion" lab break everything --dir empty
  has err "WHAT: everything not in {impostor,expired,no-backup,revoke}"
  up
  kill -KILL "$lab"
  ends_with 137 "$lab"
  run 1 "$pinion" lab heal --dir lab
  has err "no laboratory runs in $PWD/lab"
}

test_json_has_a_version() {
  start lab "$pinion" lab up --dir lab -o json
  until_true 20 grep -q "^}" lab.out
  equal "$(json lab.out '["version"]') $(json lab.out '["directory"]')" "1 $PWD/lab"
  payments=$(json lab.out '["payments"]')
  call_payments 0
  has <(json lab.out '["try"]["C++"]') "pinion call --config $PWD/lab/orders.json $payments"
  [[ $(json lab.out '["ledger"]') == 127.0.0.2:* && $(json lab.out '["impostor"]') == localhost:* ]]
  run 0 "$pinion" lab rotate --dir lab -o json
  equal "$(json out '["version"]') $(json out '["pin_set_version"]')" "1 2"
  equal "$(json out '["served_pin"]')" "$("$pinion" pin lab/pki/payments-2.pem | cut -d' ' -f1)"
  has <(json out '["did"]') "Payments takes its backup key"
  has <(json out '["expect"]') "no call to fail"
}

test_a_folder_with_a_blank_and_a_quote() {
  mkdir "it's a lab"
  start lab "$pinion" lab up --dir "it's a lab"
  until_true 20 grep -q "Then make things happen" lab.out
  mkdir bin
  ln -s "$pinion" bin/pinion
  PATH=$PWD/bin:$PATH run 0 bash -c "$(sed -n 's/^  C++ *//p' lab.out)"
  PATH=$PWD/bin:$PATH run 0 bash -c "$(sed -n 's/^  \(pinion lab rotate.*\)/\1/p' lab.out)"
}

test_the_examples_of_help_work() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  PATH=$PWD/bin:$PATH
  equal "$("$pinion" lab up --help | grep '^  pinion')" "  pinion lab up
  pinion lab up --dir lab -o json"
  start lab pinion lab up --dir lab -o json
  until_true 20 grep -q "^}" lab.out
  for command in rotate heal break; do "$pinion" lab $command --help; done | grep '^  pinion' |
    sed 's/^  pinion lab break impostor.*/&\npinion lab heal --dir lab/' >examples.sh
  equal "$(grep -c pinion examples.sh)" 5
  run 0 bash -e examples.sh
}

run_tests
