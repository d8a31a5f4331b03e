# Act 9 of tools/demo, which sources this file.
# shellcheck shell=bash disable=SC2154

act "9. A rotation that waits: two clients, one of which does not have the new pin yet"
for name in ledger ledger-next ledger-spare; do
  "$pinion" pki issue pki "$name" --dns localhost --uri spiffe://demo/ledger | quote
done
# ledger_pins VERSION BACKUP: a pin file with this key as the backup.
ledger_pins() {
  cat <<JSON
{"version": $1, "peers": [{"name": "ledger", "hosts": ["localhost"], "pins": [
  {"spki": "$(pin ledger)", "state": "ACTIVE"},
  {"spki": "$(pin "$2")", "state": "BACKUP"}]}]}
JSON
}
ledger_pins 2 ledger-next >ledger-pins.json
ledger_pins 1 ledger-spare >late-pins.json
config ledger ledger-pins.json
sed -i 's|"trust"|"next_identity": {"certificate_file": "pki/ledger-next.pem", "private_key_file": "pki/ledger-next-key.pem"},\
  "adoption": {"census_file": "census.json"},\
  "drain_window": "2s",\
  &|' ledger.json
say "ledger has a next identity, and switches to it when every client would accept it:"
quote ledger.json
config orders ledger-pins.json
sed 's|"ledger-pins.json"|"late-pins.json"|' orders.json >late.json
serve ledger 0
clients=()
for caller in orders late; do
  "$pinion" call --config "$caller.json" "localhost:$port" --duration 300s --rate 20 --wait-for-ready -o json \
    >"$caller-calls.json" 2>"$caller.log" &
  clients+=("$!")
  pids+=("$!")
done
rotation_that_waits() {
  until_contains ledger.log "must wait: 1 of 2 processes" || return 1
  say "ledger has asked both, and knows who is late:"
  "$pinion" census census.json 2>/dev/null | quote
  say "The late one gets the pin file of the others:"
  ledger_pins 2 ledger-next | replace late-pins.json
  until_contains ledger.log "is in use now" || return 1
  grep "next key" ledger.log | quote
  until_contains orders.log "BACKUP key" && until_contains late.log "BACKUP key" || return 1
  say "Both have opened a connection to the next key:"
  grep -h "BACKUP key" orders.log late.log | quote
  for client in "${clients[@]}"; do
    kill -TERM "$client"
    wait "$client" || true
  done
  for caller in orders late; do
    say "$(calls "$caller-calls.json" ok) calls of $caller succeeded, $(calls "$caller-calls.json" failed) failed."
    [[ $(calls "$caller-calls.json" failed) -eq 0 && $(calls "$caller-calls.json" ok) -gt 0 ]] || return 1
  done
}
verdict "the server waited for the late client and then switched, and no call failed" rotation_that_waits
stop "$server"
