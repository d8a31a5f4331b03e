#!/usr/bin/env bash
# Policies and roots as documents of a signed pin set in a real etcd.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh

# A server whose policy and roots for clients are in etcd; the policy allows everything.
make_documents() {
  make_fleet 1
  mkdir policies
  cp pki/ca.pem client-roots.pem
  allow everything
  python3 - <<'PY'
import json
config = json.load(open("server.json"))
del config["trust"], config["server"]["authorization"]
config["pin_set"]["documents"] = {"client_roots": "client-roots.pem", "authorization_policy": "policies/orders.json"}
json.dump(config, open("server.json", "w"), indent=2)
PY
  run 0 "$pinion" pins document pins.json client-roots.pem policies/orders.json
  sign
}
allow() { echo '{"name": "orders", "allow_rules": [{"name": "'"$1"'"}]}' >policies/orders.json; }
deny() { echo '{"name": "orders", "deny_rules": [{"name": "everybody"}], "allow_rules": [{"name": "all"}]}' >policies/orders.json; }

denies() { "$pinion" call --config file-client.json "localhost:$port" >/dev/null 2>&1 && return 1 || (($? == 71)); }

test_documents_come_with_the_pin_set() {
  make_documents
  publish
  serve server --status-file status.json
  until_true 10 in_effect 2
  call file-client 0
  deny
  publish 1
  has err "policies/orders.json: it is not the file whose digest pins.json lists"
  run 0 "$pinion" pins document pins.json
  publish 1
  has err "has signed other bytes"
  sign
  publish
  until_true 10 denies
  until_true 10 in_effect 3
  equal "$(json status.json '["authorization_policy"]["revision"]')" "version 3"
  # Without etcd, a restart has them from the copy.
  kill "${members[0]}"
  wait "${members[0]}" || true
  kill "$server"
  ends_with 0 "$server"
  serve server --status-file status.json
  until_true 10 denies
  equal "$(json status.json '["client_roots"]["provenance"]')" "client-roots.pem of the pin set"
  # A check judges the copy, too.
  run 1 "$pinion" check server.json
  has out "policies/orders.json:1:35: ERROR POLICY_DENIES_ALL"
}

# A user who can write to etcd replaces the policy, or leaves it out, and keeps what is signed.
test_a_thief_of_etcd_cannot_change_a_document() {
  make_documents
  deny
  run 0 "$pinion" pins document pins.json
  sign
  publish
  serve server --status-file status.json
  until_true 10 in_effect 3
  until_true 10 denies
  ctl get "$key" --print-value-only | head -c -1 >value
  sed 's/"deny_rules": \[{"name": "everybody"}\]/"audit_logging_options"    : {      }/' value >changed
  equal "$(wc -c <changed)" "$(wc -c <value)"
  not cmp -s changed value
  ctl put "$key" <changed >/dev/null
  until_true 10 reports "document policies/orders.json: no content has the digest that version 3"
  denies
  # A document of his own is not kept, neither in memory nor in the copy.
  { cat value && printf '\x42\x05other'; } | ctl put "$key" >/dev/null
  until_true 10 reports "has 3 documents, and version 3 of the pin set lists 2"
  put_value pins.json pins.json.sig trust.json trust.json.sig
  until_true 10 reports "document client-roots.pem: no content has the digest that version 3"
  denies
  # Neither does a process that starts: it uses its copy.
  kill "$server"
  ends_with 0 "$server"
  serve server --status-file status.json
  denies
  rm -r state
  mkdir state
  kill "$server"
  ends_with 0 "$server"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "no content has the digest"
  # The publisher replaces it.
  publish
  serve server
  denies
}

# What etcd has is judged by its signatures, also where it lacks what this publisher's own configuration uses.
test_a_publisher_that_uses_documents_does_not_go_back() {
  make_fleet 1
  version 9
  publish
  cp pki/ca.pem server-roots.pem
  run 0 "$pinion" pins document pins.json server-roots.pem
  version 2
  sed -i 's|"fleet_trust_file"|"documents": {"server_roots": "server-roots.pem"}, &|; /"server_roots_file": "pki/d' publisher.json
  publish 1
  has err "version 2 is older than version 9"
}

# The pin set is signed, and the policy that the configuration names is not in it.
test_a_pin_set_without_a_document_that_is_used_is_not_adopted() {
  make_documents
  publish
  serve server --status-file status.json
  until_true 10 in_effect 2
  run 0 "$pinion" pins document pins.json --remove policies/orders.json
  sign
  publish 1
  has err "policies/orders.json: the pin set in etcd lists this document, and this one does not"
  run 0 "$pinion" publish pins.json --config publisher.json --without policies/orders.json
  until_true 10 reports "the configuration uses this document, and version 3 of the pin set does not list it"
  equal "$(json status.json '["pin_set_version"]')" 2
  call file-client 0
}

# Who uses a document is known to the processes alone.
test_a_document_stays_what_it_is() {
  make_documents
  publish
  cp pki/ca.pem policies/orders.json
  run 0 "$pinion" pins document pins.json
  sign
  publish 1
  has err "policies/orders.json: of roots and a policy, etcd has one under this name"
}

# One text for two names.
test_documents_with_equal_contents() {
  make_documents
  cp policies/orders.json policies/payments.json
  run 0 "$pinion" pins document pins.json policies/payments.json
  sign
  publish
  serve server --status-file status.json
  until_true 10 in_effect 3
}

run_tests
