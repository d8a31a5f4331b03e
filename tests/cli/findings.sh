# Sourced after harness.sh by the tests of `pinion check`.
# shellcheck shell=bash
# shellcheck disable=SC2154 # harness.sh sets it

# check CODE FILE...: both outputs must give this exit code.
check() {
  run "$1" "$pinion" check "${@:2}" -o json
  cp out out.json
  run "$1" "$pinion" check "${@:2}"
  equal "$(cat err)" ""
}
# The findings of the last check, as "SEVERITY CODE FILE:LINE:COLUMN", one a line. Without three remarks that apply to
# nearly every file of these tests.
found() {
  python3 -c '
import json
for f in json.load(open("out.json"))["findings"]:
  if f["code"] not in ("NO_BACKUP_PROVEN", "PIN_SET_NOT_KEPT", "POLICY_DENIES_HEALTH"): print(f["severity"], f["code"], "{file}:{line}:{column}".format(**f))'
}
# finds CODE FINDINGS FILE...: these findings and no others.
finds() {
  check "$1" "${@:3}"
  equal "$(found)" "$2"
}
# ends_in DAYS: the time at which pki/server.pem expires in DAYS days less one minute.
ends_in() { date -u -d "$(openssl x509 -in pki/server.pem -noout -enddate | cut -d= -f2) - $1 days + 1 minute" +%Y-%m-%dT%H:%M:%SZ; }
# edit FILE SED...
edit() { cp "$1" before && sed -i "${@:2}" "$1" && not cmp -s before "$1"; }
# policy PRINCIPAL: server.json with a policy that has one rule, for this principal.
policy() {
  cat >policy.json <<JSON
{
  "name": "p",
  "allow_rules": [
    {"name": "rule", "source": {"principals": ["$1"]}}
  ]
}
JSON
  config server '' '"authorization_policy_file": "policy.json"'
}
