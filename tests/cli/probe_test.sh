#!/usr/bin/env bash
# `pinion probe`: its output for good, bad and unusual servers, Pinion's and others.
source tests/cli/harness.sh

# shellcheck source=tests/cli/probing.sh
source tests/cli/probing.sh

test_a_good_server() {
  make_world
  serve server
  probe 0 ACCEPTED --config client.json
  has out "ACCEPTED: localhost:$port at 127.0.0.1:$port"
  has out "tls    TLSv1.3, TLS_AES_256_GCM_SHA384, secp256r1, ALPN grpc-exp"
  has out 'wants  our certificate, issued by "CN=Pinion development CA"; it was shown'
  has out "  0  $(pin server)"
  has out '     subject  "CN=server"'
  has out '     names    DNS:localhost'
  has out ', 89 days left'
  has out '     key      EC prime256v1, 256 bits'
  has out "  1  $(pin ca)"
  has out "    matched    $(pin server) (ACTIVE)"
  has out "they   ACCEPTED: it sent its SETTINGS frame"
  lacks out "for a pin file"
}

test_the_shape_of_the_json() {
  make_world
  serve server
  probe 0 ACCEPTED --config client.json
  equal "$(field '.keys()')" "dict_keys(['version', 'target', 'host', 'address', 'time', 'outcome', 'tls', 'would_speak', 'client_certificate', 'chain', 'we', 'they', 'pin_set_entry', 'pin_set_entry_remark'])"
  equal "$(field '["version"]') $(field '["target"]') $(field '["host"]') $(field '["address"]')" "1 localhost:$port localhost 127.0.0.1:$port"
  equal "$(field '["tls"]')" "{'protocol': 'TLSv1.3', 'cipher': 'TLS_AES_256_GCM_SHA384', 'group': 'secp256r1', 'alpn': 'grpc-exp'}"
  equal "$(field '["client_certificate"]')" "{'asked_for': True, 'shown': True, 'ca_names': ['CN=Pinion development CA']}"
  equal "$(field '["chain"][0].keys()')" "dict_keys(['pin', 'subject', 'issuer', 'names', 'not_before', 'not_after', 'days_left', 'key'])"
  equal "$(field '["chain"][0]["names"]')" "{'dns': ['localhost'], 'uris': [], 'addresses': []}"
  equal "$(field '["chain"][0]["days_left"]')" 89
  equal "$(field '["we"]["matched"]')" "{'pin': '$(pin server)', 'state': 'ACTIVE'}"
  equal "$(field '["they"]')" "{'decision': 'ACCEPTED', 'alert': '', 'text': 'it sent its SETTINGS frame'}"
  equal "$(field '["pin_set_entry"]')" "{'name': 'localhost', 'hosts': ['localhost'], 'pins': [{'spki': '$(pin server)', 'state': 'ACTIVE'}]}"
}

test_an_impostor_is_refused_by_the_pin_set() {
  make_world
  serve server-impostor
  probe 90 REFUSED_BY_US --config client.json
  has out "we     PIN_MISMATCH: \"localhost\" holds a key that is not a pin of peer \"the-server\""
  has out "    expected   one of $(pin server) (ACTIVE), $(pin server-backup) (BACKUP)"
  has out "for a pin file, once you know by another way that the key is theirs:"
  equal "$(field '["we"]["reason"]')" PIN_MISMATCH
  probe 90 REFUSED_BY_US --roots pki/ca.pem --pins pins.json
}

test_refusals_for_other_reasons_than_pins_exit_1() {
  make_world
  serve server
  "$pinion" pki init other >/dev/null
  probe 1 REFUSED_BY_US --roots other/ca.pem --pins pins.json
  equal "$(field '["we"]["reason"]')" CHAIN_UNTRUSTED
  probe 1 REFUSED_BY_US --roots pki/ca.pem --host other.test
  equal "$(field '["we"]["reason"]')" HOST_MISMATCH
}

test_without_pins_everything_except_the_key_is_judged() {
  make_world
  serve server
  probe 0 ACCEPTED --roots pki/ca.pem --identity-certificate pki/client.pem --identity-key pki/client-key.pem
  equal "$(field '["we"]["reason"]')" ACCEPTED
  equal "$(field '["we"].keys()')" "dict_keys(['reason', 'holds_until'])"
  has out "for a pin file, once you know by another way that the key is theirs:"
}

test_our_server_refuses_us() {
  make_world
  serve server
  probe 1 REFUSED_BY_THEM --config client-impostor.json
  has out "they   REFUSED: it closed the connection right after the handshake, without an error alert; its log should have the reason: it may not trust our CA, or not pin our key"
  equal "$(field '["we"]["reason"]')" ACCEPTED
  until_true 10 grep -q "refused a client.*: PIN_MISMATCH" server.err
  probe 1 REFUSED_BY_THEM
  has out "we     nothing to judge by: give --roots and --pins, or --config"
  has out "it asked for a certificate and was shown none: give --config, or --identity-certificate and --identity-key"
  equal "$(field '["client_certificate"]')" "{'asked_for': True, 'shown': False, 'ca_names': ['CN=Pinion development CA']}"
}

test_a_server_with_tls_1_2_and_nothing_to_judge_by() {
  make_world
  s_server -tls1_2 -alpn h2
  answer=$settings
  probe 0 ACCEPTED
  equal "$(field '["tls"]["protocol"]')" TLSv1.2
  equal "$(field '["we"]')" None
  has out "wants  no certificate of ours"
}

# refuses_client VERSION TEXT ALERT: a server that does not know our client's CA.
refuses_client() {
  s_server "$1" -alpn h2 -Verify 1 -verify_return_error -CAfile other/ca.pem
  probe 1 REFUSED_BY_THEM --config client.json
  equal "$(field '["they"]["alert"]')" "unknown CA (48)"
  equal "$(field '["we"]["reason"]')" ACCEPTED
  equal "$(field '["they"]["text"]')" "$2 with the alert unknown CA (48); its log should have the reason: it may not trust our CA, or not pin our key"
  probe 1 REFUSED_BY_THEM --roots pki/ca.pem
  equal "$(field '["they"]["alert"]')" "$3"
}

test_alerts_are_named() {
  make_world
  "$pinion" pki init other >/dev/null
  refuses_client -tls1_3 "it ended the connection right after the handshake" "certificate required (116)"
  refuses_client -tls1_2 "it ended the handshake" "handshake failure (40)"
  s_server -tls1_1 -cipher ALL@SECLEVEL=0
  probe 1 NO_COMMON_TLS
  equal "$(field '["they"]["alert"]')" "protocol version (70)"
  equal "$(field '["would_speak"]["protocol"]')" TLSv1.1
  equal "$(field '["tls"]')" None
  equal "$(field '["chain"]')" "[]"
}

test_the_host_is_asked_for() {
  make_world
  s_server -alpn h2 -servername wanted.test -servername_fatal -cert2 pki/client.pem -key2 pki/client-key.pem
  probe 1 NO_H2 --host wanted.test # OpenSSL's second certificate comes without ALPN
  equal "$(field '["chain"][0]["pin"]')" "$(pin client)"
  has out "NO_H2: localhost:$port at 127.0.0.1:$port as wanted.test"
  probe 1 REFUSED_BY_THEM --host other.test
  equal "$(field '["they"]["alert"]')" "unrecognized name (112)"
}

test_servers_without_http2() {
  make_world
  s_server
  probe 1 NO_H2
  equal "$(field '["they"]["text"]')" "the handshake agreed on no h2 (ALPN)"
  has out ", no ALPN"
  s_server -alpn h2
  probe 1 NO_H2 --timeout 3s
  equal "$(field '["they"]["text"]')" "it agreed on h2 and then sent no SETTINGS frame within 3s"
  s_server -alpn h2
  answer='a\033[31mb or so'
  probe 1 NO_H2 --timeout 3s
  equal "$(field '["they"]["text"]')" 'it agreed on h2 and then sent no SETTINGS frame but "a\x1b[31mb o"'
  probe 90 REFUSED_BY_US --host unlisted.test --roots pki/ca.pem --pins pins.json --timeout 3s
}

test_servers_without_tls() {
  plain_server 'client.sendall(b"\x1b[31m\x22 HTTP/1.0 400 Bad\r\n")'
  probe 1 NO_TLS
  equal "$(field '["they"]["text"]')" 'it answered "\x1b[31m\" HTTP/1.0 400 Bad\r\n"'
  has out 'they   UNKNOWN: it answered "\x1b[31m\" HTTP/1.0 400 Bad\r\n"'
  plain_server 'client.shutdown(socket.SHUT_RDWR)'
  probe 1 NO_TLS
  equal "$(field '["they"]["text"]')" "it closed the connection instead of answering the handshake"
}

test_servers_that_abort_the_handshake() {
  # TLS records: the alert no_application_protocol, the beginning of a handshake, and an invalid one.
  plain_server 'client.sendall(b"\x15\x03\x03\x00\x02\x02\x78")'
  probe 1 NO_H2
  equal "$(field '["they"]')" "{'decision': 'UNKNOWN', 'alert': 'no application protocol (120)', 'text': 'it ended the handshake for want of h2 with the alert no application protocol (120)'}"
  plain_server 'client.recv(9999); client.sendall(b"\x16\x03\x03\x00\x7a"); client.shutdown(socket.SHUT_RDWR)'
  probe 1 REFUSED_BY_THEM
  equal "$(field '["they"]["text"]')" "it closed the connection in the middle of the handshake, without an error alert"
  plain_server 'client.sendall(b"\x16\x03\x03\x00\x04\xff\xff\xff\xff")'
  probe 1 HANDSHAKE_FAILED
  equal "$(field '["they"]["text"]')" "the handshake failed on our side: unexpected message"
}

# A server with this subjectAltName, and a subject that would colour a terminal.
odd_server() {
  openssl req -new -key pki/server-key.pem -subj $'/CN=a\033[31mb' -addext "subjectAltName=$1" -out odd.csr
  openssl x509 -req -in odd.csr -copy_extensions copy -CA pki/ca.pem -CAkey pki/ca-key.pem -days 1 -out pki/server.pem 2>/dev/null
  s_server
}

test_a_certificate_that_lies() {
  make_world
  odd_server DER:30068204610062ff
  probe 1 REFUSED_BY_US --roots pki/ca.pem
  equal "$(field '["we"]["reason"]')" MALFORMED_CERTIFICATE
  equal "$(field '["chain"][0].keys()')" "dict_keys(['malformed'])"
  equal "$(field '["pin_set_entry"]')" None
  has out "  0  malformed: subjectAltName: "
  odd_server DNS:localhost
  probe 1 NO_H2
  has out '     subject  "CN=a\1B[31mb"'
  not grep -q $'\033' out out.json
}

test_an_unreachable_server_exits_78() {
  port=1
  probe 78 UNREACHABLE
  equal "$(cat out)" "UNREACHABLE: localhost:1
they   UNKNOWN: cannot connect: Connection refused"
  run 78 "$pinion" probe "[::1]:1"
  run 78 "$pinion" probe "name.invalid:443"
  has out 'UNREACHABLE: name.invalid:443'
  has out 'they   UNKNOWN: cannot connect: "name.invalid": '
  plain_server 'pass'
  probe 78 TIMED_OUT --timeout 300ms
  equal "$(field '["they"]["text"]')" "no end of the handshake within 300ms"
}

test_the_entry_fits_a_pin_file() {
  make_world
  issue named --dns localhost --uri spiffe://test/named
  cp pki/named.pem pki/server.pem && cp pki/named-key.pem pki/server-key.pem
  s_server
  probe 1 NO_H2
  sed '1,/^for a pin file/d' out >entry
  printf '{"version": 1, "peers": [\n%s\n]}\n' "$(<entry)" >mine.json
  local verify=("$pinion" verify --role server --host localhost --chain pki/server.pem --roots pki/ca.pem --pins)
  run 2 "${verify[@]}" mine.json
  has err 'peer "localhost" has no BACKUP pin'
  sed -i "s|// .*|, {\"spki\": \"$(pin server-backup)\", \"state\": \"BACKUP\"}|" mine.json
  run 0 "${verify[@]}" mine.json
  has mine.json '"identities":["spiffe://test/named"]'
}

test_unusable_input_exits_2() {
  make_world
  local target
  for target in localhost localhost: localhost:0 localhost:65536 localhost:x :8443 'a b:1'; do
    run 2 "$pinion" probe "$target"
    has err "is not HOST:PORT"
  done
  run 2 "$pinion" probe localhost:1 --pins pins.json
  has err "--pins needs --roots"
  run 2 "$pinion" probe localhost:1 --identity-certificate pki/client.pem --identity-key pki/server-key.pem
  has err "pki/server-key.pem: it is not the key of the first certificate in pki/client.pem"
  run 2 "$pinion" probe localhost:1 --identity-certificate pki/client.pem
  has err "--identity-key"
  run 2 "$pinion" probe localhost:1 --config server.json
  has err "server.json: trust: server_roots_file is missing"
  run 2 "$pinion" probe localhost:1 --host 'a b'
  has err "--host: "
  run 2 "$pinion" probe localhost:1 --timeout 0s
  has err "--timeout: not a time"
}

test_the_examples_of_the_help_work() {
  make_world
  serve server
  mkdir bin
  ln -s "$pinion" bin/pinion
  cp client.json orders.json
  cp pki/client.pem orders.pem
  cp pki/client-key.pem orders-key.pem
  cp pki/ca.pem .
  "$pinion" probe --help | sed -n "s/^  \(pinion probe .*\)/\1/p" | sed "s/:8443/:$port/" >examples
  equal "$(wc -l <examples)" 4
  local codes=(1 0 1 0) command
  while read -r command; do
    PATH=$PWD/bin:$PATH run "${codes[0]}" bash -c "$command"
    codes=("${codes[@]:1}")
  done <examples
}

run_tests
