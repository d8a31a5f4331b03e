#!/usr/bin/env bash
# The greeter's server and client as processes, with a PKI from the `pinion` tool: a greeting, and an impostor refused.
set -euo pipefail
pinion=$PWD/external/pinion/tools/pinion/pinion
bin=$PWD
cd "$TEST_TMPDIR"
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done' EXIT

# start PROGRAM [OPTION...]: starts a server on a free port; sets `port`.
start() {
  : >server.out # an earlier server's must not be taken for this one's
  "$bin/$1" 127.0.0.1:0 >server.out 2>&1 &
  pids+=($!)
  local tries=500
  until grep -q "listening on port" server.out; do
    tries=$((tries - 1))
    ((tries > 0)) || { cat server.out >&2 && echo "$1 does not listen" >&2 && exit 1; }
    sleep 0.02
  done
  port=$(sed -n 's/^listening on port //p' server.out)
}

expect() { [[ $1 == "$2" ]] || { echo "got \"$1\" instead of \"$2\"" >&2 && exit 1; }; }
pin() { "$pinion" pin "pki/$1.pem" | cut -d' ' -f1; }
# config FILE NAME [MEMBER]: who holds pki/NAME.pem, and trusts pins.json; MEMBER is one more line of it.
config() {
  cat >"$1" <<JSON
{
  "identity": {
    "certificate_file": "pki/$2.pem",
    "private_key_file": "pki/$2-key.pem",
    "ca_certificate_file": "pki/ca.pem"
  },
  ${3:+"$3,"}
  "pin_set_file": "pins.json"
}
JSON
}

# As it was before Pinion.
start plain_server
expect "$(timeout 10 "$bin/plain_client" "localhost:$port")" "Hello world"

"$pinion" pki init pki
for name in greeter greeter-backup impostor; do "$pinion" pki issue pki "$name" --dns localhost; done
"$pinion" pki issue pki caller --uri spiffe://test/caller
cat >pins.json <<JSON
{
  "version": 1,
  "peers": [{
    "name": "greeter",
    "hosts": ["localhost"],
    "pins": [
      {"spki": "$(pin greeter)", "state": "ACTIVE"},
      {"spki": "$(pin greeter-backup)", "state": "BACKUP"}
    ]
  }]
}
JSON
config client.json caller

config server.json greeter '"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"'
start greeter_server
expect "$(timeout 10 "$bin/greeter_client" "localhost:$port")" "Hello world"
if timeout 10 "$bin/plain_client" "localhost:$port"; then
  echo "a client without TLS was served" >&2
  exit 1
fi

# Nobody starts with a pin set that refuses himself; this one has his own, and the client still has the true one.
cp pins.json true-pins.json
sed "s|$(pin greeter)|$(pin impostor)|" true-pins.json >pins.json
config server.json impostor '"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"'
start greeter_server
cp true-pins.json pins.json
if timeout 10 "$bin/greeter_client" "localhost:$port" >refusal.out 2>&1; then
  echo "the impostor was let in" >&2
  exit 1
fi
grep "PIN_MISMATCH" refusal.out
grep -F "$(pin impostor)" refusal.out
