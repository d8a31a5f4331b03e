#!/usr/bin/env bash
# Key material never appears in any output, even if a key file is given in the place of another file.
source tests/cli/harness.sh

# For each P-256 key in pki/, the base64 of its secret number (bytes 36 to 63 of RFC 5208's form) in pieces of 12.
pieces() {
  local key
  for key in pki/*-key.pem; do
    grep -v -- ----- "$key" | tr -d '\n' | cut -c49-84 | fold -w 12
    echo
  done | grep .
}

# silent COMMAND...: runs it and fails if a key is in its output. Ignores the exit code.
silent() {
  timeout 20 "$@" >out 2>err || true
  ! grep -F -f pieces out err >&2 || fail "a key shows in the output of $*"
  ! grep -F "PRIVATE KEY-----" out err >&2 || fail "a key shows in the output of $*"
}

test_pieces_find_a_key() {
  make_world
  pieces >pieces
  grep -q -F -f pieces pki/server-key.pem
  equal "$(wc -l <pieces)" 21
  not grep -F -f pieces pki/server.pem pins.json server.json
}

test_making_and_reading_keys() {
  make_world
  pieces >pieces
  silent "$pinion" pin pki/server-key.pem
  silent "$pinion" pin pki/*-key.pem
  head -n 3 pki/server-key.pem >truncated.pem # without its last line
  silent "$pinion" pin truncated.pem
  grep -v -- ----- pki/server-key.pem >bare
  silent "$pinion" pin bare
  sed 's/PRIVATE KEY/STRANGE KEY/' pki/server-key.pem >strange.pem
  silent "$pinion" pin strange.pem
  rm pki/server.pem
  silent "$pinion" pki issue pki server --dns localhost
  cp pki/ca-key.pem pki/ca.pem
  silent "$pinion" pki issue pki more --dns localhost
}

test_a_key_in_each_wrong_place() {
  make_world
  pieces >pieces
  local key=pki/server-key.pem
  silent "$pinion" verify --role client --chain $key --roots pki/ca.pem
  silent "$pinion" verify --role client --chain pki/client.pem --roots $key
  silent "$pinion" verify --role client --chain pki/client.pem --roots pki/ca.pem --pins $key --unlisted-clients REFUSE
  silent "$pinion" call --config $key localhost:1
  silent "$pinion" serve --config $key --address 127.0.0.1:0
  silent "$pinion" check $key
  silent "$pinion" probe localhost:1 --config $key
  silent "$pinion" probe localhost:1 --identity-certificate $key --identity-key pki/server.pem --roots $key
  silent "$pinion" probe localhost:1 --identity-certificate pki/client.pem --identity-key $key
  silent "$pinion" probe localhost:1 --roots pki/ca.pem --pins $key --unlisted-clients REFUSE
  local wrong
  for wrong in 's|pki/server.pem|pki/server-key.pem|' 's|pki/ca.pem|pki/ca-key.pem|' 's|pins.json|pki/server-key.pem|'; do
    sed "$wrong" server.json >wrong.json
    not cmp -s server.json wrong.json
    silent "$pinion" serve --config wrong.json --address 127.0.0.1:0
    has err "key.pem"
    silent "$pinion" call --config wrong.json localhost:1
    silent "$pinion" check wrong.json -o json
    has out "key.pem"
  done
}

test_a_key_within_json() {
  make_world
  pieces >pieces
  local secret
  secret=$(grep -v -- ----- pki/server-key.pem | tr -d '\n')
  sed "s|\"pki/server-key.pem\"|\"-----BEGIN PRIVATE KEY-----\\\\n$secret\"|" server.json >inline.json
  has inline.json "$secret"
  run 2 "$pinion" serve --config inline.json --address 127.0.0.1:0
  silent "$pinion" serve --config inline.json --address 127.0.0.1:0
  silent "$pinion" check inline.json
}

test_damaged_keys() {
  make_world
  cp pki/server-key.pem sound.pem
  pieces >pieces
  local damage
  for damage in '2s/./!/' '3d' '$d'; do
    sed "$damage" sound.pem >pki/server-key.pem
    silent "$pinion" serve --config server.json --address 127.0.0.1:0
    has err "private_key_file (pki/server-key.pem)"
  done
  openssl pkey -in sound.pem -aes256 -passout pass:secret -out pki/server-key.pem
  silent "$pinion" serve --config server.json --address 127.0.0.1:0
  has err "private_key_file (pki/server-key.pem)"
}

test_calls_and_refusals() {
  make_world
  pieces >pieces
  serve server
  silent "$pinion" call --config client.json "localhost:$port"
  silent "$pinion" call --config client-impostor.json "localhost:$port" -o json
  until_true 10 grep -q PIN_MISMATCH server.err
  not grep -F -f pieces server.out server.err
}

run_tests
