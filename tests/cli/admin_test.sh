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
  equal "$(get /status -X POST -d x -w '%{http_code}')" 413
  equal "$(get /status -X DELETE -w '%{http_code}')" 404
  get /
  header "Content-Security-Policy: default-src 'none'; script-src 'self'"
  header "X-Content-Type-Options: nosniff"
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
