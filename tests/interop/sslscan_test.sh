#!/usr/bin/env bash
# An outside scanner, sslscan, at `pinion serve`: TLS 1.2 and 1.3 alone, with AEAD and forward secrecy alone; no renegotiation,
# no compression, no Heartbleed.
source tests/cli/harness.sh
judge=$PWD/tests/interop/scan_findings.py
needs sslscan test -x /usr/bin/sslscan
needs python3 /usr/bin/python3 -c ""

# The faults that a scan of the server at $port finds with the client's certificate. Without a certificate, a server
# that answers no scanner would seem faultless.
findings() {
  sslscan --no-colour --xml=scan.xml --certs=pki/client.pem --pk=pki/client-key.pem --sni-name=localhost \
    "127.0.0.1:$port" >scan.out 2>&1 || fail "$(cat scan.out)"
  /usr/bin/python3 "$judge" scan.xml "$port"
}

# suites_at_least N NAME: so many suites of this name were accepted.
suites_at_least() {
  local count
  count=$(grep -c "<cipher .*cipher=\"$2" scan.xml || true)
  ((count >= $1)) || { cat scan.xml >&2 && fail "$count suites $2"; }
}

test_there_is_nothing_to_find() {
  make_world
  serve server
  equal "$(findings)" ""
  suites_at_least 3 TLS_
  suites_at_least 2 ECDHE-ECDSA-
}

test_nor_with_an_rsa_key() {
  make_world
  openssl req -newkey rsa:2048 -nodes -keyout pki/rsa-server-key.pem -subj /CN=rsa -addext subjectAltName=DNS:localhost \
    -addext extendedKeyUsage=serverAuth -addext keyUsage=critical,digitalSignature -out rsa.csr 2>err
  openssl x509 -req -in rsa.csr -CA pki/ca.pem -CAkey pki/ca-key.pem -days 9 -copy_extensions copyall \
    -out pki/rsa-server.pem 2>err
  config rsa-server
  sed -i "s|$(pin server-backup)|$(pin rsa-server)|" pins.json
  serve rsa-server
  equal "$(findings)" ""
  suites_at_least 3 TLS_
  suites_at_least 2 ECDHE-RSA-
}

# A check that no server can fail would show nothing.
test_a_lax_server_is_found_out() {
  make_world
  # -rev: serves, and does not read its input, which is at its end here.
  start lax openssl s_server -rev -accept 127.0.0.1:0 -naccept 1000 -cert pki/server.pem -key pki/server-key.pem \
    -CAfile pki/ca.pem -Verify 2 -min_protocol TLSv1 -cipher ALL:@SECLEVEL=0 -client_renegotiation
  until_true 10 grep -q "^ACCEPT " lax.out
  port=$(sed -n 's/^ACCEPT .*://p' lax.out)
  findings >found
  has found "tls1.0: enabled=1"
  has found "tls1.1: enabled=1"
  # Debian 13's scanner offers this suite, but not the one with the short tag, CCM8.
  has found "suite: TLSv1.2 ECDHE-ECDSA-AES256-CCM"
  has found "suite: TLSv1.1 ECDHE-ECDSA-AES256-SHA"
  has found renegotiation
  lacks found "was the server there?"
}

run_tests
