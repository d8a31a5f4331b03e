#!/usr/bin/env bash
# `pinion check`: whether peers that are deployed together, or are already live, would accept each other.
source tests/cli/harness.sh
source tests/cli/findings.sh

test_our_own_certificate_is_refused() {
  make_world
  issue server2 --profile client --dns localhost
  mv pki/server2.pem pki/server.pem && mv pki/server2-key.pem pki/server-key.pem
  finds 1 "ERROR LOST_SERVER_AUTH pki/server.pem:0:0" server.json
  has out "LOST_SERVER_AUTH: peers would refuse our own certificate as a server's: WRONG_PURPOSE: "
  has out '; ours is subject "CN=server2", issuer "CN=Pinion development CA", valid '
}

test_our_own_key_is_in_our_own_pin_set() {
  make_world
  edit pins.json "s|$(pin server)|$(pin server-impostor)|"
  finds 1 "ERROR OWN_KEY_REFUSED pki/server.pem:0:0" server.json
  has out "OWN_KEY_REFUSED: PIN_MISMATCH: our own key $(pin server) is not a pin of peer \"the-server\""
  edit pins.json "s|\"$(pin server-impostor)\", \"state\": \"ACTIVE\"|\"$(pin server)\", \"state\": \"RETIRING\"}, {\"spki\": \"$(pin server-impostor)\", \"state\": \"ACTIVE\"|"
  finds 0 "WARNING OWN_KEY_TOLERATED pki/server.pem:0:0" server.json
  has out "is RETIRING
  fix: move to the ACTIVE one"
}

test_a_served_backup_does_not_count_as_backup() {
  make_world
  finds 0 "WARNING BACKUP_IS_SERVED pki/server-backup.pem:0:0" server-backup.json
  has out "its key $(pin server-backup) is a BACKUP of peer \"the-server\", so there is one backup less than pins.json lists"
  finds 0 "WARNING BACKUP_IS_SERVED pki/client-backup.pem:0:0" client-backup.json server.json
  # In the clients' pin set.
  sed "s|$(pin server)|$(pin server-impostor)|" pins.json >theirs.json
  sed 's/pins.json/theirs.json/' client.json >caller.json
  edit pins.json "s|$(pin server-backup)|$(pin server-impostor)|"
  edit theirs.json "s|$(pin server-backup)|$(pin server)|"
  finds 0 "WARNING BACKUP_IS_SERVED pki/server.pem:0:0" caller.json server.json
}

test_both_sides_are_checked_against_each_other() {
  make_world
  finds 1 "ERROR SERVER_REFUSED pki/server-impostor.pem:0:0" client.json server-impostor.json
  has out "SERVER_REFUSED: a client with client.json that dials \"localhost\" would refuse the server of server-impostor.json: PIN_MISMATCH: "
  has out "  fix: if the key is truly that peer's, add it to peer \"the-server\" in the pin set; if not, treat the peer as an impostor"
  finds 1 "ERROR CLIENT_REFUSED pki/client-impostor.pem:0:0" client-impostor.json server.json
  has out "CLIENT_REFUSED: a server with server.json would refuse the client of client-impostor.json: PIN_MISMATCH: "
  sed 's/"localhost"/"elsewhere.test"/' pins.json >other.json
  edit client.json 's/pins.json/other.json/'
  finds 0 "INFO HOST_WITHOUT_CERTIFICATE other.json:6:16
INFO SERVER_UNKNOWN pki/server.pem:0:0" client.json server.json
}

test_report_only_is_reported() {
  make_world
  sed "s/\"name\": \"the-server\",/& \"report_only_until\": \"$(date -u -d '+29 days 23 hours' +%Y-%m-%dT%H:%M:%SZ)\",/" pins.json >lenient.json
  edit client.json 's/pins.json/lenient.json/'
  check 0 client.json server-impostor.json
  [[ $(found) == *"WARNING REPORT_ONLY_ACCEPTS pki/server-impostor.pem:0:0"* ]]
  has out "which report-only mode still accepts"
}

# With this typo in a pin file, the real client and an impostor with its names both pass as unlisted clients.
test_a_key_that_is_a_pin_of_a_peer_it_does_not_name() {
  make_world
  edit pins.json 's|spiffe://test/client|spiffe://test/cleint|'
  check 1 server.json pki/client.pem
  [[ $(found) == *"ERROR PIN_WITHOUT_ITS_NAMES pins.json:"* ]]
  has out 'its key is a pin of a peer that it does not name: peer "the-client" lists spiffe://test/cleint, and the certificate in pki/client.pem has URI:spiffe://test/client'
  check 1 client.json server.json
  [[ $(found) == *"ERROR PIN_WITHOUT_ITS_NAMES pins.json:"* && $(found) == *"ERROR OWN_CERTIFICATE_REFUSED pki/client.pem"* ]]
  # The next key is unlisted, and its name is mistyped.
  issue next --uri spiffe://test/client
  check 0 server.json pki/next.pem
  [[ $(found) == *"WARNING NAME_NEAR_MISS pins.json:"* ]]
  issue other --uri spiffe://test/accounting
  check 0 server.json pki/other.pem
  [[ $(found) != *NEAR_MISS* ]]
}

test_each_certificate_matches_a_pin() {
  make_world
  finds 1 "ERROR CERTIFICATE_REFUSED pki/server-impostor.pem:0:0" pins.json pki/ca.pem pki/server-impostor.pem
  has out 'CERTIFICATE_REFUSED: clients with pins.json that dial "localhost" would refuse it: PIN_MISMATCH: '
  finds 1 "ERROR CERTIFICATE_REFUSED pki/client-impostor.pem:0:0" client.json server.json pki/client-impostor.pem
  has out "CERTIFICATE_REFUSED: servers with pins.json would refuse it: PIN_MISMATCH: "
  finds 1 "ERROR CERTIFICATE_REFUSED pki/server-impostor.pem:0:0
INFO NO_ROOTS pki/server-impostor.pem:0:0" pins.json pki/server-impostor.pem
  finds 0 "INFO NO_ROOTS pki/server.pem:0:0" pins.json pki/server.pem
  "$pinion" pki init other >/dev/null
  finds 1 "ERROR CERTIFICATE_REFUSED pki/server.pem:0:0" pins.json other/ca.pem pki/server.pem
  has out "CHAIN_UNTRUSTED"
  finds 0 "" pins.json other/ca.pem pki/server.pem pki/ca.pem
  issue stranger --uri spiffe://test/stranger
  finds 0 "INFO CERTIFICATE_UNLISTED pki/stranger.pem:0:0" client.json server.json pki/stranger.pem
}

test_hosts_without_a_certificate() {
  make_world
  edit pins.json 's/\["localhost"\]/["localhost", "*.some.test", "away.test"]/'
  issue wild --dns a.some.test
  edit pins.json "s|$(pin server-backup)|$(pin wild)|"
  finds 0 "INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" pins.json pki/ca.pem pki/wild.pem pki/server.pem
  has out "peer \"the-server\": no certificate was given for away.test, so nothing was judged as it"
}

test_against_a_live_server() {
  make_world
  serve server
  finds 0 "INFO LIVE_SERVES_ACTIVE client.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json --against "localhost:$port"
  has out "localhost:$port serves $(pin server) (ACTIVE) of peer \"the-server\""
  finds 1 "ERROR LIVE_REFUSED_BY_THEM client-impostor.json:0:0
INFO HOST_WITHOUT_CERTIFICATE client-impostor-pins.json:6:16
INFO LIVE_SERVES_ACTIVE client-impostor.json:0:0" client-impostor.json --against "localhost:$port"
  finds 0 "INFO LIVE_DECISION_UNKNOWN pins.json:0:0
INFO LIVE_SERVES_ACTIVE pins.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" pins.json pki/ca.pem --against "localhost:$port"
  edit pins.json '0,/"ACTIVE"/s//"RETIRING"/; 0,/"BACKUP"}/s||"ACTIVE"}, {"spki": "'"$(pin ca)"'", "state": "BACKUP"}|'
  finds 0 "WARNING LIVE_SERVES_RETIRING client.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json --against "localhost:$port"
}

test_against_a_live_server_that_is_wrong() {
  make_world
  serve server-impostor
  finds 1 "ERROR LIVE_REFUSED_BY_US client.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json --against "localhost:$port"
  has out "LIVE_REFUSED_BY_US: a client with client.json would refuse the server at localhost:$port: PIN_MISMATCH: "
  serve server-backup
  finds 0 "WARNING LIVE_SERVES_BACKUP client.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json --against "localhost:$port"
  finds 1 "ERROR LIVE_UNREACHABLE client.json:0:0
INFO HOST_WITHOUT_CERTIFICATE pins.json:6:16" client.json --against localhost:1
}

# The hash of a certificate in place of that of its key looks like a pin.
test_the_pin_of_a_certificate_instead_of_its_key() {
  make_world
  edit pins.json "s|$(pin server)|sha256/$(openssl x509 -in pki/server.pem -outform DER | openssl dgst -sha256 -binary | base64)|"
  check 1 client.json server.json
  found | grep -q "^ERROR OWN_KEY_REFUSED pki/server.pem"
  found | grep -q "^ERROR SERVER_REFUSED pki/server.pem"
}

# The clients' file is the older one.
test_a_server_that_moves_before_its_clients_have_the_pin() {
  make_world
  cp pins.json old.json
  edit old.json "s|$(pin server-backup)|$(pin server-impostor)|"
  edit client.json 's/pins.json/old.json/'
  edit pins.json -e "s|$(pin server-backup)\", \"state\": \"BACKUP|$(pin server-backup)\", \"state\": \"ACTIVE|" \
    -e "s|$(pin server)\", \"state\": \"ACTIVE|$(pin server)\", \"state\": \"BACKUP|"
  finds 1 "ERROR SERVER_REFUSED pki/server-backup.pem:0:0" client.json server-backup.json
  has out "SERVER_REFUSED: a client with client.json"
}

# The clients do not trust the server's new CA.
test_a_ca_that_the_other_side_does_not_have() {
  make_world
  "$pinion" pki init new >/dev/null
  "$pinion" pki issue new server --dns localhost >/dev/null
  edit pins.json "s|$(pin server-backup)|$("$pinion" pin new/server.pem | cut -d' ' -f1)|"
  sed 's|pki/server|new/server|g' server.json >moved.json
  check 1 client.json moved.json
  found | grep -q "^ERROR SERVER_REFUSED new/server.pem"
  has out "CHAIN_UNTRUSTED"
}

run_tests
