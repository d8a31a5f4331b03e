#!/usr/bin/env bash
# `pinion pki`: intermediates, renewed and rekeyed certificates, short lifetimes, and SPIFFE IDs.
source tests/cli/harness.sh

make_pki() {
  "$pinion" pki init pki >/dev/null
  issue payments --dns localhost --dns '*.pay.test' --uri spiffe://test/payments --ip 127.0.0.1
}
names() { openssl x509 -in "pki/$1.pem" -noout -ext subjectAltName,extendedKeyUsage -nameopt RFC2253 -subject -issuer; }
# accepted NAME [CODE]: `pinion verify` must accept it as a server for localhost, or exit with CODE.
accepted() { run "${2:-0}" "$pinion" verify --role server --chain "pki/$1.pem" --roots pki/ca.pem --host localhost; }
ends_within() { not openssl x509 -in "pki/$1.pem" -noout -checkend "$2" >/dev/null; }
lives_for() { openssl x509 -in "pki/$1.pem" -noout -checkend "$2" >/dev/null; }
certificates() { grep -c "BEGIN CERTIFICATE" "pki/$1.pem"; }

test_renewed_with_the_same_key_and_names() {
  make_pki
  sha256sum pki/* >before
  run 0 "$pinion" pki renew pki payments
  equal "$(cat out)" "$(pin payments)  pki/payments-renewed.pem, key in pki/payments-key.pem"
  equal "$(cat err)" "The key is the same, and so is its pin: no pin file changes. To use it:
  mv pki/payments-renewed.pem pki/payments.pem"
  equal "$(pin payments-renewed)" "$(pin payments)"
  equal "$(names payments-renewed)" "$(names payments)"
  not cmp -s pki/payments.pem pki/payments-renewed.pem
  lives_for payments-renewed $((89 * 86400))
  ends_within payments-renewed $((91 * 86400))
  accepted payments-renewed
  sha256sum --quiet --check before
  [[ ! -e pki/payments-renewed-key.pem ]]
  run 2 "$pinion" pki renew pki payments
  has err "pki/payments-renewed.pem is there already; it is left as it is"
  run 0 "$pinion" pki renew pki payments --as payments-2027 --valid-for 720h
  ends_within payments-2027 $((31 * 86400))
}

test_a_rekeyed_one_has_a_new_key_and_the_same_names() {
  make_pki
  sha256sum pki/* >before
  run 0 "$pinion" pki rekey pki payments
  equal "$(cat out)" "$(pin payments-next)  pki/payments-next.pem, key in pki/payments-next-key.pem"
  has err "Its pin must be a BACKUP in the clients' pin files before payments serves it."
  [[ $(pin payments-next) != "$(pin payments)" ]]
  equal "$(names payments-next)" "$(names payments)"
  equal "$(stat -c %a pki/payments-next-key.pem)" 600
  accepted payments-next
  run 2 "$pinion" pki rekey pki payments
  has err "pki/payments-next-key.pem is there already; it is left as it is"
  sha256sum --quiet --check before
  run 0 "$pinion" pki rekey pki payments --as payments-3
}

test_a_rekeyed_one_has_the_same_kind_of_key() {
  "$pinion" pki init pki >/dev/null
  openssl genpkey -algorithm ed25519 -out pki/odd-key.pem
  openssl req -x509 -new -key pki/odd-key.pem -subj /CN=odd -addext basicConstraints=critical,CA:FALSE \
    -addext extendedKeyUsage=serverAuth -addext subjectAltName=DNS:localhost -days 9 -out pki/odd.pem
  run 0 "$pinion" pki rekey pki odd
  has <(openssl pkey -in pki/odd-next-key.pem -noout -text) "ED25519 Private-Key"
  has <(names odd-next) "TLS Web Server Authentication"
  lacks <(names odd-next) "Client"
  ends_within odd-next $((10 * 86400))
  accepted odd-next
}

test_an_intermediate_issues_chains() {
  make_pki
  run 0 "$pinion" pki intermediate pki east
  equal "$(cat out)" "$(pin east)  pki/east.pem, key in pki/east-key.pem"
  run 0 "$pinion" pki issue pki ledger --from east --dns localhost
  equal "$(certificates ledger)" 2
  equal "$(certificates east)" 1
  accepted ledger
  openssl verify -x509_strict -purpose sslserver -CAfile pki/ca.pem -untrusted pki/ledger.pem pki/ledger.pem
  run 0 "$pinion" pki renew pki ledger
  run 0 "$pinion" pki rekey pki ledger
  local next
  for next in ledger-renewed ledger-next; do
    equal "$(certificates $next)" 2
    equal "$(names $next)" "$(names ledger)"
    accepted $next
  done
  has <(openssl x509 -in pki/east.pem -noout -ext basicConstraints) "CA:TRUE, pathlen:0"
}

test_only_a_ca_issues() {
  make_pki
  run 2 "$pinion" pki issue pki ledger --from payments --dns localhost
  has err 'pki/payments.pem is no CA'"'"'s; `pinion pki intermediate` makes one that is'
  run 2 "$pinion" pki issue pki ledger --from west --dns localhost
  has err "cannot read pki/west.pem"
  run 2 "$pinion" pki issue pki ledger --from ../up --dns localhost
  has err "--from: use 1 to 60 letters"
  "$pinion" pki intermediate pki east >/dev/null
  run 2 "$pinion" pki intermediate pki east
  has err "pki/east-key.pem is there already"
  run 2 "$pinion" pki renew pki east
  has err "pki/east.pem is a CA's; make another with"
  run 2 "$pinion" pki rekey pki ca
  has err "NAME: use 1 to 60 letters"
}

test_renew_and_rekey_need_a_matching_pair() {
  make_pki
  run 2 "$pinion" pki renew pki missing
  has err "cannot read pki/missing.pem"
  issue other --dns localhost
  cp pki/other-key.pem pki/payments-key.pem
  run 2 "$pinion" pki renew pki payments
  has err "pki: payments-key.pem is not the key of payments.pem"
  cat pki/ca.pem >>pki/other.pem
  run 2 "$pinion" pki rekey pki other
  has err 'pki/other.pem: its second certificate (subject "CN=Pinion development CA"'
  has err "is no intermediate made here"
}

test_lifetimes_are_as_short_as_requested() {
  make_pki
  issue hour --dns localhost --valid-for 1h
  lives_for hour 3500
  ends_within hour 3700
  accepted hour
  issue day --profile short-lived --dns localhost
  lives_for day $((86400 - 100))
  ends_within day $((86400 + 100))
  run 0 "$pinion" pki renew pki day
  ends_within day-renewed $((86400 + 100))
  lives_for day-renewed $((86400 - 100))
  local bad
  for bad in soon -1h 0s 10ms 5; do
    run 2 "$pinion" pki issue pki bad --dns localhost --valid-for=$bad
    has err "--valid-for: not a time of 1s or more, such as 500ms, 10s or 24h"
  done
}

test_no_certificate_outlives_its_issuer() {
  make_pki
  "$pinion" pki intermediate pki east >/dev/null
  issue long --from east --dns localhost --valid-for 500000h
  equal "$(openssl x509 -in pki/long.pem -noout -enddate)" "$(openssl x509 -in pki/east.pem -noout -enddate)"
}

test_spiffe_ids_follow_the_rules() {
  make_pki
  run 2 "$pinion" pki issue pki bad --uri spiffe://Test/bad
  has err 'pinion: --uri: "spiffe://Test/bad" is not a SPIFFE ID: a trust domain has lower-case letters'
  run 2 "$pinion" pki issue pki bad --uri spiffe://test
  has err "it has no path, so it names a whole trust domain and no workload"
  run 2 "$pinion" pki issue pki bad --uri spiffe://test/one --uri https://test/two
  has err "--uri: a certificate with a SPIFFE ID has no other URI"
  run 0 "$pinion" pki issue pki good --uri https://test/one --uri https://test/two
}

test_only_built_in_profiles_are_known() {
  run 0 "$pinion" pki issue --help
  has out "{client,server,service,short-lived}"
  "$pinion" pki init pki >/dev/null
  run 2 "$pinion" pki issue pki bad --profile intermediate --dns localhost
  has err "--profile: intermediate not in {client,server,service,short-lived}"
}

test_json_has_a_version() {
  local document
  run 0 "$pinion" pki init pki -o json
  equal "$(json out '["version"]') $(json out '["name"]') $(json out '["pin"]')" "1 ca $(pin ca)"
  run 0 "$pinion" pki issue pki payments --dns localhost -o json
  equal "$(json out '["certificate_file"]') $(json out '["private_key_file"]')" "pki/payments.pem pki/payments-key.pem"
  run 0 "$pinion" pki renew pki payments -o json
  equal "$(json out '["private_key_file"]')" "pki/payments-key.pem"
  document=$(json out '["not_after"]')
  [[ $document =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$ ]] || fail "no time: $document"
  run 0 "$pinion" pki rekey pki payments -o json
  equal "$(json out '["name"]')" "payments-next"
}

test_the_examples_of_help_work() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  local command
  {
    echo "set -e"
    for command in init intermediate issue renew; do "$pinion" pki $command --help; done | grep '^  pinion pki'
    echo "rm dev/payments-renewed.pem"
    "$pinion" pki rekey --help | grep '^  pinion pki'
  } >examples.sh
  equal "$(grep -c pinion examples.sh)" 9
  PATH=$PWD/bin:$PATH run 0 bash examples.sh
}

run_tests
