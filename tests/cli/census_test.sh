#!/usr/bin/env bash
# `pinion census`, and `pinion pins promote --census`: who would accept the key that a server is about to use.
source tests/cli/harness.sh
source tests/cli/rotating.sh

promote() {
  [[ -f pki/third.pem ]] || issue third --dns localhost
  run "$1" "$pinion" pins promote pins.json the-server pki/server-backup.pem --backup pki/third.pem "${@:2}"
}

test_a_client_that_would_refuse_the_next_key_is_named_until_its_pin_file_lists_it() {
  make_rotation
  serve server
  keep_calling
  until_true 60 answers BEHIND
  run 1 "$pinion" census census.json
  has out "the next key $(pin server-backup) must wait: 1 of 1 processes"
  has out "BEHIND        1  the-client, PIN_MISMATCH, pin set 1, last seen "
  run 1 "$pinion" census census.json -o json
  equal "$(json out '["candidate"]')" "$(pin server-backup)"
  equal "$(json out '["blocking"]')" 1
  equal "$(json out '["identities"][0]["name"]')" the-client
  equal "$(json out '["identities"][0]["state"]')" BEHIND
  equal "$(json out '["identities"][0]["side"]')" SERVES
  cp pins.json before.json
  promote 1 --census census.json
  has err "refused, pins.json is as it was: the next key"
  has err "the-client x1 PIN_MISMATCH with pin set 1"
  cmp pins.json before.json
  until_true 60 grep -q " must wait: 1 of 1 processes" server.err

  sed 's/"version": 1/"version": 2/' pins.json >new.json
  mv new.json client-pins.json
  until_true 60 answers ACCEPTING
  run 1 "$pinion" census census.json
  has err "wait until a minute has passed"
  aged aged.json
  run 0 "$pinion" census aged.json
  has out "would be accepted by all 1 known processes"
  until_true 60 grep -q "would be accepted by all 1 known processes" server.err
  promote 0 --census aged.json
  lacks err "no client was asked"
}

test_a_restart_of_the_server_forgets_nobody() {
  make_rotation
  serve server
  keep_calling
  until_true 60 answers BEHIND
  kill -KILL "$started" "$server"
  serve server
  until_true 60 answers GONE
  run 1 "$pinion" census census.json
  has out "GONE          1  the-client, PIN_MISMATCH"
}

test_the_status_says_the_same() {
  make_rotation
  serve server --status-file status.json
  keep_calling
  until_true 60 grep -qs BEHIND status.json
  equal "$(json status.json '["adoption"]["blocking"]')" 1
  equal "$(json status.json '["adoption"]["identities"][0]["reason"]')" PIN_MISMATCH
  equal "$(json status.json '["connections"][0]["side"]')" SERVES
  equal "$(json status.json '["connections"][0]["calls_in_flight"]')" 1
}

test_promote_without_a_census_says_that_nobody_was_asked() {
  make_world
  promote 0
  has err "no client was asked"
}

# Whether census.json says that the server presents the key of this name.
presents() { [[ "$(json census.json '["presented"]')" == "$(pin "$1")" ]]; }

test_a_server_switches_by_itself_and_its_census_says_so() {
  make_rotation
  sed -i 's|"gate": "MANUAL"|"gate": "AUTOMATIC"|; s|"identity"|"drain_window": "1s", "identity"|' server.json
  cp pins.json client-pins.json
  serve server
  keep_calling
  until_true 90 presents server-backup
  run 0 "$pinion" census census.json
  has out "the key $(pin server-backup) is in use since 20"
  run 0 "$pinion" census census.json -o json
  equal "$(json out '["gate"]')" SWITCHED
  until_true 60 grep -q "the next key $(pin server-backup) is in use now, since no process has blocked it for 2s" server.err
  promote 0 --census census.json
  lacks err "no client was asked"
}

test_a_replica_that_presents_the_key_already_asks_nobody() {
  make_rotation
  cp pins.json client-pins.json
  serve server
  keep_calling
  until_true 60 answers ACCEPTING
  aged aged.json
  sed "s|\"presented\": \".*\"|\"presented\": \"$(pin server-backup)\"|; s|\"candidate_sha256\": \"[0-9a-f]*\"|\"candidate_sha256\": \"\"|" \
    aged.json >replica.json
  run 0 "$pinion" census replica.json aged.json
  # One that presents another key has no next identity.
  sed "s|\"presented\": \".*\"|\"presented\": \"$(pin server)\"|" replica.json >other.json
  run 2 "$pinion" census aged.json other.json
  has err "other.json is of a process without a next identity"
  # Nor has one that has gone back.
  run 2 "$pinion" census other.json
}

test_remove_refuses_while_a_process_presents_the_key() {
  make_rotation
  cp pins.json client-pins.json
  serve server
  until_true 60 presents server
  promote 0
  cp pins.json before.json
  run 1 "$pinion" pins remove pins.json the-server pki/server.pem --census census.json
  has err "census.json still presents the key $(pin server)"
  cmp pins.json before.json
  sed "s|\"presented\": \".*\"|\"presented\": \"$(pin server-backup)\"|" census.json >moved.json
  sed 's/"written": "20../"written": "2001/' moved.json >old.json
  run 1 "$pinion" pins remove pins.json the-server pki/server.pem --census moved.json --census old.json
  has err "old.json was written at 2001"
  run 0 "$pinion" pins remove pins.json the-server pki/server.pem --census moved.json
  lacks err "no process was asked"
  run 0 "$pinion" pins add pins.json the-server pki/server.pem --state RETIRING
  run 0 "$pinion" pins remove pins.json the-server pki/server.pem
  has err "no process was asked"
}

test_an_excluded_peer_does_not_block() {
  make_rotation
  until=$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)
  sed -i "s|\"gate\": \"MANUAL\"|&, \"exclude\": [{\"peer\": \"the-client\", \"until\": \"$until\", \"why\": \"it is old\"}]|" server.json
  serve server
  keep_calling
  until_true 60 answers BEHIND
  until_true 60 grep -q 'does not wait for "the-client" until .*: it is old' server.err
  aged aged.json
  run 0 "$pinion" census aged.json
  has out "apart from those that are excluded: the-client x1 PIN_MISMATCH"
  sed "s/\"until\": \"20../\"until\": \"2001/" aged.json >ended.json
  run 1 "$pinion" census ended.json
}

test_settings_of_the_gate_that_cannot_be_meant() {
  make_rotation
  gate='"adoption": {"census_file": "census.json", "gate": "MANUAL"'
  refuses() {
    sed "s|$gate|$1|" server.json >wrong.json
    run 2 "$pinion" serve --config wrong.json --address 127.0.0.1:0
    has err "$2"
  }
  refuses '"adoption": {"gate": "AUTOMATIC"' "adoption.gate: needs a census_file"
  refuses "$gate, \"exclude\": [{\"until\": \"2027-01-01T00:00:00Z\", \"why\": \"x\"}]" "an entry without a peer"
  refuses "$gate, \"exclude\": [{\"peer\": \"p\", \"why\": \"x\"}]" "without \`until\`"
  refuses "$gate, \"exclude\": [{\"peer\": \"p\", \"until\": \"2027-01-01T00:00:00Z\"}]" "without \`why\`"
  refuses "$gate, \"exclude\": [{\"peer\": \"p\", \"until\": \"2099-01-01T00:00:00Z\", \"why\": \"x\"}]" "more than 30 days"
  refuses "$gate, \"replica_census_files\": [\"census.json\"]" "own census_file"
  refuses "$gate, \"replica_census_files\": [\"\"]" "names no file"
}

# A census of a server and the client that this one knows.
make_census() {
  make_rotation
  cp pins.json client-pins.json
  serve server
  keep_calling
  until_true 60 answers ACCEPTING
}

test_promote_refuses_a_census_that_is_not_about_the_key_or_not_up_to_date() {
  make_census
  sed "s|$(pin server-impostor)|$(pin server-backup)|" pins.json >other.json
  issue other --dns localhost
  run 0 "$pinion" pins add pins.json the-server pki/other.pem
  run 1 "$pinion" pins promote pins.json the-server pki/other.pem --census census.json
  has err "the census is about the key $(pin server-backup), not about $(pin other)"
  sed 's/"written": "20../"written": "2001/' census.json >old.json
  promote 1 --census old.json
  has err "old.json was written at 2001"
  run 1 "$pinion" census old.json
  aged aged.json
  promote 1 --census aged.json --census old.json
  promote 2 --census aged.json --census missing.json
  has err "missing.json"
  promote 1 --census census.json
  has err "wait until a minute has passed"
  sed '/"peers": \[/,/^ \]/d; s/"offered": "\(.*\)",/"offered": "\1"/' aged.json >nobody.json
  promote 1 --census nobody.json
  has err "nobody was asked"
  promote 0 --census aged.json
}

test_what_is_no_census_is_unusable() {
  make_census
  run 2 "$pinion" census pins.json
  has err "pins.json: is no census"
  run 2 "$pinion" census missing.json
  has err "missing.json"
  sed 's/"candidate_sha256": "[0-9a-f]*"/"candidate_sha256": ""/' census.json >none.json
  run 2 "$pinion" census none.json
  has err "none.json is of a process without a next identity"
  sed '0,/"candidate_sha256": "./s//"candidate_sha256": "x/' census.json >different.json
  run 2 "$pinion" census census.json different.json
  has err "another certificate for it"
}

run_tests
