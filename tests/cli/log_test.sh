#!/usr/bin/env bash
# `--log-format json`: one object a line, with stable names.
source tests/cli/harness.sh
source tests/cli/hostile.sh

# logged ACTION FIELD: that field of the last line with this action.
logged() {
  python3 - "$1" "$2" <<'PY'
import json, sys
lines = [json.loads(line) for line in open("server.err") if line.startswith("{")]
found = [line for line in lines if line.get("event.action") == sys.argv[1]]
print(found[-1].get(sys.argv[2], "") if found else "")
PY
}
has_logged() { [[ $(logged "$1" "$2") == "$3" ]]; }

test_each_line_is_an_object() {
  make_world
  serve server --log-format json
  make_hostile $'a"\e[31m'
  call hostile 78
  until_true 10 has_logged handshake event.reason PIN_MISMATCH
  equal "$(logged handshake event.outcome)" failure
  equal "$(logged handshake log.level)" warn
  equal "$(logged handshake pinion.peer)" the-client
  equal "$(logged handshake pinion.pin)" "$(pin hostile)"
  equal "$(logged handshake client.address)" "127.0.0.1:$(logged handshake client.address | cut -d: -f2)"
  [[ $(logged handshake tls.client.subject) == CN=a* ]]
  [[ $(logged handshake message) == "refused a client at "* ]]
  not grep -qP '[^\x20-\x7e]' server.err
  # What is adopted, and what is not.
  sed -i 's/"version": 1/"version": 2/' pins.json
  until_true 10 has_logged reload pinion.source pin_set
  equal "$(logged reload event.outcome)" success
  equal "$(logged reload pinion.generation)" 2
  echo "{" >pins.json
  until_true 10 has_logged reload event.outcome failure
  equal "$(logged reload log.level)" error
  [[ $(logged reload error.message) == "pins.json:2:1: "* ]]
}

test_a_revocation_and_a_call_that_is_denied() {
  make_world
  echo '{"name": "orders", "deny_rules": [{"name": "nobody"}], "allow_rules": [{"name": "all"}]}' >policy.json
  config server "" '"authorization_policy_file": "policy.json"'
  serve server --log-format json --status-file status.json
  call client 71
  until_true 10 grep -q '"grpc_audit_log"' server.err
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 60s --rate 10
  until_true 20 grep -q '"peer": *"the-client"' status.json
  python3 - "$(pin client)" <<'PY'
import json, sys
pins = json.load(open("pins.json"))
pins["version"] = 2
for pin in pins["peers"][1]["pins"]:
    if pin["spki"] == sys.argv[1]:
        pin["state"] = "REVOKED"
    else:
        pin["state"] = "ACTIVE"
pins["peers"][1]["pins"].append({"spki": "sha256/" + "A" * 43 + "=", "state": "BACKUP"})
json.dump(pins, open("pins.json", "w"))
PY
  until_true 10 has_logged connection_closed event.reason PIN_REVOKED
  equal "$(logged connection_closed pinion.peer)" the-client
}

run_tests
