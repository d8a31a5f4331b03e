#!/usr/bin/env bash
# `pinion policy`: its output and exit codes for policy files, calls and changes.
source tests/cli/harness.sh

examples=$PWD/certs
policy() { run "$1" "$pinion" policy "${@:2}"; }

# policy.json; new.json, in which the old reader may not read and only the red team may pay; three calls.
make_policies() {
  cat >policy.json <<'JSON'
{
  "name": "ledger",
  "deny_rules": [{"name": "no-tests", "request": {"headers": [{"key": "x-mode", "values": ["test"]}]}}],
  "allow_rules": [
    {
      "name": "readers",
      "source": {"principals": ["spiffe://prod/*", "CN=old reader", "reader.test"]},
      "request": {"paths": ["/bank.Ledger/Read"]}
    },
    {"name": "payers", "source": {"principals": ["peer:payments"]}, "request": {"paths": ["/bank.Ledger/Pay"]}},
    {"name": "health", "request": {"paths": ["/grpc.health.v1.Health/*"]}}
  ]
}
JSON
  sed -e 's/"CN=old reader", //' -e 's|"peer:payments"\]}, "request": {|&"headers": [{"key": "x-team", "values": ["red"]}], |' \
    policy.json >new.json
  cat >calls.jsonl <<'JSON'
{"path": "/bank.Ledger/Read", "uri_sans": ["spiffe://prod/reader"]}

// Its certificate expires soon.
{"path": "/bank.Ledger/Read", "subject": "CN=old reader"}
{"path": "/bank.Ledger/Pay", "peers": ["payments"], "headers": [{"key": "x-team", "value": "blue"}]}
JSON
  printf '{"calls": [\n%s\n]}\n' "$(grep -v '^$' calls.jsonl | sed 's/}$/},/; $s/,$//')" >calls.json
}

test_check_of_a_good_policy() {
  make_policies
  policy 0 check policy.json
  equal "$(cat out)" 'policy.json: good: policy "ledger"
  deny rules   no-tests
  allow rules  readers, payers, health
  every peer   health (allow rules without principals)
  peers        payments (by name; the pin set should list them)'
  policy 0 check policy.json -o json
  equal "$(json out '["good"]')" True
  equal "$(json out '["name"]')" ledger
  equal "$(json out '["deny_rules"]')" "['no-tests']"
  equal "$(json out '["allow_rules"]')" "['readers', 'payers', 'health']"
  equal "$(json out '["rules_for_every_peer"]')" "['health']"
  equal "$(json out '["peers"]')" "['payments']"
  equal "$(cat err)" ""
}

test_check_of_the_example() {
  run 0 "$pinion" policy check "$examples/policy.example.json" -o json
  equal "$(json out '["deny_rules"]')" "['no-refunds-by-batch', 'no-dry-runs']"
  equal "$(json out '["allow_rules"]')" "['orders-pay', 'health-for-every-peer']"
}

test_check_of_a_bad_policy_reports_place_rule_and_fix() {
  make_policies
  sed -i 's/x-mode/X-Mode/' policy.json
  local error='deny_rules[0].request.headers[0].key: rule "no-tests": "X-Mode" would never match, because keys arrive in lower case; write "x-mode"'
  policy 1 check policy.json
  equal "$(cat out)" "policy.json:3:71: $error"
  equal "$(sed -n 3p policy.json | cut -c71-78)" '"X-Mode"'
  policy 1 check policy.json -o json
  equal "$(json out '["good"]')" False
  equal "$(json out '["file"]')" policy.json
  equal "$(json out '["line"]')" 3
  equal "$(json out '["column"]')" 71
  equal "$(json out '["error"]')" "$error"
  mkdir a:1:2:
  cp policy.json a:1:2:/
  policy 1 check a:1:2:/policy.json -o json
  equal "$(json out '["line"]')" 3
  echo '{"name": ' >truncated.json
  policy 1 check truncated.json
  has out "truncated.json:2:1: not JSON: "
  equal "$(cat err)" ""
}

test_unreadable_input_exits_2() {
  make_policies
  policy 2 check missing.json
  equal "$(cat err)" "pinion: cannot read missing.json: No such file or directory"
  policy 2 check .
  has err "cannot read .: not a regular file"
  policy 2 eval missing.json --path /a.B/C
  has err "cannot read missing.json"
  policy 2 diff policy.json missing.json --requests calls.jsonl
  has err "cannot read missing.json"
  policy 2 diff missing.json policy.json --requests calls.jsonl
  has err "cannot read missing.json"
  policy 2 diff policy.json new.json --requests missing.jsonl
  has err "cannot read missing.jsonl"
  # A bad policy is not evaluated.
  sed -i 's/x-mode/X-Mode/' policy.json
  policy 2 eval policy.json --path /a.B/C
  has err "policy.json:3:71: "
  policy 2 diff policy.json new.json --requests calls.jsonl
  has err "policy.json:3:71: "
  policy 2 diff new.json policy.json --requests calls.jsonl
  has err "policy.json:3:71: "
  equal "$(cat out)" ""
}

# evaluates CODE REASON RULE OPTION...: of policy.json; both outputs must agree.
evaluates() {
  policy "$1" eval policy.json "${@:4}" -o json
  equal "$(json out '["reason"]')" "$2"
  equal "$(json out '["rule"]')" "$3"
  equal "$(json out '["allowed"]')" "$([[ $1 == 0 ]] && echo True || echo False)"
  policy "$1" eval policy.json "${@:4}"
}

test_eval_reports_a_caller_that_a_server_refuses_earlier() {
  make_policies
  evaluates 0 ALLOW_RULE readers --path /bank.Ledger/Read --uri-san spiffe://prod/reader
  equal "$(cat err)" ""
  evaluates 0 ALLOW_RULE readers --path /bank.Ledger/Read --uri-san spiffe://prod/reader/../admin
  has err "is not a SPIFFE ID"
}

test_eval_names_the_rule_and_why() {
  make_policies
  evaluates 0 ALLOW_RULE readers --path /bank.Ledger/Read --uri-san spiffe://x --uri-san spiffe://prod/reader
  equal "$(cat out)" 'allowed by rule "readers"
  deny   "no-tests" does not match: there is no header "x-mode"
  allow  "readers" matches
  allow  "payers" does not match: none of its paths matches
  allow  "health" does not match: none of its paths matches'
  evaluates 1 NO_RULE "" --path /bank.Ledger/Read --uri-san spiffe://test/reader --header x-mode=live
  equal "$(cat out)" 'denied: no rule allows it
  deny   "no-tests" does not match: header "x-mode" matches none of its values
  allow  "readers" does not match: none of its principals matches
  allow  "payers" does not match: none of its paths matches
  allow  "health" does not match: none of its paths matches'
  evaluates 1 NOT_A_METHOD_PATH "" --path /bank.Ledger --peer payments
  equal "$(cat out)" "denied: its path is not /SERVICE/METHOD"
}

test_eval_takes_every_input_of_a_policy() {
  make_policies
  evaluates 0 ALLOW_RULE readers --path /bank.Ledger/Read --subject "CN=old reader"
  evaluates 0 ALLOW_RULE readers --path /bank.Ledger/Read --dns-san x.test --dns-san reader.test
  evaluates 0 ALLOW_RULE payers --path /bank.Ledger/Pay --peer payments
  evaluates 1 NO_RULE "" --path /bank.Ledger/Pay --peer reader
  evaluates 1 NO_RULE "" --path /bank.Ledger/Pay --uri-san peer:payments
  evaluates 1 NO_RULE "" --path /bank.Ledger/Pay --peer payments --peer reader
  evaluates 0 ALLOW_RULE health --path /grpc.health.v1.Health/Check
  evaluates 1 DENY_RULE no-tests --path /grpc.health.v1.Health/Check --header x-mode=live --header x-mode=test
  evaluates 0 ALLOW_RULE health --path /grpc.health.v1.Health/Check --header x-mode= --header x-other=a=test
}

test_eval_takes_headers_as_they_would_arrive() {
  make_policies
  local header
  for header in x-mode =test ""; do
    policy 2 eval policy.json --path /a.B/C --header "$header"
    has err "--header: not KEY=VALUE"
  done
}

test_eval_denies_a_header_name_in_upper_case_as_a_server_does() {
  make_policies
  evaluates 1 MALFORMED_HEADER "" --path /grpc.health.v1.Health/Check --header X-Mode=live
}

test_diff_shows_which_calls_change() {
  make_policies
  policy 1 diff policy.json new.json --requests calls.jsonl
  equal "$(cat out)" 'calls.jsonl:4: /bank.Ledger/Read from CN=old reader
  old  allowed by rule "readers"
  new  denied: no rule allows it
calls.jsonl:5: /bank.Ledger/Pay from an anonymous caller
  old  allowed by rule "payers"
  new  denied: no rule allows it
2 of 3 calls change'
  policy 1 diff new.json policy.json --requests calls.json -o json
  equal "$(json out '["calls"]')" 3
  equal "$(json out '["changed"][0]["place"]')" "calls.json: calls[1]"
  equal "$(json out '["changed"][0]["path"]')" /bank.Ledger/Read
  equal "$(json out '["changed"][0]["old"]')" "{'allowed': False, 'reason': 'NO_RULE', 'rule': ''}"
  equal "$(json out '["changed"][0]["new"]')" "{'allowed': True, 'reason': 'ALLOW_RULE', 'rule': 'readers'}"
  equal "$(json out '["changed"][1]["place"]')" "calls.json: calls[2]"
}

test_diff_of_equivalent_policies() {
  make_policies
  sed 's/"readers"/"reading"/' policy.json >renamed.json
  policy 0 diff policy.json renamed.json --requests calls.jsonl
  equal "$(cat out)" "0 of 3 calls change"
  policy 0 diff policy.json policy.json --requests calls.json -o json
  equal "$(json out '["changed"]')" "[]"
}

# unusable_calls TEXT ERROR: as calls.json.
unusable_calls() {
  echo "$1" >calls.json
  policy 2 diff policy.json new.json --requests calls.json
  has err "pinion: calls.json:$2"
  equal "$(cat out)" ""
}

test_diff_refuses_calls_that_it_does_not_understand() {
  make_policies
  unusable_calls "" "2:1: not JSON: "
  unusable_calls '{"calls": []}' "1:11: calls: is missing or empty"
  unusable_calls '{"calls": [{"uri_sans": []}]}' '1:12: calls[0].path: is missing or empty; say which method is called'
  unusable_calls '{"calls": [{"path": "/a.B/C", "uri": "a"}]}' "1:31: calls[0].uri: unknown field"
  unusable_calls $'{"path": "/a.B/C"}\n\n {"path": ""}' "3:11: path: is missing or empty"
  unusable_calls $'{"path": "/a.B/C"}\n{"path": "/a.B/C", "headers": [{"key": "", "value": ""}]}' \
    "2:40: headers[0].key: is missing or empty"
  unusable_calls $'{"path": "/a.B/C"}\n{"path": 1}' "2:10: path: expected a string"
  unusable_calls $'{"path": "/a.B/C"}\nnonsense' "2:1: not JSON: "
  unusable_calls '{}' "1:1: path: is missing or empty"
}

test_the_examples_of_the_help_work() {
  make_policies
  mkdir bin
  ln -s "$pinion" bin/pinion
  local command
  for command in "" check eval diff; do
    # shellcheck disable=SC2086 # none is no argument
    "$pinion" policy $command --help
  done | sed -n 's/^  \(pinion policy .*\)/\1/p' | sort -u >examples
  equal "$(grep -c . examples)" 6
  while read -r command; do
    local code=0
    PATH=$PWD/bin:$PATH bash -c "$command" >out 2>err || code=$?
    ((code <= 1)) || fail "exit code $code: $command: $(cat err)"
    [[ -s out ]] || fail "no output: $command"
  done <examples
  # The call in the help is valid.
  "$pinion" policy diff --help | sed -n '/^  {"path"/,/}]}$/p' | tr -d '\n' >calls.json
  policy 0 diff policy.json new.json --requests calls.json
  equal "$(cat out)" "0 of 1 calls change"
}

run_tests
