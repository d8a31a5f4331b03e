# Sourced by tests of `pinion pins`: a pin file, and checks of its edits.
# shellcheck shell=bash

pins() { run "$1" "$pinion" pins "${@:2}"; }

# Keys one, two, ... of a peer; pins.json, with comments, where one is ACTIVE and two is BACKUP; old.json, the same.
make_pins() {
  if [[ ! -d $TEST_TMPDIR/pins ]]; then
    "$pinion" pki init pki >/dev/null
    local name
    for name in one two three other other-backup; do issue "$name" --dns payments.test; done
    cat >pins.json <<JSON
// Of the bank.
{
  "version": 7, // grows
  "peers": [
    {
      "name": "payments",
      "hosts": ["payments.test"],
      "pins": [
        // Served.
        {"spki": "$(pin one)", "state": "ACTIVE"},

        {"spki": "$(pin two)", "state": "BACKUP"} /* in the safe */
      ]
    },
    {"name": "other", "hosts": ["other.test"], "pins": [{"spki": "$(pin other)", "state": "ACTIVE"}, {"spki": "$(pin other-backup)", "state": "BACKUP"}]}
  ]
}
JSON
    mkdir "$TEST_TMPDIR/pins"
    cp -r pki pins.json "$TEST_TMPDIR/pins"
  fi
  cp -r "$TEST_TMPDIR/pins/." .
  cp pins.json old.json
}

# refused TEXT STEP...: exit code 1, pins.json as it was.
refused() {
  cp pins.json before.json
  pins 1 "${@:2}"
  equal "$(cat out)" ""
  has err "pinion: refused, pins.json is as it was: $1"
  equal "$(cat pins.json)" "$(cat before.json)"
}

# changed LINE...: the expected diff of old.json and pins.json, without line numbers.
changed() { equal "$({ diff old.json pins.json || true; } | grep '^[<>]')" "$(printf '%s\n' "$@")"; }
