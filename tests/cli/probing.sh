# Sourced by tests of `pinion probe`: servers to probe, and access to the results.
# shellcheck shell=bash

# probe CODE OUTCOME OPTION...: of localhost:$port; both outputs must give this exit code and outcome.
probe() {
  [[ ! -p answers ]] || printf '%b' "${answer:-}" >answers
  run "$1" "$pinion" probe "localhost:$port" "${@:3}" -o json
  equal "$(json out '["outcome"]')" "$2"
  cp out out.json
  [[ ! -p answers ]] || printf '%b' "${answer:-}" >answers
  run "$1" "$pinion" probe "localhost:$port" "${@:3}"
  equal "$(grep -oE '^[A-Z_0-9]+' out | head -n 1)" "$2"
  equal "$(cat err)" ""
}
# field PATH: a value in the JSON of the last probe.
field() { json out.json "$1"; }

# The first frame of an HTTP/2 server.
settings='\0\0\0\4\0\0\0\0\0'

# OpenSSL's s_server with pki/server.pem, which sends $answer to each client; sets `port`.
s_server() {
  [[ -p answers ]] || mkfifo answers
  start s_server bash -c 'exec openssl s_server -accept 127.0.0.1:0 -cert pki/server.pem -key pki/server-key.pem "$@" <>answers' s_server "$@"
  listening s_server 's/.*ACCEPT 127\.0\.0\.1:\([0-9]*\)$/\1/p'
}

# A server without TLS that runs the given Python for each `client`; sets `port`.
plain_server() {
  start plain python3 -c "
import socket, sys
server = socket.create_server(('127.0.0.1', 0))
print('port', server.getsockname()[1], flush=True)
kept = []
while True:
  client, _ = server.accept()
  kept.append(client)
  $1"
  listening plain 's/^port //p'
}

# listening NAME SED: sets `port` from the output of NAME.
listening() {
  until_true 10 has_port "$@"
  port=$(sed -n "$2" "$1.out" | tail -n 1)
}
has_port() { sed -n "$2" "$1.out" | grep -q .; }
