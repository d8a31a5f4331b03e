#!/usr/bin/env bash
# Installs the programs that tools/bench compares Pinion with, and starts none of them: tests/bench/peers.sh
# Needs root or sudo only when a program is missing. Reports what cannot be installed; the parts then skip it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# package                why
packages='
nginx                    a pair of HTTP/2 proxies with mutual TLS between them
haproxy                  the same, and a pair of TCP proxies
caddy                    a pair of HTTP/2 proxies
nghttp2-proxy            a pair of HTTP/2 proxies
stunnel4                 a pair of TCP proxies that pin certificates
golang-go                a client in Go
golang-google-grpc-dev   gRPC for Go
python3-grpcio           gRPC for Python
nodejs                   a client in JavaScript
'
grpc_js=@grpc/grpc-js@1.14.1 # gRPC for Node; an npm package

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

missing=()
while read -r package _; do
  [[ -z $package ]] || [[ $(dpkg-query --show --showformat='${db:Status-Abbrev}' "$package" 2>/dev/null) == ii* ]] || missing+=("$package")
done <<<"$packages"
if ((${#missing[@]})); then
  echo "tools/bench installs: ${missing[*]}"
  # Debian starts the services that it installs, unless this file forbids it.
  policy=/usr/sbin/policy-rc.d made=
  [[ -e $policy ]] || { made=1 && printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod +x "$policy"; }
  as_root apt-get -qq update
  for package in "${missing[@]}"; do
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends -o Dpkg::Use-Pty=0 "$package" \
      </dev/null >/dev/null || echo "tools/bench: no $package; going on without it" >&2
  done
  [[ -z $made ]] || as_root rm -f "$policy"
fi
if [[ ! -d build/bench/node_modules/@grpc/grpc-js ]]; then
  echo "tools/bench installs into build/bench: $grpc_js"
  npm install --silent --prefix build/bench "$grpc_js" </dev/null || echo "tools/bench: no $grpc_js; going on without it" >&2
fi
true
