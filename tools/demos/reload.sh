# Acts 5 to 8 of tools/demo, which sources this file: what changes while processes run.
# shellcheck shell=bash disable=SC2154,SC2034

act "5. The pins, and then the server's key, are replaced on disk under continuous calls"
config payments pins.json
serve payments 0
"$pinion" call --config orders.json "localhost:$port" --duration 60s --rate 50 --new-channel -o json \
  --status-file status.json >calls.json 2>calls.log &
client=$!
pids+=("$client")
rotate_while_running() {
  until_contains status.json '"generation": "1"' || return 1
  say "A third key is made, and its pin added as BACKUP; orders and payments read the file:"
  "$pinion" pki issue pki payments-next --dns localhost --uri spiffe://demo/payments | quote
  sed -e 's/"version": 1/"version": 2/' \
    -e "s|\"BACKUP\"}|\"BACKUP\"},\n      {\"spki\": \"$(pin payments-next)\", \"state\": \"BACKUP\"}|" pins.json | replace pins.json
  until_contains calls.log "in effect: pin_set, generation 2" && until_contains payments.log "in effect: pin_set, generation 2" || return 1
  say "payments gets its backup key, on the same port, without a restart; the certificate arrives before its key:"
  replace pki/payments.pem <pki/payments-backup.pem
  until_contains payments.log "keeping the last good identity" || return 1
  replace pki/payments-key.pem <pki/payments-backup-key.pem
  until_contains payments.log "in effect: identity, generation 2" && until_contains calls.log "BACKUP key" || return 1
  quote payments.log
  grep -m1 "BACKUP key" calls.log | quote
  kill -TERM "$client"
  wait "$client" || true
  say "$(calls calls.json ok) calls succeeded, each on its own connection; $(calls calls.json failed) failed."
  [[ $(calls calls.json failed) -eq 0 && $(calls calls.json ok) -gt 0 ]]
}
verdict "pins and key were replaced during calls, and no call failed" rotate_while_running

act "6. A truncated certificate and a pin file with a typo are written"
bad_files_arrive() {
  : >payments.log
  head -c 200 pki/payments-backup.pem | replace pki/payments.pem
  sed 's/"ACTIVE"/"ACTVE"/' pins.json | replace pins.json
  until_contains payments.log "keeping the last good identity" && until_contains payments.log "keeping the last good pin_set" || return 1
  say "payments logs:"
  quote payments.log
  sed -i 's|"pins.json"|"good-pins.json"|' orders.json
  sed 's/"ACTVE"/"ACTIVE"/' pins.json >good-pins.json
  say "It still serves calls:"
  "$pinion" call --config orders.json "localhost:$port" 2>/dev/null | quote
}
verdict "the last good files stayed active, and the errors were logged" bad_files_arrive
stop "$server"

act "7. The server's key is revoked while a stream is open, and the server gets its backup key"
replace pki/payments.pem <pki/payments-backup.pem
"$pinion" pki issue pki payments-spare --dns localhost --uri spiffe://demo/payments | quote
# pin_file VERSION STATE STATE STATE: the states of the served key and of two more keys. Each side has its own copy.
pin_file() {
  cat <<JSON
{
  "version": $1,
  "peers": [{
    "name": "payments",
    "hosts": ["localhost"],
    "pins": [
      {"spki": "$(pin payments-backup)", "state": "$2"},
      {"spki": "$(pin payments-next)", "state": "$3"},
      {"spki": "$(pin payments-spare)", "state": "$4"}
    ]
  }]
}
JSON
}
pin_file 1 ACTIVE BACKUP BACKUP | tee pins.json orders-pins.json >/dev/null
config payments pins.json
config orders orders-pins.json
serve payments 0
"$pinion" call --config orders.json "localhost:$port" --duration 60s --rate 50 --streams 1 \
  --status-file status.json >calls.txt 2>calls.log &
client=$!
pids+=("$client")
revoke_and_recover() {
  until_contains status.json '"calls_in_flight": "1"' || return 1
  say "orders has a stream open. The key that payments serves is revoked in orders' pin file:"
  local begin=$EPOCHREALTIME
  pin_file 2 REVOKED ACTIVE BACKUP | replace orders-pins.json
  until_contains calls.log "closed the connection to the server" || return 1
  say "after $(awk "BEGIN {print int(($EPOCHREALTIME - $begin) * 1000)}") ms the stream is closed, and payments is refused until it has its backup key:"
  until_contains calls.log "refused the server" || return 1
  quote calls.log
  replace pki/payments.pem <pki/payments-next.pem
  replace pki/payments-key.pem <pki/payments-next-key.pem
  until_contains status.json "$(pin payments-next)" || return 1
  say "orders, which was not restarted, streams again:"
  grep -A9 '"connections"' status.json | quote
  kill -TERM "$client"
  wait "$client" || true
}
verdict "the stream of the revoked key ended, and the channel recovered by itself" revoke_and_recover
stop "$server"

act "8. A pinned peer calls a method that the policy does not allow; the policy changes while its channel stays open"
config payments pins.json
sed -i 's/"authorization": "[A-Z_]*"/"authorization_policy_file": "policy.json"/' payments.json
# policy METHOD: orders may call it, and nothing else.
policy() {
  cat <<JSON
{
  "name": "payments",
  "allow_rules": [{"name": "orders-may", "source": {"principals": ["spiffe://demo/orders"]},
                   "request": {"paths": ["/pinion.v1.Echo/$1"]}}]
}
JSON
}
policy BidirectionalEcho | tee policy.json | quote
config orders pins.json
serve payments 0
"$pinion" call --config orders.json "localhost:$port" --duration 60s --rate 50 >calls.txt 2>calls.log &
client=$!
pids+=("$client")
deny_and_allow() {
  until_contains payments.log grpc_audit_log || return 1
  say "orders makes a unary call, which is denied before the handler, and payments logs:"
  grep -m1 grpc_audit_log payments.log | quote
  say "The policy now allows unary calls:"
  policy UnaryEcho | replace policy.json
  until_contains payments.log "in effect: authorization_policy, generation 2" || return 1
  grep "in effect: authorization_policy" payments.log | quote
  "$pinion" call --config orders.json "localhost:$port" >/dev/null 2>&1 || return 1
  kill -TERM "$client"
  wait "$client" || true
  say "The results of orders' calls, all on one channel:"
  quote calls.txt
  grep -q "^ok [1-9]" calls.txt && grep -q "x PERMISSION_DENIED" calls.txt
}
verdict "the call was denied and audited, and allowed after the policy changed" deny_and_allow
stop "$server"
