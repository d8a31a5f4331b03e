#!/usr/bin/env bash
# curl against `pinion serve`: a gRPC call over HTTP/2, with curl's own check of the server's pin.
source tests/cli/harness.sh
needs "curl with HTTP/2" grep -qw HTTP2 <(curl --version)

# The pin of pki/NAME.pem as curl writes it.
curl_pin() { pin "$1" | sed 's|^sha256/|sha256//|'; }

# frame TEXT: a gRPC message with EchoRequest{message: TEXT}: not compressed, length in four bytes, then field 1.
frame() {
  printf "\\0\\0\\0\\0\\x$(printf %x $((${#1} + 2)))"
  printf "\\x0a\\x$(printf %x ${#1})%s" "$1"
}

# as NAME PIN: sets `post`, curl's call with the certificate and key of pki/NAME. Headers and trailers go to ./headers,
# the answer to ./answer.
as() {
  frame hello >request
  post=(curl --silent --show-error --http2 --max-time 10 --noproxy '*' --cacert pki/ca.pem --cert "pki/$1.pem"
    --key "pki/$1-key.pem" --pinnedpubkey "$2" --header "content-type: application/grpc" --header "te: trailers"
    --data-binary @request --dump-header headers --output answer "https://localhost:$port/pinion.v1.Echo/UnaryEcho")
}

test_the_right_pin_is_echoed() {
  make_world
  serve server
  as client "$(curl_pin server)"
  run 0 "${post[@]}"
  has headers "HTTP/2 200"
  has headers "grpc-status: 0"
  cmp request answer
}

test_one_of_two_pins_is_enough() {
  make_world
  serve server-backup
  as client "$(curl_pin server);$(curl_pin server-backup)"
  run 0 "${post[@]}"
  has headers "grpc-status: 0"
}

test_the_wrong_pin_is_curls_exit_code_90() {
  make_world
  serve server-impostor
  as client "$(curl_pin server);$(curl_pin server-backup)"
  run 90 "${post[@]}"
  [[ ! -e answer ]]
  # Pinion's client exits with the same code.
  call client 90
}

test_a_client_with_another_key_is_refused() {
  make_world
  serve server
  as client-impostor "$(curl_pin server)"
  not "${post[@]}" # curl has several exit codes for a connection that is closed
  until_true 10 grep -q "refused a client.*: PIN_MISMATCH: " server.err
  [[ ! -e answer ]]
}

run_tests
