# Sourced by tests of `pinion probe`: servers to ask, and what was said of them.
# shellcheck shell=bash

# probe CODE OUTCOME OPTION...: of localhost:$port; both outputs must give this exit code and outcome.
probe() {
  [[ ! -p say ]] || printf '%b' "${says:-}" >say
  run "$1" "$pinion" probe "localhost:$port" "${@:3}" -o json
  equal "$(json out '["outcome"]')" "$2"
  cp out out.json
  [[ ! -p say ]] || printf '%b' "${says:-}" >say
  run "$1" "$pinion" probe "localhost:$port" "${@:3}"
  equal "$(grep -oE '^[A-Z_0-9]+' out | head -n 1)" "$2"
  equal "$(cat err)" ""
}
# Of the JSON of the last probe.
said() { json out.json "$1"; }

# What an HTTP/2 server says first.
settings='\0\0\0\4\0\0\0\0\0'

# A server that is OpenSSL's, as pki/server.pem, and sends $says to each client; sets `port`.
s_server() {
  [[ -p say ]] || mkfifo say
  start s_server bash -c 'exec openssl s_server -accept 127.0.0.1:0 -cert pki/server.pem -key pki/server-key.pem "$@" <>say' s_server "$@"
  listening s_server 's/.*ACCEPT 127\.0\.0\.1:\([0-9]*\)$/\1/p'
}

# A server without TLS, given as the Python that talks to each `client`; sets `port`.
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

# listening NAME SED: sets `port` from what NAME says.
listening() {
  until_true 10 says_port "$@"
  port=$(sed -n "$2" "$1.out" | tail -n 1)
}
says_port() { sed -n "$2" "$1.out" | grep -q .; }
