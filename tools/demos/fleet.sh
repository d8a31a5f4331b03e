# Sourced by tools/demo --fleet: a fleet's signed pin set in a real etcd, and two services that follow it.
# shellcheck shell=bash

export ETCDCTL_API=3
fleet_key=/pinion/demo/pins

# free_port: an unused port.
free_port() {
  python3 -c 'import socket; one = socket.socket(); one.bind(("127.0.0.1", 0)); print(one.getsockname()[1])'
}

start_etcd() {
  etcd --data-dir etcd-data --log-level error --listen-client-urls "https://127.0.0.1:$etcd_port" \
    --advertise-client-urls "https://localhost:$etcd_port" --listen-peer-urls "http://127.0.0.1:$etcd_peer_port" \
    --initial-advertise-peer-urls "http://127.0.0.1:$etcd_peer_port" \
    --initial-cluster "default=http://127.0.0.1:$etcd_peer_port" --cert-file etcd-pki/etcd.pem \
    --key-file etcd-pki/etcd-key.pem --client-cert-auth --trusted-ca-file etcd-pki/ca.pem >etcd.log 2>&1 &
  etcd=$!
  pids+=("$etcd")
}
etcd_do() {
  etcdctl --endpoints "https://localhost:$etcd_port" --cacert etcd-pki/ca.pem --cert etcd-pki/reader.pem \
    --key etcd-pki/reader-key.pem "$@"
}

# fleet_config NAME MEMBERS: the configuration of NAME, whose pin set is in etcd.
fleet_config() {
  cat >"$1.json" <<JSON
{
  "identity": {"certificate_file": "pki/$1.pem", "private_key_file": "pki/$1-key.pem"},
  "pin_set": {
    "etcd": {
      "endpoints": ["localhost:$etcd_port"], "key": "$fleet_key", "pin_file": "etcd-pins.json",
      "server_roots_file": "etcd-pki/ca.pem", "instance_key": "/pinion/demo/instances/$1",
      "identity": {"certificate_file": "etcd-pki/reader.pem", "private_key_file": "etcd-pki/reader-key.pem"}
    },
    "fleet_trust_file": "trust.json"
  },
  "state_dir": "state-$1",
  $2
}
JSON
  mkdir "state-$1"
}

publish_version() {
  sed -i "s/\"version\": [0-9]*/\"version\": $1/" pins.json
  "$pinion" sign pins.json --trust trust.json --key publisher-key.pem >/dev/null
  "$pinion" publish pins.json --config orders.json | quote
}
fleet_is() { "$pinion" fleet status --config orders.json >fleet.txt 2>&1 && grep -q "2 of 2 processes" fleet.txt; }
fleet_follows() {
  publish_version "$1"
  local tries=400
  until fleet_is; do
    tries=$((tries - 1))
    [[ $tries -gt 0 ]] || return 1
    sleep 0.05
  done
  quote fleet.txt
}

"$pinion" pki init etcd-pki >/dev/null
for name in etcd etcd-backup; do "$pinion" pki issue etcd-pki "$name" --dns localhost --ip 127.0.0.1 >/dev/null; done
"$pinion" pki issue etcd-pki reader --dns reader.demo >/dev/null
etcd_pin() { "$pinion" pin "etcd-pki/$1.pem" | cut -d' ' -f1; }
cat >etcd-pins.json <<JSON
{"version": 1, "peers": [{"name": "etcd", "hosts": ["localhost"], "pins": [
  {"spki": "$(etcd_pin etcd)", "state": "ACTIVE"}, {"spki": "$(etcd_pin etcd-backup)", "state": "BACKUP"}]}]}
JSON
for name in root publisher; do
  openssl genpkey -algorithm Ed25519 -out $name-key.pem 2>/dev/null
  openssl pkey -in $name-key.pem -pubout -out $name.pem
done
"$pinion" trust init demo trust.json --root root.pem --publisher publisher.pem >/dev/null 2>&1
"$pinion" trust sign trust.json --key root-key.pem >/dev/null
sed -i "s|$(pin impostor)|$(pin payments-backup)|" pins.json
etcd_port=$(free_port) etcd_peer_port=$(free_port)
start_etcd
until etcd_do endpoint health >/dev/null 2>&1; do sleep 0.1; done
fleet_config payments '"trust": {"client_roots_file": "pki/ca.pem"},
  "server": {"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "ACCEPT"}'
fleet_config orders '"trust": {"server_roots_file": "pki/ca.pem"}'

act "F1. A signed pin set is published, and two services adopt it"
publish_version 11
serve payments 0
"$pinion" call --config orders.json "localhost:$port" --duration 120s --rate 50 --wait-for-ready -o json >calls.json 2>calls.log &
client=$!
pids+=("$client")
verdict "both have the next version in effect" fleet_follows 12

act "F2. Somebody who can write to etcd, but is no publisher, changes a pin"
forged_set() {
  etcd_do get "$fleet_key" --print-value-only | head -c -1 >value
  sed "s|$(pin payments-backup)|$(pin impostor)|" value >forged
  etcd_do put "$fleet_key" <forged >/dev/null
  until_contains payments.log "has signed other bytes" || return 1
  grep "has signed other bytes" payments.log | tail -1 | cut -c1-160 | quote
}
verdict "the set was refused, and the last good one stays" forged_set

act "F3. A backup of etcd is restored: the version before comes back"
rolled_back() {
  etcd_do put "$fleet_key" <value >/dev/null
  publish_version 13
  until_contains payments.log "generation 3" || return 1
  etcd_do put "$fleet_key" <value >/dev/null
  until_contains payments.log "version 12 is older than version 13" || return 1
  grep "version 12 is older" payments.log | tail -1 | cut -c1-160 | quote
}
verdict "the older version was refused" rolled_back

act "F4. etcd is killed; payments restarts without it"
without_etcd() {
  kill -KILL "$etcd"
  stop "$server" && serve payments "$port" || return 1
  until_contains payments.log "etcd at localhost:$etcd_port" || return 1
  say "payments has started with its copy; orders kept calling:"
  kill -TERM "$client"
  wait "$client" || true
  say "$(calls calls.json ok) calls succeeded, $(calls calls.json failed) failed."
  [[ $(calls calls.json failed) -eq 0 && $(calls calls.json ok) -gt 0 ]]
}
verdict "calls went on" without_etcd
stop "$server"
