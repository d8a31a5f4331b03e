#!/usr/bin/env bash
# A client of another kind in the laboratory: the command that `pinion lab up` prints for it, word for word.
#   lab_client_test.sh CLIENT
source tests/cli/harness.sh
client=$1
case $client in
  Python) needs "python3-grpcio" /usr/bin/python3 -c "import grpc" ;;
  Node) needs "nodejs" node --version ;;
  Go) needs "golang-go" go version ;;
  curl) needs "curl with HTTP/2" grep -qw HTTP2 <(curl --version) ;;
esac

# up: a laboratory in ./lab; sets `command`, which is the client's.
up() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  ln -s /usr/bin/python3 bin/python3 # the one that Debian's gRPC is for
  PATH=$PWD/bin:$PATH
  export HOME=$PWD GOFLAGS=-mod=mod GOPROXY=off # go keeps a cache in HOME
  start lab pinion lab up --dir lab
  until_true 20 grep -q "Then make things happen" lab.out
  command=$(sed -n "s/^  $client  *//p" lab.out)
}
# prints TEXT: runs the client's command; succeeds if its output or its errors contain the text.
prints() {
  timeout 60 bash -c "$command" </dev/null >out 2>err || true
  grep -qF -- "$1" out err
}
is_served() { prints "$welcome"; }

# What each client prints when it is served, when an impostor holds the address, when the certificate has expired, and
# when the key is revoked.
case $client in
  Python) welcome=hello impostor=hello expired=UNAVAILABLE revoked=hello ;;
  Node) welcome=hello impostor="is no pin of localhost" expired="certificate has expired" revoked=$impostor ;;
  Go) welcome=hello impostor="is no pin of localhost" expired="certificate has expired" revoked=$impostor ;;
  curl) welcome=hello impostor="public key does not match pinned public key" expired="certificate has expired" revoked=$impostor ;;
  openssl) welcome='subject "CN=payments-1"' impostor='subject "CN=impostor"' expired="neither PEM nor DER" revoked=$welcome ;;
esac

test_it_is_served_before_and_after_a_rotation() {
  up
  is_served || fail "it is not served: $(cat out err)"
  pinion lab rotate --dir lab
  is_served || fail "it is not served after a rotation: $(cat out err)"
  until_true 20 grep -q "payments: in effect: identity, generation 2" lab.err
  is_served || fail "it is not served with the next key: $(cat out err)"
}

test_its_output_for_an_impostor() {
  up
  pinion lab break impostor --dir lab
  prints "$impostor" || fail "its output for an impostor: $(cat out err)"
  pinion lab heal --dir lab
  until_true 20 is_served
}

test_its_output_for_an_expired_certificate() {
  up
  pinion lab break expired --dir lab
  prints "$expired" || fail "its output for an expired certificate: $(cat out err)"
}

test_its_output_for_a_revoked_key() {
  up
  pinion lab break revoke --dir lab
  prints "$revoked" || fail "its output for a revoked key: $(cat out err)"
  pinion lab heal --dir lab
  until_true 20 is_served
}

run_tests
