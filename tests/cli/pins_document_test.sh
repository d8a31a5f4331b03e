#!/usr/bin/env bash
# `pinion pins document`, and what other commands say about documents.
source tests/cli/harness.sh
# shellcheck source=tests/cli/pin_files.sh
source tests/cli/pin_files.sh

sha256() { sha256sum "$1" | cut -d' ' -f1; }
make_documents() {
  make_pins
  mkdir policies
  cp pki/ca.pem roots.pem
  echo '{"name": "orders", "allow_rules": [{"name": "all"}]}' >policies/orders.json
}

test_digests_are_recorded_and_the_rest_of_the_file_stays() {
  make_documents
  pins 0 document pins.json roots.pem policies/orders.json
  changed '<   "version": 7, // grows' '>   "version": 8, // grows' '>   "documents": [' \
    ">     {\"file\": \"roots.pem\", \"sha256\": \"$(sha256 roots.pem)\"}," \
    ">     {\"file\": \"policies/orders.json\", \"sha256\": \"$(sha256 policies/orders.json)\"}" '>   ],'
  has out "document roots.pem is new"
  pins 0 show pins.json
  has out "document policies/orders.json  $(sha256 policies/orders.json)"
  pins 0 show pins.json -o json
  equal "$(json out '["documents"][0]["file"]')" roots.pem
  cp pins.json old.json
  pins 0 document pins.json
  has out "version 8 -> 8, nothing is written"
  equal "$(cat pins.json)" "$(cat old.json)"
  # All that have changed.
  echo '{"name": "other", "allow_rules": [{"name": "all"}]}' >policies/orders.json
  pins 0 document pins.json --dry-run
  has out "document policies/orders.json has other contents"
  equal "$(cat pins.json)" "$(cat old.json)"
  pins 0 document pins.json
  has pins.json '"version": 9,'
  has pins.json "$(sha256 policies/orders.json)"
  pins 1 diff old.json pins.json
  has out "DANGEROUS  document policies/orders.json has other contents"
  # Without them, the file is as it was.
  pins 0 document pins.json --remove policies/orders.json
  has out "document policies/orders.json is no longer listed"
  gone policies pins.json
  pins 0 document pins.json --remove roots.pem
  gone documents pins.json
  sed -i 's/"version": 11/"version": 7/' pins.json
  make_pins
  equal "$(cat pins.json)" "$(cat old.json)"
}

test_what_is_no_document() {
  make_documents
  cp pins.json before.json
  pins 2 document pins.json ../roots.pem
  has err "is not the name of a document"
  pins 2 document pins.json missing.pem
  has err "cannot read missing.pem"
  echo '{"name": "none", "allow_rules": []}' >policies/orders.json
  pins 2 document pins.json policies/orders.json
  has err "policies/orders.json:1:"
  echo '{"name": "-----BEGIN PRIVATE KEY-----", "allow_rules": [{"name": "all"}]}' >policies/orders.json
  pins 2 document pins.json policies/orders.json
  has err "holds a private key"
  cp pki/one-key.pem roots.pem
  pins 2 document pins.json roots.pem
  has err "roots.pem: "
  pins 2 document pins.json
  has err "the pin file lists no document"
  pins 2 document pins.json --remove roots.pem
  has err "roots.pem is no document of this pin file"
  equal "$(cat pins.json)" "$(cat before.json)"
}

# The digest is compared, not its spelling; and a string of a policy may look like a certificate.
test_what_changes_nothing() {
  make_documents
  echo '{"name": "-----BEGIN CERTIFICATE-----", "allow_rules": [{"name": "all"}]}' >policies/orders.json
  pins 0 document pins.json roots.pem policies/orders.json
  sed -i -E 's/("sha256": ")([0-9a-f]{64})/\1\U\2/' pins.json
  has pins.json "$(sha256 roots.pem | tr a-f A-F)"
  pins 0 document pins.json
  has out "version 8 -> 8, nothing is written"
  run 0 "$pinion" check pins.json policies/orders.json
}

# Two fleets whose policies have the same name.
test_check_judges_the_documents_of_each_pin_file() {
  make_world
  local fleet
  for fleet in one two; do
    mkdir "$fleet"
    cp pins.json "$fleet"
    echo '{"name": "orders", "allow_rules": [{"name": "all"}]}' >"$fleet/policy.json"
    pins 0 document "$fleet/pins.json" policy.json
    sed "s|\"file\": \"pins.json\"|\"file\": \"$fleet/pins.json\", \"documents\": {\"authorization_policy\": \"policy.json\"}|
      /\"authorization\":/d" server.json >"$fleet.json"
  done
  run 0 "$pinion" check one.json two.json
  echo '{"name": "orders", "deny_rules": [{"name": "everybody"}], "allow_rules": [{"name": "all"}]}' >two/policy.json
  pins 0 document two/pins.json
  run 1 "$pinion" check one.json two.json
  has out "two/policy.json:1:35: ERROR POLICY_DENIES_ALL"
  rm two/policy.json
  run 1 "$pinion" check two.json
  has out "relative to the pin file"
}

test_check_reports_files_that_are_not_those_that_are_listed() {
  make_documents
  pins 0 document pins.json roots.pem policies/orders.json
  run 0 "$pinion" check pins.json
  echo >>policies/orders.json
  run 1 "$pinion" check pins.json
  has out "policies/orders.json: ERROR DOCUMENT_CHANGED: "
  rm policies/orders.json
  run 0 "$pinion" check pins.json
  has out "pins.json:6:5: INFO DOCUMENT_MISSING: cannot read policies/orders.json"
}

test_a_server_takes_its_policy_and_roots_from_the_pin_file() {
  make_world
  mkdir policies
  cp pki/ca.pem roots.pem
  echo '{"name": "orders", "allow_rules": [{"name": "all"}]}' >policies/orders.json
  pins 0 document pins.json roots.pem policies/orders.json
  python3 - <<'PY'
import json
config = json.load(open("server.json"))
del config["trust"], config["server"]["authorization"]
config["pin_set"]["documents"] = {"client_roots": "roots.pem", "authorization_policy": "policies/orders.json"}
json.dump(config, open("server.json", "w"), indent=2)
PY
  run 0 "$pinion" check server.json
  serve server --status-file status.json
  call client 0
  # A change of the policy alone is not adopted, and the one before stays.
  cp policies/orders.json good.json
  echo '{"name": "orders", "deny_rules": [{"name": "everybody"}], "allow_rules": [{"name": "all"}]}' >policies/orders.json
  until_true 10 grep -q "no content has the digest" server.err
  call client 0
  run 1 "$pinion" check server.json
  has out "policies/orders.json: ERROR DOCUMENT_INVALID: no content has the digest"
  pins 0 document pins.json
  until_true 10 denies
  rm policies/orders.json
  run 1 "$pinion" check server.json
  has out "ERROR FILE_MISSING: cannot read policies/orders.json"
}
denies() { "$pinion" call --config client.json "localhost:$port" >/dev/null 2>&1 && return 1 || (($? == 71)); }

run_tests
