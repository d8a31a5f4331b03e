#!/usr/bin/env bash
# `pinion import` and `pinion export`: round trips of each format, and remarks on everything that does not fit.
source tests/cli/harness.sh

with_hosts="android apple okhttp trustkit"
without_hosts="curl envoy hpkp"

# Pins of keys that do not exist: sha256/ and 42 times the letter, then A=.
key() { echo "sha256/$(printf "$1%.0s" {1..42})A="; }
bare() { key "$1" | cut -d/ -f2; }
# entry STATE LETTER [MORE]
entry() { echo "{\"spki\": \"$(key "$2")\", \"state\": \"$1\"${3:-}}"; }

# Two peers, named as their first hosts.
make_pins() {
  cat >pins.json <<JSON
{
  "version": 1,
  "peers": [
    {"name": "pay.test", "hosts": ["pay.test", "*.pay.test"], "pins": [$(entry ACTIVE A), $(entry BACKUP B), $(entry BACKUP C)]},
    {"name": "ledger.test", "hosts": ["ledger.test"], "pins": [$(entry ACTIVE D), $(entry BACKUP E)]}
  ]
}
JSON
}

# same FILE FILE: the second file changes nothing for any peer.
same() { "$pinion" pins diff "$1" "$2" 2>&1 || fail "$1 and $2 differ"; }

test_a_pin_file_survives_a_round_trip() {
  make_pins
  local format
  for format in $with_hosts; do
    run 0 "$pinion" export pins.json --format "$format"
    mv out there
    run 0 "$pinion" import --format "$format" there
    same pins.json out
  done
  "$pinion" import --format okhttp - <<<".add(\"pay.test\", \"$(key A)\", \"$(key B)\", \"$(key C)\")" >one.json 2>err
  for format in $without_hosts; do
    run 0 "$pinion" export one.json --format "$format"
    has err "pay.test: hosts are not carried: pay.test"
    mv out there
    run 0 "$pinion" import --format "$format" there --host pay.test
    same one.json out
  done
}

# foreign FORMAT: the text that export writes, written here by hand.
foreign() {
  case $1 in
    curl) echo "sha256//$(bare A);sha256//$(bare B)" ;;
    envoy) printf '{\n  "verify_certificate_spki": [\n    "%s",\n    "%s"\n  ]\n}\n' "$(bare A)" "$(bare B)" ;;
    hpkp) echo "Public-Key-Pins: pin-sha256=\"$(bare A)\"; pin-sha256=\"$(bare B)\"; max-age=5184000; includeSubDomains" ;;
    okhttp) printf 'new CertificatePinner.Builder()\n    .add("*.pay.test",\n        "%s",\n        "%s")\n    .build();\n' "$(key A)" "$(key B)" ;;
    android)
      cat <<XML
<?xml version="1.0" encoding="utf-8"?>
<network-security-config>
  <domain-config>
    <domain includeSubdomains="true">pay.test</domain>
    <domain includeSubdomains="false">ledger.test</domain>
    <pin-set>
      <pin digest="SHA-256">$(bare A)</pin>
      <pin digest="SHA-256">$(bare B)</pin>
    </pin-set>
  </domain-config>
</network-security-config>
XML
      ;;
    apple | trustkit)
      local outer=NSAppTransportSecurity inner=NSPinnedDomains subdomains=NSIncludesSubdomains pins=NSPinnedCAIdentities enforce="" letter
      if [[ $1 == trustkit ]]; then
        outer=TSKConfiguration inner=TSKPinnedDomains subdomains=TSKIncludeSubdomains pins=TSKPublicKeyHashes
        enforce=$'        <key>TSKEnforcePinning</key>\n        <true/>\n'
      fi
      cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>$outer</key>
  <dict>
    <key>$inner</key>
    <dict>
      <key>pay.test</key>
      <dict>
$enforce        <key>$subdomains</key>
        <true/>
        <key>$pins</key>
        <array>
$(for letter in A B; do
        if [[ $1 == trustkit ]]; then
          echo "          <string>$(bare $letter)</string>"
        else
          printf '          <dict>\n            <key>SPKI-SHA256-BASE64</key>\n            <string>%s</string>\n          </dict>\n' "$(bare $letter)"
        fi
      done)
        </array>
      </dict>
    </dict>
  </dict>
</dict>
</plist>
XML
      ;;
  esac
}

test_a_foreign_text_survives_a_round_trip() {
  local format host
  for format in $with_hosts $without_hosts; do
    host=()
    [[ $without_hosts != *$format* ]] || host=(--host pay.test)
    foreign "$format" | sed '/^$/d' >there
    run 0 "$pinion" import --format "$format" there "${host[@]}"
    mv out back.json
    run 0 "$pinion" export back.json --format "$format"
    equal "$(cat out)" "$(cat there)"
  done
  # Apple's format has a place for an issuer's pins.
  foreign apple >there
  "$pinion" import --format apple there 2>/dev/null >issuers.json
  has issuers.json "{\"issuer_spki\": \"$(key A)\", \"state\": \"ACTIVE\"}"
}

test_what_is_imported() {
  foreign android >there.xml
  run 0 "$pinion" import --format android there.xml
  equal "$(cat out)" "{
  \"version\": 1,
  \"peers\": [
    {
      \"name\": \"pay.test\",
      \"hosts\": [\"pay.test\", \"*.pay.test\", \"ledger.test\"],
      \"pins\": [
        $(entry ACTIVE A),
        $(entry BACKUP B)
      ]
    }
  ]
}"
  equal "$(cat err)" "pinion: pay.test and its subdomains: *.pay.test is exactly one label here; names further down are not in the pin file, and are refused
pinion: it does not say which key is served: the first pin of each host is ACTIVE, the others are BACKUP; \`pinion pins\` changes that
pinion: Android's network-security-config matches a pin on any certificate of the chain; here each is of the server's own key. Where they are a CA's, import with --kind issuer_spki"
  run 0 "$pinion" import --format android there.xml --host ledger.test --name ledger --peers-only --backup "$(key C)"
  equal "$(cat out)" "    {
      \"name\": \"ledger\",
      \"hosts\": [\"ledger.test\"],
      \"pins\": [
        $(entry ACTIVE A),
        $(entry BACKUP B),
        $(entry BACKUP C)
      ]
    }"
  has err "not imported, for --host is another: pay.test"
  run 0 "$pinion" import --format okhttp - <<<".add(\"**.pay.test\", \"$(key A)\", \"$(key B)\")"
  has out '"hosts": ["pay.test", "*.pay.test"]'
  has err "*.pay.test is exactly one label here"
}

test_one_pin_is_not_enough() {
  echo "sha256//$(bare A)" >pinned.txt
  run 1 "$pinion" import --format curl pinned.txt --host pay.test
  equal "$(cat err)" "pinion: pay.test has one pin only, and losing that key locks every client out, so a pin file needs a BACKUP; make a second key, keep it offline, and give it with --backup PIN"
  equal "$(cat out)" ""
  openssl genpkey -algorithm ED25519 -out next-key.pem
  run 0 "$pinion" import --format curl pinned.txt --host pay.test --backup next-key.pem
  has out "{\"spki\": \"$("$pinion" pin next-key.pem | cut -d' ' -f1)\", \"state\": \"BACKUP\"}"
  lacks out PRIVATE
  run 2 "$pinion" import --format curl pinned.txt
  has err "curl's --pinnedpubkey does not say whose pins they are; give --host"
}

test_parts_that_cannot_be_exported_are_reported_by_name() {
  cat >pins.json <<JSON
{"version": 1, "peers": [
  {"name": "pay", "hosts": ["*.pay.test"], "identities": ["spiffe://t/pay"], "report_only_until": "2099-01-01T00:00:00Z", "pins": [
    $(entry BACKUP B ', "not_after": "2099-02-01T00:00:00Z"'), $(entry REVOKED R), $(entry ACTIVE A), $(entry RETIRING C),
    $(entry BACKUP D ', "not_before": "2099-03-01T00:00:00Z"'),
    {"certificate": "$(key E)", "state": "BACKUP"}, {"issuer_spki": "$(key F)", "state": "BACKUP"}]},
  {"name": "client", "identities": ["spiffe://t/client"], "pins": [$(entry ACTIVE G), $(entry BACKUP H)]}
]}
JSON
  run 0 "$pinion" export pins.json --format trustkit
  equal "$(grep -o '<string>.*</string>' out | cut -c9-10 | tr -d '\n')" AABBCC
  equal "$(cat err)" "pinion: pay: $(key B) (BACKUP, until 2099-02-01T00:00:00Z): there it is accepted without end
pinion: pay: $(key D) (BACKUP, from 2099-03-01T00:00:00Z) is not exported: it is not accepted now, and the format knows no time; export again when it is
pinion: pay: certificate $(key E) (BACKUP) is not exported: the format pins keys, not certificates
pinion: pay: issuer_spki $(key F) (BACKUP) is not exported: the format cannot tell an issuer's key from the server's own
pinion: pay: $(key C) (RETIRING): there it is as good as any; export again when it is removed
pinion: pay: $(key R) (REVOKED) is not exported: there the key is merely unknown
pinion: pay: identities are not carried: spiffe://t/pay; the host's name alone is checked
pinion: pay: report_only_until 2099-01-01T00:00:00Z is not carried: there a wrong key is refused at once
pinion: pay: *.pay.test is exported as subdomains of pay.test, which covers that name itself, and may cover names of more labels; here it is exactly one label more
pinion: client: has no hosts, and is not exported: the format is of servers
pinion: states are not carried: what is ACTIVE comes first, then BACKUP"
  run 0 "$pinion" export pins.json --format envoy --peer client
  has err "client: hosts are not carried: none"
  has err "set trusted_ca beside it: pins alone do not make Envoy check the path to a CA"
  run 0 "$pinion" export pins.json --format hpkp --host a.pay.test
  has err "max-age is 60 days, for the header needs one: browsers forget the pins after it"
  run 0 "$pinion" export pins.json --format okhttp --host a.pay.test
  has out '.add("a.pay.test",'
  run 1 "$pinion" export pins.json --format okhttp --peer client
  has err "no peer has a host, so there is nothing to export"
}

test_a_backup_that_cannot_be_exported_is_reported() {
  echo "{\"version\": 1, \"peers\": [{\"name\": \"pay\", \"hosts\": [\"pay.test\"], \"pins\": [$(entry ACTIVE A), {\"certificate\": \"$(key B)\", \"state\": \"BACKUP\"}]}]}" >pins.json
  run 0 "$pinion" export pins.json --format curl
  has err "pay: one pin only is carried: there, losing its key locks every client out"
  run 1 "$pinion" export pins.json --format hpkp
  equal "$(cat err)" "pinion: pay: the Public-Key-Pins header needs at least 2 of its pins, and can carry 1; export other peers with --peer; pay: certificate $(key B) (BACKUP) is not exported: the format pins keys, not certificates"
}

test_unusable_input_exits_2() {
  make_pins
  run 2 "$pinion" export missing.json --format curl
  has err "cannot read missing.json"
  run 2 "$pinion" export pins.json --format curl
  has err "curl's --pinnedpubkey is for one peer; choose with --peer or --host: pay.test, ledger.test"
  run 2 "$pinion" export pins.json --format curl --peer nobody
  has err '--peer: there is no peer "nobody"; the peers are pay.test, ledger.test'
  run 2 "$pinion" export pins.json --format curl --host other.test
  has err "--host: other.test is in no peer's hosts"
  run 2 "$pinion" export pins.json --format pkcs12
  has err "--format"
  run 2 "$pinion" import --format okhttp missing.java
  has err "cannot read missing.java"
  run 2 "$pinion" import --format okhttp - <<<"nothing"
  has err "stdin:1:1: expected CertificatePinner.Builder()"
  equal "$(cat out)" ""
}

test_curl_takes_what_is_exported() {
  needs "curl with --pinnedpubkey" curl --version
  make_world
  serve server
  run 0 "$pinion" export pins.json --format curl --host localhost
  local curl=(curl --silent --show-error --http2 --cacert pki/ca.pem --cert pki/client.pem --key pki/client-key.pem)
  local pinned
  pinned=$(cat out)
  run 0 "${curl[@]}" --pinnedpubkey "$pinned" -o /dev/null "https://localhost:$port/"
  run 90 "${curl[@]}" --pinnedpubkey "sha256//$(bare A)" -o /dev/null "https://localhost:$port/"
}

test_the_examples_of_the_help_work() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >bin/curl
  chmod +x bin/curl
  foreign okhttp >Pinner.java
  foreign curl >pinned.txt
  foreign android | sed 's/pay.test/payments.internal/' >network_security_config.xml
  printf "add_header Public-Key-Pins '%s' always;\n" "$(foreign hpkp | sed 's/^Public-Key-Pins: //')" >nginx-header.conf
  openssl genpkey -algorithm ED25519 -out next.pem
  {
    "$pinion" import --help
    "$pinion" export --help
  } | sed -n 's/^  \(pinion import .*\|pinion export .*\|curl .*\)/\1/p' >examples
  equal "$(grep -c . examples)" 7
  sed 's/pay.test/payments.internal/g; s/"name": "payments.internal"/"name": "payments"/' \
    <("$pinion" import --format curl pinned.txt --host payments.internal 2>/dev/null) >exported.json
  local command
  while read -r command; do
    cp exported.json pins.json
    PATH=$PWD/bin:$PATH run 0 bash -c "$command"
    [[ -s out || $command == *"> pins.json" ]] || fail "no output: $command"
  done <examples
}

run_tests
