#!/usr/bin/env bash
# `pinion drill` against Pinion's own client and server, a client that accepts every server, and unusable input.
source tests/cli/harness.sh
lax=$PWD/tests/drill/lax_client.py
impostors=(other-key junk-certificate wrong-host untrusted-chain wrong-ca self-signed expired not-yet-valid client-only
  nul-in-name common-name-only wide-wildcard revoked-pin removed-pin resumed-session plaintext old-tls no-h2)
export TMPDIR=$TEST_TMPDIR # must stay empty

# drill CODE OPTION... : a whole drill, which may take longer than `run` allows.
drill() {
  start drill "$pinion" drill "${@:2}"
  ends_with "$1" "$started"
}
nothing_is_left() { equal "$(find "$TMPDIR" -name 'pinion-drill-*')" ""; }
# names FILE RESULT: the cases with this result.
names() {
  python3 -c "import json, sys; print(*[c['name'] for c in json.load(open(sys.argv[1]))['cases'] if c['result'] == sys.argv[2]])" "$@"
}

test_pinions_client_refuses_every_impostor() {
  drill 0 client -- "$pinion" call --config {config} {address}
  equal "$(head -n 4 drill.out)" "CASE               EXPECTED  ACCEPTED  WHAT HAPPENED
control            accepted  yes       sent its request
backup-key         accepted  yes       sent its request
other-key          refused   no        closed after the handshake"
  has drill.out "resumed-session    refused   -         not exercised: it connected only once"
  equal "$(tail -n 1 drill.out)" "Impostors: 17 refused, 0 accepted, 1 not exercised."
  equal "$(wc -l <drill.out)" 22
  equal "$(cat drill.err)" ""
  nothing_is_left
}

test_pinions_client_reconnects_and_refuses_a_removed_pin() {
  drill 0 client --case resumed-session -- "$pinion" call --config {config} {address} --duration 8s --rate 4
  has drill.out "resumed-session    refused   no        closed after the handshake, by a new handshake"
}

test_pinions_server_refuses_every_hostile_client() {
  drill 0 server -o json -- "$pinion" serve --config {config} --address {address}
  equal "$(json drill.out '["verdict"]')" ALL_REFUSED
  equal "$(names drill.out ACCEPTED)" "control half-open-flood"
  equal "$(names drill.out NOT_EXERCISED)" ""
  equal "$(json drill.out '["cases"].__len__()')" 15
  has drill.out '"happened": "closed after '
  has drill.out '"connections": 201'
  nothing_is_left
}

test_a_client_that_checks_nothing_fails_every_case() {
  drill 1 client -o json -- python3 "$lax" {host} {port} 1
  equal "$(json drill.out '["verdict"]')" IMPOSTOR_ACCEPTED
  equal "$(names drill.out ACCEPTED)" "control backup-key $(sed 's/ resumed-session//' <<<"${impostors[*]}")"
  drill 1 client --case resumed-session --case plaintext --case old-tls -- python3 "$lax" {host} {port} 2 {pins}
  equal "$(cat drill.out)" "CASE               EXPECTED  ACCEPTED  WHAT HAPPENED
control            accepted  yes       sent its request
resumed-session    refused   yes !     sent its request, on a resumed session
plaintext          refused   yes !     sent its request
old-tls            refused   yes !     sent its request
Impostors: 0 refused, 3 accepted."
}

test_json_of_a_client() {
  drill 1 client --case other-key -o json -- python3 "$lax" {host} {port}
  equal "$(json drill.out '.keys()')" "dict_keys(['version', 'side', 'verdict', 'command', 'cases'])"
  equal "$(json drill.out '["version"]') $(json drill.out '["side"]')" "1 client"
  equal "$(json drill.out '["command"][2:]')" "['{host}', '{port}']"
  equal "$(json drill.out '["cases"][1].keys()')" "dict_keys(['name', 'what', 'legitimate', 'result', 'as_expected',\
 'happened', 'connections', 'handshake_completed', 'request', 'exit_code', 'seconds'])"
  json drill.out '["cases"][1]' >other-key
  has other-key "{'name': 'other-key', 'what': 'another key, certified by the same CA', 'legitimate': False, \
'result': 'ACCEPTED', 'as_expected': False, 'happened': 'sent its request', 'connections': 1, 'handshake_completed': True, \
'request': True, 'exit_code': 0, 'seconds': "
}

test_junit_is_xml_that_counts() {
  drill 1 client --case other-key --case resumed-session --case plaintext -o junit -- python3 "$lax" {host} {port} 1
  python3 - drill.out >summary <<'PY'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot()
print(suite.tag, suite.get("name"), suite.get("tests"), suite.get("failures"), suite.get("skipped"))
for case in suite:
    print(case.tag, case.get("classname"), case.get("name"), *[f"{child.tag}: {child.get('message')}" for child in case])
PY
  equal "$(cat summary)" "testsuite pinion drill client 4 2 1
testcase pinion drill client control
testcase pinion drill client other-key failure: another key, certified by the same CA: sent its request
testcase pinion drill client resumed-session skipped: the same, on a later connection: pinned until the first request:\
 not exercised: the command takes no {pins} or {config}, files that can change
testcase pinion drill client plaintext failure: no TLS: sent its request"
}

test_a_control_that_fails_proves_nothing() {
  run 2 "$pinion" drill client -- sh -c 'echo "no <server> in \"$0\"" >&2; exit 7' '{pin}{port}'
  equal "$(cat out)" "CASE               EXPECTED  ACCEPTED  WHAT HAPPENED
control            accepted  no !      it never connected
The control failed, so this drill proved nothing."
  has err "pinion: the control failed: it never connected; fix that first, since a program that refuses every peer refuses impostors too"
  has err '  | no <server> in \"sha256/'
  run 2 "$pinion" drill client -o json -- true {port}
  equal "$(json out '["verdict"]') $(json out '["cases"].__len__()')" "PROVED_NOTHING 1"
  equal "$(json out '["cases"][0]["exit_code"]')" 0
  run 2 "$pinion" drill client -o junit -- true {port}
  has out 'failures="1"'
}

# A client that accepts the server but sends no request fails the control, too.
test_http2s_preface_is_no_request() {
  cat >greets.py <<'PY'
import socket, ssl, sys
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
with tls.wrap_socket(socket.create_connection((sys.argv[1], sys.argv[2]))) as connection:
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
    connection.recv(9)
PY
  run 2 "$pinion" drill client -- python3 greets.py {host} {port}
  has out "control            accepted  no !      began HTTP/2, sent no request"
}

test_a_client_that_hangs_is_ended_with_all_that_it_started() {
  run 2 "$pinion" drill client --timeout 500ms -- sh -c 'sleep 300 & echo $! $$ >pids; wait' {port}
  has out "it never connected; ended by the drill after 500ms"
  local pid
  for pid in $(cat pids); do not kill -0 "$pid"; done 2>/dev/null
  nothing_is_left
}

test_an_interrupted_drill_leaves_nothing() {
  local signal pid
  for signal in INT TERM; do
    rm -f pids
    start drill "$pinion" drill client --timeout 100s -- sh -c 'sleep 300 & echo $! $$ >pids; wait' {port}
    until_true 10 test -s pids
    kill "-$signal" "$started"
    ends_with 2 "$started"
    has drill.err "pinion: interrupted; this drill proved nothing"
    for pid in $(cat pids); do not kill -0 "$pid"; done 2>/dev/null
    nothing_is_left
  done
}

test_only_the_user_can_read_keys() {
  run 2 "$pinion" drill client -- sh -c 'stat -c %a "$0" "$(dirname "$0")" >modes' {key} {port}
  equal "$(tr '\n' ' ' <modes)" "600 700 "
}

test_a_server_that_runs_already() {
  make_world
  serve server
  # The help's example, in these files' names. The configuration accepts unlisted clients.
  drill 1 server "localhost:$port" --cert pki/client.pem --key pki/client-key.pem --ca-cert pki/ca.pem \
    --ca-key pki/ca-key.pem -o json
  equal "$(names drill.out ACCEPTED)" "control unlisted-identity half-open-flood"
  equal "$(names drill.out NOT_EXERCISED)" revoked-pin
  run 0 "$pinion" drill server "localhost:$port" --cert pki/client.pem --key pki/client-key.pem --case expired --case other-ca
  has out "expired            refused   -         not exercised: needs the key of a CA that the server trusts"
  equal "$(tail -n 1 out)" "Impostors: 1 refused, 0 accepted, 1 not exercised."
  run 2 "$pinion" drill server "localhost:$port" --cert pki/client-impostor.pem --key pki/client-impostor-key.pem
  has err "pinion: the control failed: closed after the handshake"
  run 2 "$pinion" drill server "localhost:$port" --cert pki/client.pem --key pki/server-key.pem
  has err "pinion: pki/server-key.pem is not the key of pki/client.pem"
}

test_a_server_that_does_not_come_up() {
  run 2 "$pinion" drill server --timeout 500ms -- sleep 100 {port}
  has err "pinion: the server did not listen on 127.0.0.1:"
  run 2 "$pinion" drill server -- sh -c 'echo broken; exit 3' {port}
  has err "pinion: the server ended with exit code 3"
  has err "  | broken"
  nothing_is_left
}

test_what_cannot_be_drilled_exits_2() {
  run 2 "$pinion" drill client -- nonesuch {port}
  equal "$(cat err)" 'pinion: cannot start "nonesuch": No such file or directory'
  run 2 "$pinion" drill client -- true
  equal "$(cat err)" "pinion: the command has no {address} or {port}: it could not find the drill's servers"
  run 2 "$pinion" drill server -- true
  equal "$(cat err)" "pinion: the command has no {address} or {port}: it would not listen where the drill calls"
  run 2 "$pinion" drill server localhost:1
  equal "$(cat err)" "pinion: give --cert and --key of a client that the server accepts: without one the drill would prove nothing"
  run 2 "$pinion" drill client --case nonesuch -- true {port}
  has err "--case: nonesuch not in {control,backup-key,"
  run 2 "$pinion" drill client --timeout 10 -- true {port}
  has err "--timeout: not a time of 100ms or more, such as 500ms, 10s or 24h"
  run 2 "$pinion" drill client --timeout 601s -- true {port}
  has err "--timeout: more than 10m"
  run 2 "$pinion" drill client -o yaml -- true {port}
  has err "--output"
}

test_help_lists_every_case() {
  run 0 "$pinion" drill client --help
  local name
  for name in control backup-key "${impostors[@]}"; do has out "  $name  "; done
  # The tests above run its examples; tests/drill runs those with curl.
  has out "pinion drill client -- pinion call --config {config} {address}"
  has out "pinion drill client --case other-key -o junit -- pinion call --config {config} {address}"
  drill 0 client --case other-key -o junit -- "$pinion" call --config {config} {address}
  run 0 "$pinion" drill server --help
  has out "pinion drill server -- pinion serve --config {config} --address {address}"
  has out "pinion drill server localhost:8443 --cert client.pem --key client-key.pem --ca-cert ca.pem --ca-key ca-key.pem"
}

run_tests
