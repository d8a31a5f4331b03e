#!/usr/bin/env bash
# Runs every `sh` block of the README in order, as a reader would: in one shell, in an empty folder, with the tool on the PATH.
# shellcheck source=tests/cli/harness.sh
source tests/cli/harness.sh

readme=$PWD/README.md

test_the_readmes_commands_work() {
  mkdir bin
  ln -s "$pinion" bin/pinion
  {
    # Whatever comes of it, nothing stays behind.
    echo "set -euo pipefail; trap 'kill \$(jobs -p) 2>/dev/null || true' EXIT"
    sed -n '/^```sh$/,/^```$/p' "$readme" | grep -v '^```'
  } >readme.sh
  PATH=$PWD/bin:$PATH run 0 timeout 60 bash readme.sh
  has out "ACCEPTED"
  has out "listening on 127.0.0.1:8443"
  has out "ok 1, failed 0"
  has out '"ok": 100'
}

run_tests
