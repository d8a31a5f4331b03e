#!/usr/bin/env bash
# `pinion pins diff`: the changes between two pin files, the affected peers, and the dangerous changes.
source tests/cli/harness.sh

diff_pins() { run "$1" "$pinion" pins diff old.json new.json "${@:2}"; }

# Pins of keys that do not exist: sha256/ and 42 times the letter, then A=.
key() { echo "sha256/$(printf "$1%.0s" {1..42})A="; }
# entry STATE LETTER [MORE]
entry() { echo "{\"spki\": \"$(key "$2")\", \"state\": \"$1\"${3:-}}"; }

# pin_file VERSION PEER...: on stdout.
pin_file() {
  local version=$1 peers
  shift
  peers=$(printf '%s,\n' "$@")
  printf '{"version": %s, "peers": [\n%s\n]}\n' "$version" "${peers%,}"
}

payments() { echo "{\"name\": \"payments\", \"hosts\": [\"pay.test\"], \"pins\": [$1]${2:-}}"; }
ledger='{"name": "ledger", "hosts": ["ledger.test"], "identities": ["spiffe://t/ledger"], "pins": ['"$(entry ACTIVE Y)"', '"$(entry BACKUP Z)"']}'

# changes CODE LINE...: the lines of the table between its first and its last.
changes() {
  diff_pins "$1"
  equal "$(sed '1d; $d' out)" "$(printf '%s\n' "${@:2}")"
}

test_equivalent_files_have_no_changes() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" "$ledger" >old.json
  {
    echo "// Another order, the same pins."
    pin_file 2 "$ledger" "$(payments "$(entry BACKUP B), $(entry ACTIVE A)")" | sed 's/pay.test/PAY.test/'
  } >new.json
  diff_pins 0
  equal "$(cat out)" "nothing changes for any peer"
  equal "$(cat err)" ""
  diff_pins 0 -o json
  equal "$(json out '["changes"]')" "[]"
  cp old.json new.json
  diff_pins 0
  equal "$(cat err)" ""
}

test_a_rotation_is_not_dangerous() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" >old.json
  pin_file 2 "$(payments "$(entry RETIRING A), $(entry ACTIVE B), $(entry BACKUP C)")" >new.json
  diff_pins 1
  equal "$(cat out)" "version 1 -> 2
  payments: key $(key A) is RETIRING (ACTIVE before): accepted, and reported when it is seen
  payments: key $(key B) is ACTIVE (BACKUP before): it may be served, and is not reported any more
  payments: key $(key C) is accepted (BACKUP), at all times
3 changes, 0 dangerous"
  equal "$(cat err)" ""
}

test_a_key_that_is_served_and_no_longer_accepted_comes_first() {
  pin_file 1 "$(payments "$(entry RETIRING C), $(entry ACTIVE A), $(entry BACKUP B)")" >old.json
  pin_file 2 "$(payments "$(entry ACTIVE D), $(entry BACKUP E)")" >new.json
  diff_pins 1
  equal "$(cat out)" "version 1 -> 2
  DANGEROUS  payments: the key served today, $(key A) (ACTIVE in the old file), is no longer accepted
  DANGEROUS  payments: key $(key B) (BACKUP) is no longer accepted: a server that has taken it already is refused
  DANGEROUS  payments: key $(key D) is accepted and ACTIVE at once: if it is served, peers that still have the old file refuse it; roll it out as BACKUP first
             payments: key $(key C) (RETIRING) is no longer accepted
             payments: key $(key E) is accepted (BACKUP), at all times
5 changes, 3 dangerous"
}

test_revocations() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B), $(entry RETIRING C), $(entry REVOKED D)")" >old.json
  pin_file 2 "$(payments "$(entry REVOKED A), $(entry ACTIVE B), $(entry REVOKED C), $(entry BACKUP D), $(entry REVOKED E)")" >new.json
  changes 1 \
    "  DANGEROUS  payments: the key served today, $(key A) (ACTIVE in the old file), is refused, and live connections that hold it are closed" \
    "  DANGEROUS  payments: key $(key D) was REVOKED, and is accepted again as BACKUP, from every holder of the key" \
    "             payments: key $(key B) is ACTIVE (BACKUP before): it may be served, and is not reported any more" \
    "             payments: key $(key C) (RETIRING before) is refused, and live connections that hold it are closed" \
    "             payments: key $(key E) is refused, whatever else holds; it was not listed before"
  pin_file 2 "$(payments "$(entry ACTIVE A), $(entry BACKUP B), $(entry RETIRING C)")" >new.json
  changes 1 "  payments: key $(key D) is no longer revoked, merely unknown: refused as any key that is no pin"
  sed -i 's/"spki": "'"$(sed 's/[/]/\\&/g' <<<"$(key B)")"'"/"issuer_spki": "'"$(sed 's/[/]/\\&/g' <<<"$(key B)")"'"/' old.json new.json
  changes 1 "  DANGEROUS  payments: key $(key D) is no longer revoked, merely unknown: it may be accepted again, by an issuer's pin or because wrong keys are only reported"
}

test_time_bounds() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" >old.json
  pin_file 2 "$(payments "$(entry ACTIVE A ', "not_after": "2026-01-01T00:00:00Z"'), $(entry BACKUP B ', "not_before": "2026-02-01T00:00:00Z"')")" >new.json
  diff_pins 1 --time 2025-12-31T00:00:00Z
  has out "             payments: key $(key A) is accepted until 2026-01-01T00:00:00Z; before, at all times"
  has out "  DANGEROUS  payments: key $(key B) is accepted from 2026-02-01T00:00:00Z; before, at all times; so it is no longer accepted today"
  diff_pins 1 --time 2026-03-01T00:00:00Z
  has out "  DANGEROUS  payments: key $(key A) is accepted until 2026-01-01T00:00:00Z; before, at all times; so it is no longer accepted today"
  has out "2 changes, 1 dangerous"
  run 2 "$pinion" pins diff old.json new.json --time soon
  has err "--time: not RFC 3339"
}

test_peers_and_hosts() {
  local pins
  pins="$(entry ACTIVE A), $(entry BACKUP B)"
  pin_file 1 "$(payments "$pins")" "$ledger" >old.json
  pin_file 2 "$(payments "$pins" | sed 's/"pay.test"/"pay.test", "*.pay.test"/')" "${ledger//ledger/books}" >new.json
  diff_pins 1
  has out "  DANGEROUS  ledger: the peer is no longer listed: a server that is dialled as one of its hosts is refused"
  has out "  DANGEROUS  ledger: host ledger.test is no longer pinned: clients that dial it refuse the server"
  has out "  DANGEROUS  payments: host *.pay.test is pinned now"
  has out "             books: the peer is new; its pins are $(key Y) (ACTIVE), $(key Z) (BACKUP)"
  has out "  DANGEROUS  books: a client that is spiffe://t/books must hold one of its pins from now on"
  # A name that a wildcard of the same peer covers is no change.
  mv new.json old.json
  sed 's/"pay.test", "/"pay.test", "a.pay.test", "/; s/"version": 2/"version": 3/' old.json >new.json
  diff_pins 0
  # A name that a wildcard of another peer covers is a change.
  sed 's/"pay.test", "/"pay.test", "/; s/"books.test"/"books.test", "a.pay.test"/; s/"version": 2/"version": 3/' old.json >new.json
  changes 1 "  DANGEROUS  books: host a.pay.test was dialled as peer payments by a wildcard, and must hold this peer's pins"
  mv new.json new2.json
  mv old.json new.json
  mv new2.json old.json
  changes 1 "  DANGEROUS  books: host a.pay.test is dialled as peer payments, and must hold that peer's pins"
  has err "version does not rise: 3 in old.json, 2 in new.json; a process with the old one in effect refuses the new one"
}

test_identities_and_report_only() {
  local pins
  pins="$(entry ACTIVE A), $(entry BACKUP B)"
  pin_file 1 "$(payments "$pins")" "$ledger" >old.json
  pin_file 2 "$(payments "$pins" ', "identities": ["spiffe://t/pay"], "report_only_until": "2099-01-01T00:00:00Z"')" \
    "${ledger/\"spiffe:\/\/t\/ledger\"/}" >new.json
  changes 1 \
    "  DANGEROUS  payments: identity spiffe://t/pay is its own now: a client that is it must hold one of the peer's pins, and its servers' certificates must carry an identity, as none had to" \
    "  DANGEROUS  payments: until 2099-01-01T00:00:00Z a wrong key is reported and accepted" \
    "  DANGEROUS  ledger: identity spiffe://t/ledger is no longer its own: its servers need no identity any more, and a client that is it is no longer held to the peer's pins"
  mv old.json older.json
  mv new.json old.json
  mv older.json new.json
  diff_pins 1
  has out "  DANGEROUS  payments: a wrong key is refused from now on; it was to be accepted and reported until 2099-01-01T00:00:00Z"
}

test_json_and_versions() {
  pin_file 4 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" >old.json
  pin_file 4 "$(payments "$(entry ACTIVE A), $(entry BACKUP B), $(entry BACKUP C)")" >new.json
  diff_pins 1 -o json
  equal "$(json out '["version"]')" 1
  equal "$(json out '["old"]')" "{'file': 'old.json', 'version': 4}"
  equal "$(json out '["new"]')" "{'file': 'new.json', 'version': 4}"
  equal "$(json out '["version_rises"]')" False
  equal "$(json out '["changes"][0]["code"]')" KEY_ACCEPTED
  equal "$(json out '["changes"][0]["peer"]')" payments
  equal "$(json out '["changes"][0]["subject"]')" "$(key C)"
  equal "$(json out '["changes"][0]["dangerous"]')" False
  equal "$(json out '["changes"][0]["text"]')" "key $(key C) is accepted (BACKUP), at all times"
  equal "$(cat err)" "pinion: version does not rise: 4 in old.json, 4 in new.json; a process with the old one in effect refuses the new one"
}

test_unusable_files_exit_2() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" >old.json
  diff_pins 2
  equal "$(cat err)" "pinion: cannot read new.json: No such file or directory"
  pin_file 1 "$(payments "$(entry ACTIVE A)")" >new.json
  diff_pins 2
  has err 'new.json:2:53: peers[0].pins: peer "payments" has no BACKUP pin'
  equal "$(cat out)" ""
}

test_a_wildcard_takes_over_the_names_below_it() {
  pin_file 1 "$(payments "$(entry ACTIVE A), $(entry BACKUP B)")" "$ledger" >old.json
  sed 's|"hosts": \["pay.test"\]|"hosts": ["pay.test", "*.internal.test"]|; s|"version": 1|"version": 2|' old.json >new.json
  diff_pins 1
  has out "DANGEROUS  payments: host *.internal.test is pinned now"
  has out "a client with such a name in its certificate, which is no other peer's own, must hold one of them, too"
}

run_tests
