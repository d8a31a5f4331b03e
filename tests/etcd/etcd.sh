# Sourced by tests with a real etcd: its members with mutual TLS on loopback, a signed pin set, and processes that have
# it from there.
# shellcheck shell=bash

# Debian's etcdctl 3.4 speaks the API of version 2 otherwise.
export ETCDCTL_API=3
key=/pinion/test/pins

# free_ports COUNT: that many unused ports, one a line.
free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for one in sockets:
    one.bind(("127.0.0.1", 0))
for one in sockets:
    print(one.getsockname()[1])
PY
}

# member N [OPTION...]: starts member N of the cluster, or starts it again.
member() {
  # --unsafe-no-fsync is for tests, but Debian 12's etcd has it only for new folders.
  start "etcd-$1" etcd --name "n$1" --data-dir "etcd-data-$1" --logger zap --log-level error \
    --listen-client-urls "https://127.0.0.1:${client_ports[$1]}" \
    --advertise-client-urls "https://localhost:${client_ports[$1]}" \
    --listen-peer-urls "https://127.0.0.1:${peer_ports[$1]}" \
    --initial-advertise-peer-urls "https://localhost:${peer_ports[$1]}" \
    --initial-cluster "$initial_cluster" --heartbeat-interval 100 --election-timeout 1000 \
    --cert-file etcd-pki/member.pem --key-file etcd-pki/member-key.pem --client-cert-auth \
    --trusted-ca-file etcd-pki/ca.pem --peer-cert-file etcd-pki/member.pem --peer-key-file etcd-pki/member-key.pem \
    --peer-client-cert-auth --peer-trusted-ca-file etcd-pki/ca.pem "${@:2}"
  members[$1]=$started
}

# ctl COMMAND...: etcdctl, at all members.
ctl() {
  etcdctl --endpoints "$etcd_endpoints" --cacert etcd-pki/ca.pem --cert etcd-pki/operator.pem \
    --key etcd-pki/operator-key.pem "$@"
}
is_healthy() { ctl endpoint health >/dev/null 2>&1; }

# make_etcd COUNT: a CA of its own, and a cluster of this many members.
make_etcd() {
  needs etcd etcd --version >/dev/null
  "$pinion" pki init etcd-pki >/dev/null
  local n party
  for party in member member-backup impostor; do
    "$pinion" pki issue etcd-pki "$party" --dns localhost --ip 127.0.0.1 >/dev/null
  done
  for party in operator reader; do "$pinion" pki issue etcd-pki "$party" --dns "$party" >/dev/null; done
  cat >etcd-pins.json <<JSON
{
  "version": 1,
  "peers": [
    {
      "name": "etcd",
      "hosts": ["localhost"],
      "pins": [
        {"spki": "$("$pinion" pin etcd-pki/member.pem | cut -d' ' -f1)", "state": "ACTIVE"},
        {"spki": "$("$pinion" pin etcd-pki/member-backup.pem | cut -d' ' -f1)", "state": "BACKUP"}
      ]
    }
  ]
}
JSON
  mapfile -t client_ports < <(free_ports "$1")
  mapfile -t peer_ports < <(free_ports "$1")
  initial_cluster="" etcd_endpoints="" endpoints_json="" members=()
  for ((n = 0; n < $1; ++n)); do
    initial_cluster+=${initial_cluster:+,}n$n=https://localhost:${peer_ports[n]}
    etcd_endpoints+=${etcd_endpoints:+,}https://localhost:${client_ports[n]}
    endpoints_json+=${endpoints_json:+, }\"localhost:${client_ports[n]}\"
  done
  for ((n = 0; n < $1; ++n)); do member "$n" --initial-cluster-state new; done
  until_true 60 is_healthy
}

# etcd_config NAME [IN_ETCD] [MEMBER]: changes NAME.json so that its pin set is in etcd. IN_ETCD is one more member of
# "etcd", MEMBER one of the file.
etcd_config() {
  local etcd='{"etcd": {"endpoints": ['$endpoints_json'], "key": "'$key'", "pin_file": "etcd-pins.json",
    "server_roots_file": "etcd-pki/ca.pem",
    "identity": {"certificate_file": "etcd-pki/reader.pem", "private_key_file": "etcd-pki/reader-key.pem"}'
  python3 - "$1" "$etcd${2:+, $2}}, \"fleet_trust_file\": \"trust.json\"}" "{${3:-}}" <<'PY'
import json, sys
name, pin_set, more = sys.argv[1:]
config = json.load(open(f"{name}.json"))
config["pin_set"] = json.loads(pin_set)
config.update(json.loads(more))
json.dump(config, open(f"{name}.json", "w"), indent=2)
PY
}

# make_fleet COUNT: a world with signed pins, etcd with this many members, and publisher.json, which can publish.
make_fleet() {
  make_world
  make_etcd "$1"
  key root Ed25519
  key publisher Ed25519
  run 0 "$pinion" trust init prod trust.json --root root.pem --publisher publisher.pem
  run 0 "$pinion" trust sign trust.json --key root-key.pem
  sign
  cp client.json publisher.json
  cp client.json file-client.json # has its pin set from the file
  etcd_config publisher
  etcd_config client
  mkdir -p state
  etcd_config server '"instance_key": "/pinion/test/instances/server"' '"state_dir": "state"'
}
sign() { run 0 "$pinion" sign pins.json --trust trust.json --key publisher-key.pem; }
# version N: pins.json has this version, and is signed.
version() {
  sed -i "s/\"version\": [0-9]*/\"version\": $1/" pins.json
  sign
}
publish() { run "${1:-0}" "$pinion" publish pins.json --config publisher.json "${@:2}"; }

# in_effect N: the server has this version in effect.
in_effect() { [[ $(json status.json '["pin_set_version"]' 2>/dev/null) == "$1" ]]; }
# reports TEXT [FILE]: an event of the server has this text.
reports() { grep -qF -- "$1" "${2:-server.err}"; }

# put_value FILE...: writes them to etcd, as `pinion publish` would if it checked nothing.
put_value() {
  python3 - "$@" >value <<'PY'
import sys
def field(number, data):
    length, size = b"", len(data)
    while size >= 128:
        length, size = length + bytes([size % 128 + 128]), size // 128
    return bytes([number * 8 + 2]) + length + bytes([size]) + data
for number, name in enumerate(sys.argv[1:], 1):
    sys.stdout.buffer.write(field(number, open(name, "rb").read()))
PY
  ctl put "$key" <value >/dev/null
}

# put_set_of_another_fleet NAME: writes version 9 to etcd, signed by the publishers of a fleet with this name and other
# root keys.
put_set_of_another_fleet() {
  mkdir theirs
  (
    cd theirs
    key root Ed25519
    key publisher Ed25519
    sed 's/"version": 1/"version": 9/' ../pins.json >pins.json
    run 0 "$pinion" trust init "$1" trust.json --root root.pem --publisher publisher.pem
    run 0 "$pinion" trust sign trust.json --key root-key.pem
    sign
  )
  put_value theirs/pins.json theirs/pins.json.sig theirs/trust.json theirs/trust.json.sig
}
