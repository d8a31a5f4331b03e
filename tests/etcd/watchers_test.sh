#!/usr/bin/env bash
# Many processes' worth of watches behind `etcd grpc-proxy`: a change reaches all of them, also after the proxy was
# away, and etcd itself sends it once. WATCHERS is their number, and SHARE how many have one connection:
# docs/benchmarks.md has the figures for 10,000.
source tests/cli/harness.sh
source tests/cli/signing_keys.sh
source tests/etcd/etcd.sh
watchers=$PWD/tests/etcd/watchers
count=${WATCHERS:-200}
share=${SHARE:-1}

# start_proxy: a proxy of etcd at proxy_port.
start_proxy() {
  start proxy etcd grpc-proxy start --endpoints "$etcd_endpoints" --listen-addr "127.0.0.1:$proxy_port" \
    --data-dir proxy-data --cacert etcd-pki/ca.pem --cert proxy.pem --key proxy-key.pem \
    --cert-file etcd-pki/member.pem --key-file etcd-pki/member-key.pem --trusted-ca-file etcd-pki/ca.pem \
    --advertise-client-url "127.0.0.1:$proxy_port"
  proxy=$started
  until_true 20 through_proxy endpoint status
}
through_proxy() {
  etcdctl --endpoints "https://localhost:$proxy_port" --cacert etcd-pki/ca.pem --cert etcd-pki/operator.pem \
    --key etcd-pki/operator-key.pem "$@" >/dev/null 2>&1
}
# What etcd has sent to clients, in bytes.
sent_by_etcd() {
  curl -s --cacert etcd-pki/ca.pem --cert etcd-pki/operator.pem --key etcd-pki/operator-key.pem \
    "https://localhost:${client_ports[0]}/metrics" | sed -n 's/^etcd_network_client_grpc_sent_bytes_total //p' |
    python3 -c 'print(int(float(input())))'
}
# cpu PID: its processor time, in seconds. resident PID: its memory, in kB. written PID: what it has written, in bytes.
cpu() { python3 -c 'import os, sys; f = open(f"/proc/{sys.argv[1]}/stat").read().rsplit(")", 1)[1].split(); print((int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK"))' "$1"; }
resident() { sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }
written() { sed -n 's/^wchar: //p' "/proc/$1/io"; }
now() { python3 -c 'import time; print(time.monotonic())'; }
since() { python3 -c 'import sys; print("%.0f" % ((float(sys.argv[2]) - float(sys.argv[1])) * 1000))' "$1" "$2"; }
less() { python3 -c 'import sys; print(round(float(sys.argv[2]) - float(sys.argv[1]), 2))' "$1" "$2"; }

# expects VERSION: all watchers have it; sets first, median, p99 and last.
expects() {
  echo "$1" >&"$to_watchers"
  until_true 200 has_lines "$1" # after "ready", one for each version from 2
  local have
  read -r have first median p99 last < <(tail -n 1 watchers.out)
  equal "$have" "$count"
}
has_lines() { (($(wc -l <watchers.out) == $1)); }

test_a_change_reaches_all_watchers() {
  make_fleet 1
  mapfile -t proxy_ports < <(free_ports 1)
  proxy_port=${proxy_ports[0]}
  # The proxy's certificate for etcd must have no common name.
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /O=proxy -keyout proxy-key.pem \
    -out proxy.csr 2>/dev/null
  openssl x509 -req -in proxy.csr -CA etcd-pki/ca.pem -CAkey etcd-pki/ca-key.pem -days 1 -out proxy.pem \
    -extfile <(echo extendedKeyUsage=clientAuth) 2>/dev/null
  publish
  start_proxy
  cp client.json proxied.json
  sed -i "s/localhost:${client_ports[0]}/localhost:$proxy_port/" proxied.json
  # A common name in a client's certificate would be a user of etcd; the proxy passes none on.
  mkfifo versions
  exec {to_watchers}<>versions
  # A background command of a shell has no input of its own.
  # shellcheck disable=SC2016
  start watchers bash -c 'exec "$@" <versions' bash "$watchers" proxied.json "$count" "$share"
  local watching=$started
  until_true 600 grep -q "^ready" watchers.out
  echo "$count sources, $share for each connection: $(cat watchers.out); resident: $(resident "$watching") kB, proxy $(resident "$proxy") kB"

  local sent proxied cpu_etcd cpu_proxy cpu_watchers published version
  for version in 2 3 4 5; do
    version "$version"
    sent=$(sent_by_etcd) proxied=$(written "$proxy")
    cpu_etcd=$(cpu "${members[0]}") cpu_proxy=$(cpu "$proxy") cpu_watchers=$(cpu "$watching")
    published=$(now)
    publish
    expects "$version"
    echo "version $version: from the start of publish, the first has it at $(since "$published" "$first") ms, half at" \
      "$(since "$published" "$median"), p99 $(since "$published" "$p99"), all at $(since "$published" "$last");" \
      "etcd sent $(($(sent_by_etcd) - sent)) bytes, the proxy $((($(written "$proxy") - proxied) / count)) for each;" \
      "CPU s: etcd $(less "$cpu_etcd" "$(cpu "${members[0]}")"), proxy $(less "$cpu_proxy" "$(cpu "$proxy")")," \
      "watchers $(less "$cpu_watchers" "$(cpu "$watching")"); value $(ctl get "$key" --print-value-only | wc -c) bytes"
    # With a watch for each source it would be `count` values. It also answers what each source asks once a minute.
    (($(sent_by_etcd) - sent < 100000 + count * $(ctl get "$key" --print-value-only | wc -c) / 4)) ||
      fail "etcd has sent too much"
  done

  # The proxy dies, and a version is published before it is back.
  kill -KILL "$proxy"
  wait "$proxy" || true
  version 6
  publish
  start_proxy
  published=$(now)
  expects 6
  echo "after the proxy was away: half have the version at $(since "$published" "$median") ms, p99" \
    "$(since "$published" "$p99"), all at $(since "$published" "$last")"
  echo >&"$to_watchers"
  ends_with 0 "$watching"
  lacks watchers.err "another cluster"
}

run_tests
