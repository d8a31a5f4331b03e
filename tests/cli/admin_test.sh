#!/usr/bin/env bash
# The admin endpoint of `pinion serve` and `pinion call`: metrics, status, health, and who may read them.
source tests/cli/harness.sh

# with_admin NAME [OPTION...]: a server with an admin endpoint; sets `admin`.
with_admin() {
  serve "$1" --admin 127.0.0.1:0 "${@:2}"
  admin=http://$(sed -n 's/^pinion: admin endpoint on //p' "$1.err")
}
# get PATH [OPTION...]: the answer's body is in ./body, its headers in ./headers.
get() { curl -sS -D headers -o body "${@:2}" "$admin$1"; }
# Whatever case the library writes names in.
header() { grep -qiF -- "$1" headers; }
# metric NAME{LABELS}: its value.
metric() { awk -v name="$1" '$1 == name {print $2}' body; }
is_metric() { get /metrics && [[ $(metric "$1") == "$2" ]]; }

test_metrics_are_those_of_the_process() {
  make_world
  with_admin server
  call client 0
  call client-impostor 78
  until_true 10 is_metric 'pinion_handshakes_total{side="server",peer="the-client",reason="ACCEPTED"}' 1
  equal "$(metric 'pinion_pin_matches_total{side="server",peer="the-client",state="ACTIVE"}')" 1
  equal "$(metric 'pinion_calls_total{decision="allowed",reason="ALLOW_RULE",rule=""}')" 1
  equal "$(metric 'pinion_pin_set_version')" 1
  equal "$(metric 'pinion_source_failing_seconds{source="pin_set"}')" 0
  until_true 10 is_metric 'pinion_connections{side="server",peer="the-client"}' ""
  header "Content-Type: text/plain; version=0.0.4"
  get /metrics -H "Accept: application/openmetrics-text; version=1.0.0"
  header "Content-Type: application/openmetrics-text; version=1.0.0"
  has body "# TYPE pinion_handshakes counter"
  equal "$(tail -n 1 body)" "# EOF"
  # What cannot be adopted.
  echo "{" >pins.json
  until_true 10 is_metric 'pinion_reloads_total{source="pin_set",result="rejected"}' 1
}

test_the_status_is_that_of_the_status_file() {
  make_world
  with_admin server --status-file status.json
  call client-impostor 78
  until_true 10 grep -q PIN_MISMATCH status.json
  get /status
  header "Content-Type: application/json"
  for field in own_pin own_names pin_set identity refusals endings generation; do
    equal "$(json body "['$field']")" "$(json status.json "['$field']")"
  done
  equal "$(json body '["refusals"][0]["reason"]')" PIN_MISMATCH
  equal "$(json body '["refusals"][0]["peer"]')" the-client
  equal "$(json body '["own_names"][0]')" localhost
}

test_a_process_that_its_clients_would_refuse_is_not_ready() {
  make_world
  with_admin server
  equal "$(get /readyz -w '%{http_code}')" 200
  equal "$(get /healthz -w '%{http_code}')" 200
  # Its own key is no longer among the pins.
  sed -i "s|$(pin server)|sha256/$(printf 'A%.0s' {1..43})=|; s/\"version\": 1/\"version\": 2/" pins.json
  until_true 10 not_ready
  has body PIN_MISMATCH
  equal "$(get /healthz -w '%{http_code}')" 200
}
not_ready() { [[ $(get /readyz -w '%{http_code}') == 503 ]]; }

# A web page that somebody on this host opens may have a name that leads to 127.0.0.1.
test_only_requests_to_an_address_are_answered() {
  make_world
  with_admin server
  equal "$(get /status -H 'Host: pages.example:9464' -w '%{http_code}')" 403
  lacks body pin_set
  equal "$(get /status -H 'Host: localhost' -w '%{http_code}')" 200
  equal "$(get /status -H 'Host: [::1]:80' -w '%{http_code}')" 200
  equal "$(get /secrets -w '%{http_code}')" 404
  equal "$(get /status -X POST -d x -w '%{http_code}')" 405
  equal "$(get /status -X DELETE -w '%{http_code}')" 405
  for host in '[::1]evil.example' 127.0.0.1:x@evil.example localhost:evil.example 127.0.0.1%00.evil.example 127.0.0.1. ''; do
    equal "$(get /status -H "Host: $host" -w '%{http_code}')" 403
  done
  get /
  header "Content-Security-Policy: default-src 'none'; script-src 'self'"
  header "X-Content-Type-Options: nosniff"
}

# What a client takes of the process is bounded, so that it goes on with its own work.
test_clients_that_misbehave() {
  make_world
  with_admin server
  run 0 python3 - "${admin##*:}" <<'PY'
import socket, sys, time
def connect():
    return socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=10)
def answers(one):
    text = b""
    try:
        while chunk := one.recv(65536):
            text += chunk
    except ConnectionResetError:
        pass
    return text.count(b"HTTP/1.1 ")
# A body is no request: a page of another host would have it answered under a Host of its choice.
smuggled = connect()
body = b"GET /status HTTP/1.1\r\nHost: localhost\r\nX: "
smuggled.sendall(b"POST / HTTP/1.1\r\nHost: pages.example\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
assert answers(smuggled) == 1
# Of two Hosts, none counts.
twice = connect()
twice.sendall(b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")
assert twice.recv(65536).split(b" ")[1] in (b"400", b"403")
# Neither is what follows a request.
pipelined = connect()
pipelined.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
assert answers(pipelined) == 1
# Headers without end.
endless = connect()
try:
    for _ in range(1000):
        endless.sendall(b"X-%d: %s\r\n" % (_, b"a" * 4000))
    raise SystemExit("4 MB of headers were taken")
except (BrokenPipeError, ConnectionResetError):
    pass
# Connections that say nothing, and the oldest of which begin to.
silent = [connect() for _ in range(100)]
begin = time.monotonic()
one = connect()
one.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
assert answers(one) == 1
assert time.monotonic() - begin < 4
PY
  # Nor do they keep it from its end.
  cat >drip.py <<'PY'
import socket, sys, time
one = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("here", flush=True)
while True:
    one.sendall(b"G")
    time.sleep(0.2)
PY
  start dripping python3 drip.py "${admin##*:}"
  until_true 10 grep -q here dripping.out
  kill "$server"
  local begin=$SECONDS
  ends_with 0 "$server"
  ((SECONDS - begin < 10)) || fail "its end took $((SECONDS - begin)) s"
}

test_a_server_that_drains_is_not_ready() {
  make_world
  config server '"drain_window": "30s"'
  with_admin server
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 60s --rate 10
  until_true 10 is_metric 'pinion_connections{side="server",peer="the-client"}' 1
  kill "$server"
  until_true 10 not_ready
  has body draining
}

test_other_hosts_do_not_reach_it_unasked() {
  make_world
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin 0.0.0.0:0
  has err "other hosts reach 0.0.0.0"
  has err "--admin-remote"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin localhost
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin host.example:80
  has err "host.example is no IP address"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin "unix:"
  serve server --admin 0.0.0.0:0 --admin-remote
  admin=http://127.0.0.1:$(sed -n 's/^pinion: admin endpoint on 0.0.0.0://p' server.err)
  equal "$(get /status -H 'Host: orders.internal' -w '%{http_code}')" 200
  # The port of another endpoint.
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin "${admin#http://}"
  has err "cannot listen on 127.0.0.1:"
}

test_a_unix_socket_is_for_its_owner() {
  make_world
  serve server --admin unix:admin.sock
  equal "$(stat -c %a admin.sock)" 600
  admin=http://anything
  get /status --unix-socket admin.sock
  equal "$(json body '["pin_set_version"]')" 1
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin unix:admin.sock
  has err "another process listens there"
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin unix:server.json
  has err "no socket"
  # One that never answers is not taken away from its owner.
  start mute python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("mute.sock"); s.listen(1); time.sleep(60)'
  until_true 10 test -S mute.sock
  run 2 "$pinion" serve --config server.json --address 127.0.0.1:0 --admin unix:mute.sock
  has err "another process listens there"
  [[ -S mute.sock ]]
  # One that is left over is replaced, and removed at the end.
  kill -KILL "$server"
  ends_with 137 "$server"
  serve server --admin unix:admin.sock
  get /healthz --unix-socket admin.sock
  kill "$server"
  ends_with 0 "$server"
  [[ ! -e admin.sock ]]
}

test_a_caller_has_one_too() {
  make_world
  serve server
  start caller "$pinion" call --config client.json "localhost:$port" --admin 127.0.0.1:0 --streams 1 --duration 30s --rate 10
  until_true 10 grep -q "admin endpoint on" caller.err
  admin=http://$(sed -n 's/^pinion: admin endpoint on //p' caller.err)
  until_true 10 is_metric 'pinion_connections{side="client",peer="the-server"}' 1
  equal "$(metric 'pinion_handshakes_total{side="client",peer="the-server",reason="ACCEPTED"}')" 1
}

run_tests
