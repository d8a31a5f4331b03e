#!/usr/bin/env bash
# Runs every example in every subcommand's help, in a folder that has the files they name.
# shellcheck source=tests/cli/harness.sh
source tests/cli/harness.sh
source tests/etcd/etcd.sh

at_most=200 # a whole drill
# Commands with examples that are consecutive steps; the empty name is the tool itself.
stepwise="||pki|pki intermediate|pins document|sign|trust|"
# Examples that were tried already, and expected exit codes other than 0.
declare -A tried=() answers=(
  ["pinion pins diff deployed.json pins.json"]=1
  ["pinion pins diff deployed.json pins.json -o json"]=1
  ["pinion policy diff policy.json new.json --requests calls.jsonl"]=1
  ["pinion policy diff policy.json new.json --requests calls.json -o json"]=1
  # No process writes there.
  ["pinion fleet status --config publisher.json --prefix /pinion/prod/instances/"]=1
  # The server has no next key.
  ["pinion adoption report --config orders.json localhost:8443 --once --timeout 10s"]=2
  # The server requires a client certificate.
  ["pinion probe localhost:8443"]=1
  ["pinion probe 127.0.0.1:8443 --host localhost --roots ca.pem --pins pins.json -o json"]=1
  # They have version 2.
  ["pinion fleet status --expect 7 orders-status.json payments-census.json"]=1
  ["pinion drill client -- curl --cacert {roots} --pinnedpubkey {curl_pins} https://{address}/"]=1
)

certificate() { "$pinion" pki issue dev "$@" >/dev/null; }

# The files that examples name, in ./files.
make_files() {
  "$pinion" pki init dev >/dev/null
  local name
  for name in payments next third old; do certificate "$name" --dns localhost --dns payments.internal --uri spiffe://dev/payments; done
  for name in orders client; do certificate "$name" --uri "spiffe://dev/$name"; done
  mkdir files
  mv dev/{payments,next,third,old,orders,client}*.pem files
  cp dev/ca*.pem files
  mv dev files
  cd files
  cp next.pem payments-next.pem
  cp payments.pem stolen.pem
  pin_of() { "$pinion" pin "$1" | cut -d' ' -f1; }
  cat >pins.json <<JSON
{"version": 2, "peers": [{"name": "payments", "hosts": ["localhost", "payments.internal"], "identities": ["spiffe://dev/payments"], "pins": [
  {"spki": "$(pin_of payments.pem)", "state": "ACTIVE"},
  {"spki": "$(pin_of next.pem)", "state": "BACKUP"},
  {"spki": "sha256/WoiWRyIOVNa9ihaBciRSC7XHjliYS9VwUGOIud4PB18=", "state": "BACKUP"},
  {"spki": "$(pin_of old.pem)", "state": "RETIRING"}
]}, {"name": "clients", "identities": ["spiffe://dev/orders", "spiffe://dev/client"], "pins": [
  {"spki": "$(pin_of orders.pem)", "state": "ACTIVE"},
  {"spki": "$(pin_of client.pem)", "state": "ACTIVE"},
  {"spki": "sha256/x4QzPSC810K5/cMjb05Qm4k3Bw5zBn4lTdO/nEW/Td4=", "state": "BACKUP"}
]}]}
JSON
  sed -e 's/"version": 2/"version": 3/' pins.json >pins-next.json
  sed -e 's/"version": 2/"version": 1/' -e 's/RETIRING/ACTIVE/' pins.json >deployed.json
  for name in orders client payments; do
    cat >$name.json <<JSON
{"identity": {"certificate_file": "$name.pem", "private_key_file": "$name-key.pem"},
 "trust": {"server_roots_file": "ca.pem"}, "pin_set": {"file": "pins.json"}}
JSON
  done
  sed -i -e 's/server_roots_file/client_roots_file/' \
    -e 's/}}$/}, "server": {"unlisted_clients": "REFUSE", "authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"}}/' payments.json
  cp payments.json server.json
  cat >policy.json <<'JSON'
{"name": "ledger", "allow_rules": [
  {"name": "readers", "source": {"principals": ["spiffe://prod/*"]}, "request": {"paths": ["/bank.Ledger/Read"]}},
  {"name": "payers", "source": {"principals": ["peer:payments"]}, "request": {"paths": ["/bank.Ledger/Pay"]}}]}
JSON
  sed 's|spiffe://prod/\*|spiffe://prod/auditor|' policy.json >new.json
  cp policy.json orders-policy.json
  cp ca.pem server-roots.pem
  echo '{"path": "/bank.Ledger/Read", "uri_sans": ["spiffe://prod/reader"]}' >calls.jsonl
  echo "{\"calls\": [$(cat calls.jsonl)]}" >calls.json
  echo "new CertificatePinner.Builder().add(\"payments.internal\", \"$(pin_of payments.pem)\", \"$(pin_of next.pem)\").build()" >Pinner.java
  echo "$(pin_of payments.pem | sed 's|/|//|');$(pin_of next.pem | sed 's|/|//|')" >pinned.txt
  echo "add_header Public-Key-Pins 'pin-sha256=\"$(pin_of payments.pem | cut -d/ -f2-)\"; pin-sha256=\"$(pin_of next.pem | cut -d/ -f2-)\"; max-age=600';" >nginx-header.conf
  cat >network_security_config.xml <<XML
<network-security-config><domain-config><domain>payments.internal</domain><pin-set>
<pin digest="SHA-256">$(pin_of payments.pem | cut -d/ -f2-)</pin></pin-set></domain-config></network-security-config>
XML
  for name in root root1 root2 ci publisher oncall oncall2; do
    openssl genpkey -algorithm Ed25519 -out $name-key.pem 2>/dev/null
    openssl pkey -in $name-key.pem -pubout -out $name.pem
  done
  {
    "$pinion" trust init prod trust.json --root root.pem --publisher publisher.pem --revoker oncall.pem
    "$pinion" trust sign trust.json --key root-key.pem
    "$pinion" trust rotate trust.json trust-next.json --add-publisher ci.pem
    "$pinion" trust sign trust-next.json --key root-key.pem
    "$pinion" sign pins.json --trust trust.json --key publisher-key.pem
  } >/dev/null 2>&1
  echo '{"version": 1, "revoked": []}' >revocations.json
  "$pinion" sign revocations.json --trust trust.json --key oncall-key.pem >/dev/null
  "$pinion" pins challenge pins.json payments | sed -n '/KEY.pem/s/KEY.pem/next-key.pem/p' | sed -n 's/^  openssl/openssl/p' | head -n 1 | sh
  digest=$(printf '%064d' 1)
  cat >census.json <<JSON
{"written": "$(date -u +%FT%TZ)", "candidate": "$(pin_of next.pem)", "candidate_sha256": "$digest", "offered": "2026-01-01T00:00:00Z",
 "peers": [{"side": "SERVES", "name": "orders", "listed": true, "processes": [
  {"id": "$(printf '%032d' 1)", "last_seen": "$(date -u +%FT%TZ)", "streams": 1, "candidate_sha256": "$digest", "reason": "ACCEPTED"}]}]}
JSON
  cp census.json replica-1.json
  cp census.json replica-2.json
  cp census.json payments-census.json
  mkdir -p home/.local/share/{man/man1,bash-completion/completions}
  cd ..
}

# Prepares everything else that a command's examples need, mainly a server.
prepare() {
  if [[ $1 != serve ]]; then
    start server "$pinion" serve --config payments.json --address 127.0.0.1:8443
    until_true 20 grep -q "listening on" server.out
  fi
  case $1 in
    "" | "pki" | "pki init") rm -rf dev ;;
    "pki renew" | "pki rekey") certificate payments --dns localhost ;;
    check | "fleet status")
      start caller "$pinion" call --config orders.json localhost:8443 --duration 60s --rate 5 --status-file orders-status.json
      until_true 20 test -s orders-status.json
      ;;&
    rehearse)
      mkdir recorded
      sed -i 's/"pin_set"/"recorded_handshakes_dir": "recorded", &/' orders.json
      "$pinion" call --config orders.json localhost:8443 >/dev/null
      ;;
    publish | fleet | "fleet status")
      make_etcd 1
      cp orders.json publisher.json
      etcd_config publisher
      "$pinion" sign pins.json --trust trust.json --key publisher-key.pem >/dev/null
      "$pinion" publish pins.json --config publisher.json --revocations revocations.json >/dev/null
      ;;
    "trust" | "trust init") rm -f trust.json trust.json.sig ;;
    "trust rotate") rm trust-next.json ;;
    "pins retire") sed -i 's/RETIRING/ACTIVE/' pins.json ;;
  esac
}

# run_until_sigterm FIRST_LINE COMMAND...: sends SIGTERM after the first line; the exit code must be 0.
run_until_sigterm() {
  local first_line=$1
  shift
  start running "$@"
  until_true 20 grep -q "$first_line" running.out
  kill -TERM "$started"
  ends_with 0 "$started"
}

run_example() {
  local example=$1
  echo "$example"
  case $example in
    "pinion lab "*" --dir lab")
      [[ $example == *" up "* ]] || { start lab "$pinion" lab up --dir lab && until_true 20 grep -q "Ctrl-C" lab.out; }
      ;;&
    "pinion serve "*) run_until_sigterm "listening on" bash -c "exec $example" ;;
    "pinion lab up"*) run_until_sigterm "payments" bash -c "exec $example" ;;
    *) run "${answers[$example]:-0}" bash -c "$example" ;;
  esac
}

# examples COMMAND...: the examples in its help, one per line.
examples() { "$pinion" "$@" --help | sed -n '/^Examples\{0,1\}:$/,/^[^ ]/{/^  /s/^  //p}'; }

# run_examples COMMAND...: runs each on a new copy of the files, or, if they are steps, all on one copy.
run_examples() {
  local example top=$PWD
  examples "$@" >examples
  [[ -s examples ]] || fail "no example in the help of: pinion $*"
  rm -rf copy
  while read -r example; do
    # Groups of commands repeat some of their commands' examples; steps need the earlier steps.
    [[ $stepwise == *"|$*|"* || -z ${tried[$example]:-} ]] || continue
    tried[$example]=yes
    if [[ ! -d copy || $stepwise != *"|$*|"* ]]; then
      end_all
      rm -rf copy
      cp -r files copy
      cd copy
      prepare "$*"
    else
      cd copy
    fi
    run_example "$example"
    cd "$top"
  done <examples
}

test_every_example_works() {
  make_files
  mkdir bin
  ln -s "$pinion" bin/pinion
  # Replaces man, to which an example pipes a page.
  printf '#!/bin/sh\ncat >/dev/null\n' >bin/man
  chmod +x bin/man
  export PATH=$PWD/bin:$PATH HOME=$PWD/files/home
  local words command
  run_examples
  commands_of "" >commands
  while read -r command; do
    read -ra words <<<"$command"
    run_examples "${words[@]}"
  done <commands
}

run_tests
