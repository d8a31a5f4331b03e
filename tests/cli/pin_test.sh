#!/usr/bin/env bash
# `pinion pin`: the same digests as the openssl command line computes, from every form of a key.
source tests/cli/harness.sh

# The pin of a public key in PEM on stdin, as openssl computes it.
openssl_pin() { echo "sha256/$(openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64)"; }

# prints FILE SOURCE EXPECTED_PIN [STDIN]: one line, and nothing else.
prints() {
  run 0 "$pinion" pin "$1" <"${4:-/dev/null}"
  has out "$1: $2"
  equal "$(cut -d' ' -f1 out)" "$3"
  equal "$(cat err)" ""
}

# The same key as certificate, request, public key and private key, PEM and DER.
every_form() {
  openssl req -x509 -key key.pem -subj /CN=someone -days 1 -out cert.pem
  openssl req -new -key key.pem -subj /CN=someone -out csr.pem
  openssl pkey -in key.pem -pubout -out pub.pem
  local expected
  expected=$(openssl_pin <pub.pem)
  openssl x509 -in cert.pem -outform DER -out cert.der
  openssl req -in csr.pem -outform DER -out csr.der
  openssl pkey -pubin -in pub.pem -outform DER -out pub.der
  openssl pkey -in key.pem -outform DER -out key.der
  local form
  for form in pem der; do
    prints "cert.$form" "certificate, subject" "$expected"
    prints "csr.$form" "certificate request, subject" "$expected"
    prints "pub.$form" "public key" "$expected"
    prints "key.$form" "private key" "$expected"
    prints - "certificate, subject" "$expected" "cert.$form"
  done
}

test_json() {
  openssl genpkey -algorithm ED25519 -out key.pem 2>/dev/null
  run 0 "$pinion" pin key.pem -o json
  equal "$(json out '')" "{'version': 1, 'pins': [{'pin': '$(openssl pkey -in key.pem -pubout | openssl_pin)', 'file': 'key.pem', 'of': 'private key'}]}"
}

test_p256() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem && every_form; }
test_p384() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem && every_form; }
test_ed25519() { openssl genpkey -algorithm ED25519 -out key.pem && every_form; }
test_rsa() { openssl genrsa -out key.pem 2048 2>/dev/null && every_form; }

test_old_forms_of_private_keys() {
  openssl ecparam -name prime256v1 -genkey -out ec.pem # curve parameters first, then EC PRIVATE KEY
  has ec.pem "EC PARAMETERS"
  prints ec.pem "private key" "$(openssl pkey -in ec.pem -pubout | openssl_pin)"
  openssl genrsa -traditional -out rsa.pem 2048 2>/dev/null
  has rsa.pem "BEGIN RSA PRIVATE KEY"
  prints rsa.pem "private key" "$(openssl pkey -in rsa.pem -pubout | openssl_pin)"
}

test_a_chain_gives_a_line_for_each_certificate() {
  "$pinion" pki init pki >/dev/null
  issue leaf --dns leaf.test
  cat pki/leaf.pem pki/ca.pem >chain.pem
  run 0 "$pinion" pin chain.pem
  equal "$(cut -d' ' -f1 out)" "$(for name in leaf ca; do openssl x509 -in pki/$name.pem -noout -pubkey | openssl_pin; done)"
  has out 'chain.pem: certificate, subject "CN=leaf"'
}

test_several_files_in_their_order() {
  "$pinion" pki init pki >/dev/null
  issue leaf --dns leaf.test
  run 0 "$pinion" pin pki/leaf.pem pki/ca.pem
  equal "$(cut -d' ' -f1 out)" "$(pin leaf)"$'\n'"$(pin ca)"
}

test_unreadable_input_exits_2() {
  run 2 "$pinion" pin missing.pem
  has err "cannot read missing.pem: No such file or directory"
  run 2 "$pinion" pin .
  has err "cannot read .: not a regular file or pipe"
  echo "neither" >garbage
  run 2 "$pinion" pin garbage
  has err "garbage: neither PEM nor DER"
  run 2 "$pinion" pin - </dev/null
  has err "-: neither PEM nor DER"
  equal "$(cat out)" ""
  run 2 "$pinion" pin
  has err "FILE is required"
}

test_a_damaged_block_exits_2() {
  "$pinion" pki init pki >/dev/null
  sed '3s/./!/' pki/ca.pem >garbled.pem
  run 2 "$pinion" pin garbled.pem
  has err "garbled.pem: PEM block 1 is garbled"
  (cat pki/ca.pem && head -n 3 pki/ca.pem) >truncated.pem
  run 2 "$pinion" pin truncated.pem
  has err "truncated.pem: "
  equal "$(cat out)" ""
  sed 's/CERTIFICATE/MYSTERY/' pki/ca.pem >mystery.pem
  run 2 "$pinion" pin mystery.pem
  has err 'mystery.pem: no key can be read from a block "MYSTERY"'
  openssl ecparam -name prime256v1 -out curve.pem
  run 2 "$pinion" pin curve.pem
  has err "curve.pem: there is no key in it"
}

test_an_encrypted_key_is_refused_without_asking() {
  openssl genpkey -algorithm ED25519 -aes256 -pass pass:secret -out key.pem
  run 2 "$pinion" pin key.pem </dev/null
  has err "ENCRYPTED PRIVATE KEY"
}

# OpenSSL configurations without a provider of SHA-256, with which uninitialized memory was once printed as a pin.
test_no_pin_is_printed_without_sha256() {
  "$pinion" pki init pki >/dev/null
  issue leaf --dns leaf.test
  printf 'openssl_conf = i\n[i]\nproviders = p\n[p]\nlegacy = l\n[l]\nactivate = 1\n' >legacy.cnf
  printf 'openssl_conf = i\n[i]\nalg_section = a\n[a]\ndefault_properties = fips=yes\n' >fips.cnf
  echo '{"version": 1, "peers": [{"name": "p", "hosts": ["h.test"], "pins": [' >pins.json
  echo "  {\"spki\": \"$(pin ca)\", \"state\": \"ACTIVE\"}," >>pins.json
  echo '  {"spki": "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "state": "BACKUP"}]}]}' >>pins.json
  cp pins.json before.json
  local configuration
  for configuration in legacy fips; do
    run 2 env OPENSSL_CONF="$configuration.cnf" "$pinion" pin pki/leaf.pem
    equal "$(cat out)" ""
    run 2 env OPENSSL_CONF="$configuration.cnf" "$pinion" pins add pins.json p pki/leaf.pem
    equal "$(cat pins.json)" "$(cat before.json)"
  done
}

test_a_pipe_is_read_like_a_file() {
  "$pinion" pki init pki >/dev/null
  run 0 "$pinion" pin <(cat pki/ca.pem)
  has out "$(pin ca)"
  mkfifo fifo
  cat pki/ca.pem >fifo &
  run 0 "$pinion" pin fifo
  wait $!
  has out "$(pin ca)"
}

run_tests
