#!/usr/bin/env bash
# The greeter's server and client as processes, with the PKI of the target :pki: a greeting, and an impostor refused.
set -euo pipefail
# PINION is the tool. GREETER and PKI name the folders of the programs and of the PKI where Bazel did not make them.
pinion=$(realpath "$PINION")
bin=${GREETER:-$PWD}
cp -rL "${PKI:-pki}" "$TEST_TMPDIR/pki"
cd "$TEST_TMPDIR/pki"
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done' EXIT

# start PROGRAM [OPTION...]: starts a server on a free port; sets `port`.
start() {
  : >server.out # so that an earlier server's output is not read
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
pin() { "$pinion" pin "$1.pem" | cut -d' ' -f1; }

# Without Pinion.
start plain_server
expect "$(timeout 10 "$bin/plain_client" "localhost:$port")" "Hello world"

cp caller-client.json client.json
cp greeter-server.json server.json
start greeter_server
expect "$(timeout 10 "$bin/greeter_client" "localhost:$port")" "Hello world"
if timeout 10 "$bin/plain_client" "localhost:$port"; then
  echo "a client without TLS was served" >&2
  exit 1
fi

# A process does not start with a pin set that refuses its own key. The impostor has a pin set of its own, and the
# client has the true one.
sed 's/"greeter\(-key\)\?.pem"/"greeter-impostor\1.pem"/; s/"pins.json"/"impostor-pins.json"/' greeter-server.json >server.json
sed "s|$(pin greeter)|$(pin greeter-impostor)|" pins.json >impostor-pins.json
start greeter_server
if timeout 10 "$bin/greeter_client" "localhost:$port" >refusal.out 2>&1; then
  echo "the impostor was accepted" >&2
  exit 1
fi
grep "PIN_MISMATCH" refusal.out
grep -F "$(pin greeter-impostor)" refusal.out
