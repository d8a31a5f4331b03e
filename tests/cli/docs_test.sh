#!/usr/bin/env bash
# The README and docs/: their commands run, their links lead to files, and their references are complete.
# shellcheck source=tests/cli/harness.sh
source tests/cli/harness.sh

top=$PWD
schema=$top/proto/pinion/v1/config.proto

# commands FILE: the lines that its console blocks show behind a prompt.
commands() { sed -n '/^```console$/,/^```$/s/^\$ //p' "$top/$1"; }

# In one shell, in an empty folder, with the tool on the PATH.
test_the_readmes_commands_work() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  {
    # No process outlives the script.
    echo "set -euo pipefail; trap 'kill \$(jobs -p) 2>/dev/null || true' EXIT"
    sed -n '/^```sh$/,/^```$/p' "$top/README.md" | grep -v '^```'
  } >readme.sh
  PATH=$PWD/bin:$PATH run 0 timeout 60 bash readme.sh
  has out "ACCEPTED"
  has out "0 errors"
  has out "listening on 127.0.0.1:8443"
  has out "ok 1, failed 0"
  has out '"ok": 100'
}

test_links_lead_to_files() {
  local page link
  for page in "$top"/*.md "$top"/docs/*.md; do
    for link in $(grep -oE '\]\([^)#:]+\)' "$page" | sed 's/^](//; s/)$//'); do
      [[ -e $(dirname "$page")/$link ]] || fail "$(basename "$page"): the link $link leads to no file"
    done
  done
}

test_every_page_is_linked_from_the_readme() {
  local page
  for page in "$top"/docs/*.md; do has "$top/README.md" "(docs/$(basename "$page"))"; done
}

# In both directions: the reference has every key of the schema, and the schema every key of the reference.
test_the_configuration_reference_has_every_key() {
  sed -nE 's/^  (optional |repeated )?[A-Za-z0-9.]+ ([a-z_]+) = [0-9]+;/\2/p' "$schema" | grep -vxE 'identity|next_identity|adoption|exclude|trust|pin_set|etcd|documents|server|limits' | sort -u >keys
  sed -nE 's/^\| `([a-z_.]+)` \|.*/\1/p' "$top/docs/configuration.md" | sed 's/.*\.//' | sort -u >documented
  equal "$(cat documented)" "$(cat keys)"
}

test_the_tool_reference_has_every_command() {
  run 0 "$pinion" --help
  local command
  sed -n '/^S[Uu][Bb][Cc][Oo][Mm][Mm][Aa][Nn][Dd][Ss]:/,$s/^  \([a-z-]\+\) .*/\1/p' out >listed
  [[ -s listed ]] || fail "no command in the help"
  while read -r command; do has "$top/docs/cli.md" "\`$command\`"; done <listed
}

# Renames make_world's server to the peer `payments`, with its next and third key.
payments_world() {
  make_world
  mkdir dev
  local key
  for key in payments payments-next payments-third; do issue $key --dns localhost; done
  cp pki/payments* .
  cp pki/payments* dev
  sed -i "s|the-server|payments|; s|$(pin server)|$(pin payments)|; s|$(pin server-backup)|$(pin payments-next)|" pins.json
  for key in server client; do
    sed -i "s|pki/$key|$key|g" $key.json
    cp pki/$key.pem pki/$key-key.pem .
  done
  cp pki/payments.pem server.pem
  cp pki/payments-key.pem server-key.pem
}

# presents KEY: succeeds if the server is accepted and presents this key.
presents() {
  "$pinion" probe "localhost:$port" --config client.json -o json >probe.json 2>probe.err || return 1
  [[ $(json probe.json '["we"]["matched"]["pin"]') == "$(pin "$1")" ]]
}

test_the_runbook_for_a_stolen_key_works() {
  payments_world
  serve server --status-file status.json
  until_true 10 presents payments
  commands docs/stolen-key.md >steps
  equal "$(wc -l <steps)" 6
  run 0 bash -c "$(sed -n 1p steps | sed "s|^pinion|$pinion|")"
  has out DANGEROUS
  has out "live connections that hold it are closed"
  has pins.json REVOKED
  call client 90
  has out PIN_REVOKED
  cp payments-next.pem new.pem && mv new.pem server.pem
  cp payments-next-key.pem new.pem && mv new.pem server-key.pem
  until_true 20 presents payments-next
  run 0 bash -c "$(sed -n 2p steps | sed "s|^pinion|$pinion|; s|payments.internal:8443 --config orders.json|localhost:$port --config client.json|")"
  has out ACCEPTED
  equal "$(json status.json '["pin_set_version"]')" 2
}

# The edits for two stolen keys, and for one that no peer has.
test_the_runbooks_other_edits_work() {
  payments_world
  local key step
  for key in payments-fourth stolen; do issue $key --dns localhost; done
  cp pki/payments-fourth.pem pki/stolen.pem .
  commands docs/stolen-key.md >steps
  for step in 3 4 5 6; do run 0 bash -c "$(sed -n ${step}p steps | sed "s|^pinion|$pinion|")"; done
  equal "$(grep -o '"state": "[A-Z]*"' pins.json | sort | uniq -c | tr -s ' ' | tr '\n' ';')" ' 2 "state": "ACTIVE"; 2 "state": "BACKUP"; 3 "state": "REVOKED";'
  run 1 "$pinion" verify --role client --chain stolen.pem --roots pki/ca.pem --pins pins.json --unlisted-clients ACCEPT
  has out PIN_REVOKED
}

test_signed_pin_sets_are_made_as_described() {
  payments_world
  cp pki/payments.pem stolen.pem
  cp pki/ca.pem server-roots.pem
  mkdir policies
  echo '{"name": "orders", "allow_rules": [{"name": "all"}]}' >policies/orders.json
  {
    echo "set -euo pipefail"
    sed -n '/^```sh$/,/^```$/p' "$top/docs/signed-pin-sets.md" | grep -v '^```'
  } >steps.sh
  mkdir bin
  ln -s "$pinion" bin/pinion
  PATH=$PWD/bin:$PATH run 0 timeout 60 bash steps.sh
  has out "VALID"
  equal "$(tail -n 1 out | cut -d' ' -f1)" SIGNED
  has trust.json '"version": 3'
}

test_the_edits_of_a_rotation_work() {
  payments_world
  commands docs/pins.md >steps
  equal "$(wc -l <steps)" 4
  run 1 bash -c "$(sed -n 1p steps | sed "s|^pinion|$pinion|")"
  has err BACKUP
  run 0 bash -c "$(sed -n 2p steps | sed "s|^pinion|$pinion|")"
  has out "version 1 -> 2"
  run 0 bash -c "$(sed -n 3p steps | sed "s|^pinion|$pinion|")"
  lacks pins.json "$(pin payments)"
  run 0 bash -c "$(sed -n 4p steps | sed "s|^pinion|$pinion|")"
  has out "$(pin payments-third)  never proven"
}

run_tests
