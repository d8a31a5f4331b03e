#!/usr/bin/env bash
# pinion_test_pki (test_pki.bzl) runs: make_test_pki.sh PINION FOLDER 'PARTY NAME...' ...
set -euo pipefail
pinion=$1 folder=$2
shift 2
mkdir -p "$folder"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$pinion" pki init "$made/pki" >/dev/null
pin() { "$pinion" pin "$made/pki/$1.pem" | cut -d' ' -f1; }
# quoted WORD...: as a JSON array.
quoted() {
  local all
  all=$(printf '"%s", ' "$@")
  [[ $# -eq 0 ]] && echo "[]" || echo "[${all%, }]"
}

# configuration PARTY ROOTS [SERVER]: ROOTS is the field of the roots, SERVER what "server" holds.
configuration() {
  local server=${3:+', "server": {'$3'}'}
  cat <<JSON
{
  "identity": {
    "certificate_file": "$1.pem",
    "private_key_file": "$1-key.pem"
  },
  "trust": {"$2": "ca.pem"},
  "pin_set": {"file": "pins.json"}$server
}
JSON
}

peers=()
for description in "$@"; do
  read -r -a names <<<"$description"
  party=${names[0]}
  options=() hosts=() identities=()
  for name in "${names[@]:1}"; do
    if [[ $name == *://* ]]; then
      options+=(--uri "$name")
      identities+=("$name")
    elif [[ $name == *:* || $name =~ ^[0-9.]+$ ]]; then
      options+=(--ip "$name")
      hosts+=("$name")
    else
      options+=(--dns "$name")
      hosts+=("$name")
    fi
  done
  for suffix in "" -backup -impostor; do
    "$pinion" pki issue "$made/pki" "$party$suffix" --valid-for 87600h "${options[@]}" >/dev/null
  done
  configuration "$party" server_roots_file >"$folder/$party-client.json"
  configuration "$party" client_roots_file \
    '"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER", "unlisted_clients": "ACCEPT"' >"$folder/$party-server.json"
  peers+=("    {
      \"name\": \"$party\",
      \"hosts\": $(quoted "${hosts[@]}"),
      \"identities\": $(quoted "${identities[@]}"),
      \"pins\": [
        {\"spki\": \"$(pin "$party")\", \"state\": \"ACTIVE\"},
        {\"spki\": \"$(pin "$party-backup")\", \"state\": \"BACKUP\"}
      ]
    }")
done
all=$(printf '%s,\n' "${peers[@]}")
printf '{\n  "version": 1,\n  "peers": [\n%s\n  ]\n}\n' "${all%,}" >"$folder/pins.json"
cp "$made"/pki/*.pem "$folder"
