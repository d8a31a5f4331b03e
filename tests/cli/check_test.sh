#!/usr/bin/env bash
# `pinion check`: its findings in each kind of file and in good files, and input that it cannot check.
source tests/cli/harness.sh
source tests/cli/findings.sh

test_good_files() {
  make_world
  finds 0 "" client.json server.json
  equal "$(tail -n 3 out)" "checked client.json, client configuration
checked server.json, server configuration
0 errors, 0 warnings, 3 remarks"
  equal "$(json out.json '.keys()')" "dict_keys(['version', 'files', 'findings', 'errors', 'warnings', 'remarks'])"
  equal "$(json out.json '["version"]')" 1
  equal "$(json out.json '["files"][0]')" "{'file': 'client.json', 'kind': 'client configuration'}"
  finds 0 "" pins.json pki/ca.pem pki/server.pem pki/server-backup.pem pki/client.pem
  openssl x509 -in pki/server.pem -outform DER -out server.der
  finds 0 "" pins.json pki/ca.pem server.der
}

test_a_finding_in_both_outputs() {
  make_world
  chmod 644 pki/server-key.pem
  finds 0 "WARNING KEY_FILE_OPEN pki/server-key.pem:0:0" server.json
  equal "$(head -n 2 out)" "pki/server-key.pem: WARNING KEY_FILE_OPEN: the private key is open to others than its owner: mode 644
  fix: chmod 600 pki/server-key.pem"
  has out "0 errors, 1 warning, 2 remarks"
  equal "$(json out.json '["findings"][0]')" "{'severity': 'WARNING', 'code': 'KEY_FILE_OPEN', 'file': 'pki/server-key.pem', 'line': 0, 'column': 0, 'text': 'the private key is open to others than its owner: mode 644', 'fix': 'chmod 600 pki/server-key.pem'}"
  equal "$(json out.json '["warnings"]')" 1
}

# Only the process itself knows which files it has not adopted.
test_a_running_process_by_its_status() {
  make_world
  serve server --status-file status.json
  until_true 10 grep -qs written status.json
  finds 0 "" server.json status.json
  has out "checked status.json, status"
  edit server.json 's/"ACCEPT"/"REFUSE"/'
  until_true 10 grep -q "restart to apply" status.json
  finds 0 "WARNING RESTART_TO_APPLY status.json:$(grep -n "restart to apply" status.json | cut -d: -f1):12" server.json status.json
  has out "server.unlisted_clients ACCEPT -> REFUSE"
  edit server.json 's/"REFUSE"/"ACCEPT"/'
  until_true 10 gone "restart to apply" status.json
  echo "{" >pins.json
  until_true 10 grep -q "not JSON" status.json
  finds 0 "WARNING NOT_ADOPTED status.json:$(grep -n "not JSON" status.json | cut -d: -f1):12" status.json
  cp status.json left-behind.json
  sed -i 's/"written".*/"written": "2000-01-01T00:00:00Z",/; s/"error": ".*"/"error": ""/' left-behind.json
  finds 0 "WARNING STATUS_STALE left-behind.json:$(grep -n written left-behind.json | cut -d: -f1):13" left-behind.json
  echo '{"written": 7}' >no-status.json
  finds 1 "ERROR STATUS_INVALID no-status.json:0:0" no-status.json
}

test_files_that_their_loaders_refuse() {
  make_world
  edit client.json 's/"pin_set"/"pin_sets"/'
  finds 1 "ERROR CONFIG_INVALID client.json:8:3" client.json
  has out 'client.json:8:3: ERROR CONFIG_INVALID: pin_sets: unknown field'
  config server '"refresh_interval": "1ms"'
  finds 1 "ERROR CONFIG_INVALID server.json:7:23" server.json
  cp pki/client-key.pem pki/server-key.pem
  config server
  finds 1 "ERROR IDENTITY_INVALID server.json:0:0" server.json
  has out "it is not the key of the first certificate"
  sed '$d' pki/client.pem >truncated.pem
  finds 1 "ERROR CERTIFICATE_INVALID truncated.pem:0:0" truncated.pem
  has out "truncated.pem: ERROR CERTIFICATE_INVALID: PEM block 1 is garbled"
  has out "  fix: correct it; one fault refuses the whole file"
  echo '{"name": "p", "allow_rules": [{"name": "r", "request": {"path": ["/a.B/C"]}}]}' >policy.json
  finds 1 "ERROR POLICY_INVALID policy.json:1:57" policy.json
  edit pins.json 's/BACKUP/ACTIVE/'
  finds 1 "ERROR PIN_SET_INVALID pins.json:7:15" pins.json
  has out 'pins.json:7:15: ERROR PIN_SET_INVALID: peers[0].pins: peer "the-server" has no BACKUP pin'
  config client
  finds 1 "ERROR PIN_SET_INVALID pins.json:7:15" client.json
  echo '{"version": 1, "peers": [' >pins.json
  finds 1 "ERROR PIN_SET_INVALID pins.json:2:1" pins.json
}

test_all_missing_files_are_reported() {
  make_world
  policy '*'
  rm pki/server.pem pins.json policy.json
  finds 1 "ERROR FILE_MISSING server.json:3:25
ERROR FILE_MISSING server.json:8:23
ERROR FILE_MISSING server.json:10:34" server.json
  has out "server.json:8:23: ERROR FILE_MISSING: cannot read pins.json: No such file or directory
  fix: put the file there, or correct the path, which is relative to the configuration"
}

test_certificates_that_expire() {
  make_world
  local server=(pins.json pki/ca.pem pki/server.pem)
  finds 0 "" "${server[@]}" --time "$(ends_in 31)"
  finds 0 "WARNING CERTIFICATE_EXPIRES pki/server.pem:0:0" "${server[@]}" --time "$(ends_in 30)"
  has out 'WARNING CERTIFICATE_EXPIRES: certificate "CN=server" ends within 30 days, at '
  finds 0 "WARNING CERTIFICATE_EXPIRES pki/server.pem:0:0" "${server[@]}" --time "$(ends_in 7)"
  has out 'ends within 7 days'
  finds 1 "ERROR CERTIFICATE_EXPIRES pki/server.pem:0:0" "${server[@]}" --time "$(ends_in 1)"
  has out 'ends within 1 day, at '
  finds 1 "ERROR CERTIFICATE_EXPIRED pki/server.pem:0:0
ERROR CERTIFICATE_REFUSED pki/server.pem:0:0" "${server[@]}" --time "$(ends_in 0)"
  finds 1 "ERROR ROOT_EXPIRED pki/ca.pem:0:0" pki/ca.pem --time 2099-01-01T00:00:00Z
  finds 0 "WARNING ROOT_EXPIRES pki/ca.pem:0:0" pki/ca.pem --time "$(date -u -d "$(openssl x509 -in pki/ca.pem -noout -enddate | cut -d= -f2) - 29 days" +%Y-%m-%dT%H:%M:%SZ)"
}

test_short_lived_certificates_warn_later() {
  make_world
  openssl req -new -key pki/server-key.pem -subj /CN=short -addext subjectAltName=DNS:localhost -out short.csr
  openssl x509 -req -in short.csr -copy_extensions copy -CA pki/ca.pem -CAkey pki/ca-key.pem -days 2 -out short.pem 2>/dev/null
  finds 0 "" pins.json pki/ca.pem short.pem
  openssl x509 -req -in short.csr -copy_extensions copy -CA pki/ca.pem -CAkey pki/ca-key.pem -days 20 -out short.pem 2>/dev/null
  finds 0 "" pins.json pki/ca.pem short.pem
  finds 0 "WARNING CERTIFICATE_EXPIRES short.pem:0:0" pins.json pki/ca.pem short.pem --time "$(date -u -d '+14 days' +%Y-%m-%dT%H:%M:%SZ)"
}

test_pins_that_expire() {
  make_world
  edit pins.json '0,/"state": "ACTIVE"/s//"state": "ACTIVE", "not_after": "2090-01-01T00:00:00Z"/'
  local hosts="
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16"
  finds 0 "WARNING PIN_EXPIRES pins.json:8:105$hosts" pins.json --time 2089-12-30T00:00:00Z
  finds 1 "ERROR PIN_EXPIRED pins.json:8:105
WARNING NO_ACTIVE_ACCEPTED pins.json:7:15$hosts" pins.json --time 2090-01-01T00:00:00Z
  has out "ACTIVE pin $(pin server) of peer \"the-server\" ended at 2090-01-01T00:00:00Z"
  edit pins.json 's/"ACTIVE", "not_after": "2090-01-01T00:00:00Z"/"ACTIVE"/'
  edit pins.json 's/"name": "the-server",/"name": "the-server", "report_only_until": "2090-01-01T00:00:00Z",/'
  finds 0 "WARNING REPORT_ONLY_EXPIRES pins.json:5:50$hosts" pins.json --time 2089-12-20T00:00:00Z
  finds 0 "INFO REPORT_ONLY_EXPIRED pins.json:5:50$hosts" pins.json --time 2090-01-01T00:00:00Z
  finds 1 "ERROR REPORT_ONLY_TOO_LONG pins.json:5:50$hosts" pins.json --time 2089-12-01T00:00:00Z
}

test_principals_that_match_no_peer() {
  make_world
  policy peer:the-client
  finds 0 "" server.json
  policy spiffe://test/client
  finds 0 "" server.json
  policy peer:the-cleint
  finds 1 "ERROR POLICY_PEER_UNKNOWN policy.json:4:48" server.json
  has out 'policy.json:4:48: ERROR POLICY_PEER_UNKNOWN: rule "rule": "peer:the-cleint" is no peer of the pin set, so it matches no caller'
  finds 0 "" policy.json
  finds 1 "ERROR POLICY_PEER_UNKNOWN policy.json:4:48
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" policy.json pins.json
  policy spiffe://test/other
  finds 0 "INFO POLICY_URI_UNLISTED policy.json:4:48" server.json
}

# An expired root next to its successor only needs to be removed.
test_an_expired_root_beside_its_successor_is_a_warning() {
  make_world
  openssl req -x509 -key pki/ca-key.pem -subj "/CN=Pinion development CA" -days 1 -addext keyUsage=critical,keyCertSign -out old.pem
  cat old.pem pki/ca.pem >roots.pem
  local later
  later=$(date -u -d '+3 days' +%Y-%m-%dT%H:%M:%SZ)
  finds 0 "WARNING ROOT_EXPIRED roots.pem:0:0" roots.pem --time "$later"
  finds 1 "ERROR ROOT_EXPIRED old.pem:0:0" old.pem --time "$later"
}

# sign CA NAME: NAME.csr becomes CA-NAME.pem.
sign() {
  openssl x509 -req -in "$2.csr" -CA "$1.pem" -CAkey "$1-key.pem" -days 1 -extfile "$2.ext" -out "$(basename "$1")-$2.pem" 2>/dev/null
}

# gRPC's own check takes the first issuer that matches.
test_a_chain_order_that_grpc_refuses() {
  make_world
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other-key.pem
  openssl req -x509 -key other-key.pem -subj /CN=other -days 1 -addext keyUsage=critical,keyCertSign -out other.pem
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out middle-key.pem
  printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' >middle.ext
  openssl req -new -key middle-key.pem -subj /CN=middle -out middle.csr
  sign other middle
  sign pki/ca middle
  cp ca-middle.pem middle.pem
  printf 'subjectAltName=DNS:localhost\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n' >leaf.ext
  openssl req -new -key pki/server-key.pem -subj /CN=server -out leaf.csr
  sign middle leaf
  cat middle-leaf.pem other-middle.pem ca-middle.pem >chain.pem
  edit server.json 's#pki/server.pem#chain.pem#'
  run 1 "$pinion" check server.json
  has out "chain.pem: ERROR CHAIN_ORDER"
  run 0 "$pinion" verify --role server --host localhost --chain chain.pem --roots pki/ca.pem
  has err "gRPC's own check comes first"
  cat middle-leaf.pem ca-middle.pem other-middle.pem >chain.pem
  run 0 "$pinion" check server.json
  lacks out CHAIN_ORDER
}

test_a_shadow_policy_that_equals_the_policy() {
  make_world
  policy '*'
  sed 's/ "name": "rule"/  "name": "rule"/' policy.json >shadow.json
  edit server.json 's/"authorization_policy_file": "policy.json",/&\n  "shadow_policy_file": "shadow.json",/'
  finds 0 "INFO SHADOW_EQUALS_POLICY server.json:11:25" server.json
}

test_input_that_cannot_be_checked_exits_2() {
  make_world
  run 2 "$pinion" check missing.json
  equal "$(cat err)" "pinion: cannot read missing.json: No such file or directory"
  run 2 "$pinion" check client.json pki/client-key.pem
  equal "$(cat err)" "pinion: pki/client-key.pem: holds a private key, which this command does not accept; give its certificate, or the configuration that names it"
  echo hello >notes
  run 2 "$pinion" check notes
  equal "$(cat err)" "pinion: notes: neither a configuration, a pin set, a policy, a status nor a certificate, as far as it can be read"
  run 2 "$pinion" check pins.json --against localhost:1
  has err "--against: nothing to judge by"
  run 2 "$pinion" check client.json --against localhost
  has err "is not HOST:PORT"
  run 2 "$pinion" check client.json --time soon
  has err "--time: not RFC 3339"
  equal "$(cat out)" ""
}

test_the_examples_of_the_help_work() {
  make_world
  serve server --status-file orders-status.json
  until_true 10 grep -qs written orders-status.json
  mkdir bin
  ln -s "$pinion" bin/pinion
  cp client.json orders.json
  cp server.json payments.json
  cp pki/ca.pem .
  cp pki/server.pem payments.pem
  cp pki/server-backup.pem payments-next.pem
  echo '{"name": "p", "allow_rules": [{"name": "all"}]}' >policy.json
  "$pinion" check --help | sed -n "s/^  \(pinion check .*\)/\1/p" | sed "s/:8443/:$port/" >examples
  equal "$(wc -l <examples)" 5
  while read -r command; do
    PATH=$PWD/bin:$PATH run 0 bash -c "$command"
    [[ -s out ]]
  done <examples
}

test_pins_of_which_none_is_accepted_now() {
  make_world
  local backup active
  active="{\"spki\": \"$(pin server)\", \"state\": \"ACTIVE\""
  backup="{\"spki\": \"$(pin server-backup)\", \"state\": \"BACKUP\""
  edit pins.json "s|$active|&, \"not_before\": \"2099-01-01T00:00:00Z\"|"
  check 0 pins.json
  found | grep -qx "WARNING NO_ACTIVE_ACCEPTED pins.json:7:15"
  edit pins.json "s|$backup|&, \"not_before\": \"2099-01-01T00:00:00Z\"|"
  check 1 pins.json
  found | grep -qx "ERROR NO_PIN_ACCEPTED pins.json:7:15"
  has out 'no pin of peer "the-server" is accepted at this time'
  check 0 pins.json --time 2099-01-01T00:00:00Z
  not grep -q _ACCEPTED out
}

test_a_pin_that_a_renewal_breaks() {
  make_world
  edit pins.json "s|\"spki\": \"$(pin server)\"|\"certificate\": \"$(pin server)\"|"
  check 0 pins.json
  found | grep -qx "INFO PIN_OF_CERTIFICATE pins.json:8:9"
}

test_an_older_pin_file_after_a_restart() {
  make_world
  run 0 "$pinion" check server.json
  has out "INFO PIN_SET_NOT_KEPT: without state_dir, a restart accepts pin files older than version 1"
  mkdir state
  config server '"state_dir": "state"'
  run 0 "$pinion" check server.json
  lacks out PIN_SET_NOT_KEPT
  config server '"drain_window": "30s"'
  edit server.json 's/"file": "pins.json"/"file": "pins.json", "minimum_version": 1/'
  run 0 "$pinion" check server.json
  lacks out PIN_SET_NOT_KEPT
}

test_policies_that_deny_everybody_or_health_checks() {
  cat >policy.json <<JSON
{"name": "p", "deny_rules": [{"name": "oops"}], "allow_rules": [{"name": "pay", "request": {"paths": ["/bank.Payments/*"]}}]}
JSON
  finds 1 "ERROR POLICY_DENIES_ALL policy.json:1:30" policy.json
  has out 'rule "oops" has neither principals nor paths nor headers'
  has out "INFO POLICY_DENIES_HEALTH"
  edit policy.json -e 's/{"name": "oops"}/{"name": "oops", "request": {"paths": ["*.Refund"]}}/' -e 's|"/bank.Payments/\*"|&, "/grpc.health.v1.Health/*"|'
  finds 0 "" policy.json
  lacks out POLICY_DENIES_HEALTH
}

run_tests
