#!/usr/bin/env bash
# `pinion pki`: the files that it writes, files that it never overwrites, and certificates that match their profiles.
source tests/cli/harness.sh

mode() { stat -c %a "$1"; }
extension() { openssl x509 -in "pki/$1.pem" -noout -ext "$2"; }
# judge ROLE NAME CODE: the exit code of `pinion verify` for pki/NAME.pem.
judge() {
  run "$3" "$pinion" verify --role "$1" --chain "pki/$2.pem" --roots pki/ca.pem --host localhost
}

test_init_and_issue_print_the_pin_and_the_files() {
  run 0 "$pinion" pki init pki
  equal "$(cat out)" "$(pin ca)  pki/ca.pem, key in pki/ca-key.pem"
  run 0 "$pinion" pki issue pki payments --dns localhost
  equal "$(cat out)" "$(pin payments)  pki/payments.pem, key in pki/payments-key.pem"
  equal "$("$pinion" pin pki/payments-key.pem | cut -d' ' -f1)" "$(pin payments)"
}

test_only_the_owner_reads_keys() {
  umask 000
  "$pinion" pki init pki >/dev/null
  issue payments --dns localhost
  equal "$(mode pki)" 700
  equal "$(mode pki/ca-key.pem) $(mode pki/payments-key.pem)" "600 600"
  equal "$(mode pki/ca.pem) $(mode pki/payments.pem)" "644 644"
}

test_nothing_is_overwritten() {
  "$pinion" pki init pki >/dev/null
  issue payments --dns localhost
  sha256sum pki/* >before
  run 2 "$pinion" pki init pki
  has err "pki/ca-key.pem is there already; it is left as it is"
  run 2 "$pinion" pki issue pki payments --dns other.test
  has err "pki/payments-key.pem is there already; it is left as it is"
  equal "$(cat out)" ""
  sha256sum --quiet --check before
  equal "$(ls pki | wc -l)" 4
}

test_a_key_is_not_left_behind_alone() {
  "$pinion" pki init pki >/dev/null
  echo precious >pki/payments.pem
  run 2 "$pinion" pki issue pki payments --dns localhost
  has err "pki/payments.pem is there already"
  equal "$(cat pki/payments.pem)" precious
  [[ ! -e pki/payments-key.pem ]]
}

test_a_link_is_not_followed() {
  "$pinion" pki init pki >/dev/null
  ln -s ../elsewhere.pem pki/payments-key.pem
  run 2 "$pinion" pki issue pki payments --dns localhost
  [[ ! -e elsewhere.pem ]]
}

test_bad_names_exit_2() {
  "$pinion" pki init pki >/dev/null
  local name
  for name in ca ../up a/b .hidden "" "two words" "$(printf 'x%.0s' {1..61})"; do
    run 2 "$pinion" pki issue pki "$name" --dns localhost
    has err "NAME: use 1 to 60 letters"
  done
  equal "$(ls -A pki)" "$(printf 'ca-key.pem\nca.pem')"
}

test_a_certificate_needs_a_name() {
  "$pinion" pki init pki >/dev/null
  run 2 "$pinion" pki issue pki payments
  has err "give --dns, --uri or --ip"
  run 2 "$pinion" pki issue pki payments --dns "two words"
  has err "--dns: "
  run 2 "$pinion" pki issue pki payments --dns 127.0.0.1
  has err "--dns: 127.0.0.1 is an IP address; give it as --ip"
  run 2 "$pinion" pki issue pki payments --ip 300.1.1.1
  has err '"300.1.1.1" is not an IP address'
  run 2 "$pinion" pki issue pki payments --uri "no uri"
  has err "a URI is not visible ASCII"
  equal "$(ls -A pki)" "$(printf 'ca-key.pem\nca.pem')"
}

test_a_ca_that_cannot_be_used_exits_2() {
  run 2 "$pinion" pki issue missing payments --dns localhost
  has err "cannot read missing/ca.pem"
  "$pinion" pki init pki >/dev/null
  "$pinion" pki init other >/dev/null
  cp other/ca-key.pem pki/ca-key.pem
  run 2 "$pinion" pki issue pki payments --dns localhost
  has err "pki: ca-key.pem is not the key of ca.pem"
  run 2 "$pinion" pki init no/such/parent
  has err "cannot make no/such/parent: No such file or directory"
  echo file >file
  run 2 "$pinion" pki init file
  has err "file/ca-key.pem"
}

test_profiles_set_the_key_usages() {
  "$pinion" pki init pki >/dev/null
  issue both --dns localhost
  issue serves --profile server --dns localhost
  issue calls --profile client --dns localhost
  judge server both 0
  judge client both 0
  judge server serves 0
  judge client serves 1
  has out "WRONG_PURPOSE: "
  judge client calls 0
  judge server calls 1
  has out "WRONG_PURPOSE: "
  run 2 "$pinion" pki issue pki sub --profile ca --dns localhost
  has err "--profile"
}

test_openssl_agrees() {
  "$pinion" pki init pki >/dev/null
  issue both --dns localhost --dns second.test --dns '*.third.test' --uri spiffe://test/both --ip 127.0.0.1 --ip ::1
  issue serves --profile server --dns localhost
  issue calls --profile client --uri spiffe://test/calls
  local strictly=(openssl verify -x509_strict -CAfile pki/ca.pem)
  run 0 "${strictly[@]}" -purpose sslserver -verify_hostname a.third.test pki/both.pem
  run 0 "${strictly[@]}" -purpose sslclient -verify_ip ::1 pki/both.pem
  run 0 "${strictly[@]}" -purpose sslserver pki/serves.pem
  run 0 "${strictly[@]}" -purpose sslclient pki/calls.pem
  run 2 "${strictly[@]}" -purpose sslclient pki/serves.pem
  run 2 "${strictly[@]}" -purpose sslserver pki/calls.pem
  has <(extension both subjectAltName) \
    "DNS:localhost, DNS:second.test, DNS:*.third.test, URI:spiffe://test/both, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"
  has <(extension ca basicConstraints) "CA:TRUE"
  has <(extension both basicConstraints) "CA:FALSE"
}

test_validity_is_the_profiles() {
  "$pinion" pki init pki >/dev/null
  issue both --dns localhost
  openssl x509 -in pki/both.pem -noout -checkend $((89 * 86400)) >/dev/null
  not openssl x509 -in pki/both.pem -noout -checkend $((91 * 86400)) >/dev/null
  openssl x509 -in pki/ca.pem -noout -checkend $((3649 * 86400)) >/dev/null
}

run_tests
