# Sourced by tests of whole programs. Runs the script's test_* functions, each in an empty folder and its own shell, and
# kills the processes that they start:
#   source tests/cli/harness.sh
#   test_a_missing_file_is_reported() { run 2 "$pinion" pin no.pem && has err "cannot read no.pem"; }
#   run_tests
# shellcheck shell=bash
set -Eeuo pipefail
shopt -s inherit_errexit
pinion=$PWD/tools/pinion/pinion
export GRPC_VERBOSITY=NONE
# c-ares leaks ten bytes for each name that a gRPC client resolves. AddressSanitizer reports all other leaks.
echo "leak:libcares.so" >"$TEST_TMPDIR/lsan-suppressions"
export LSAN_OPTIONS=suppressions=$TEST_TMPDIR/lsan-suppressions:print_suppressions=0

# Ends the test and prints the call stack.
fail() {
  local frame=0
  echo "FAILED: $*"
  while caller $frame | awk '{sub(".*/", "", $3); print "  " $3 ":" $1 ": in " $2}' | grep .; do frame=$((frame + 1)); done
  exit 1
} >&2
trap 'fail "exit code $?: $BASH_COMMAND"' ERR

# needs WHAT COMMAND...: if the command fails, ends the script with a message: successfully, or as failed if CI is true.
needs() {
  if "${@:2}" 2>/dev/null; then return; fi
  echo "SKIPPED: this needs $1, which is not on this machine (tools/setup installs it)" >&2
  if [[ ${CI:-} == true ]]; then exit 1; else exit 0; fi
}

# commands_of [COMMAND]: every command of the tool below COMMAND, one a line, as the help lists them. In the order of the help.
commands_of() {
  local name
  # shellcheck disable=SC2086 # two words are two arguments
  for name in $("$pinion" $1 --help | sed -n '/^Subcommands:/,$s/^  \([a-z-]*\) .*/\1/p'); do
    echo "${1:+$1 }$name"
    commands_of "${1:+$1 }$name"
  done
}

# Kills the processes that `start` started.
end_all() {
  local pid
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" || true
    wait "$pid" || true
  done
} 2>/dev/null

run_tests() {
  local name status failed=0
  for name in $(compgen -A function test_); do
    echo "== $name"
    mkdir "$TEST_TMPDIR/$name"
    # The test must not run within a condition, which would turn errexit off.
    set +e
    trap - ERR
    (
      set -e
      trap 'fail "exit code $?: $BASH_COMMAND"' ERR
      cd "$TEST_TMPDIR/$name"
      pids=()
      trap end_all EXIT
      "$name"
    )
    status=$?
    set -e
    ((status == 0)) || failed=$((failed + 1))
  done
  echo "$failed tests failed"
  exit $((failed > 0))
}

# run CODE COMMAND...: the command must end with this exit code, within this many seconds; its output is in ./out and ./err.
at_most=20
run() {
  local expected=$1 code=0
  shift
  timeout "$at_most" "$@" >out 2>err || code=$?
  if ((code != expected)); then
    tail -n 20 out err >&2
    fail "exit code $code instead of $expected: $*"
  fi
}

# has FILE TEXT, lacks FILE TEXT: the file must, or must not, contain this exact text.
has() { grep -qF -- "$2" "$1" || { cat "$1" >&2 && fail "\"$2\" is not in $1"; }; }
lacks() { ! grep -F -- "$2" "$1" >&2 || fail "\"$2\" is in $1"; }
# not COMMAND...: the command must fail. (A failing "! COMMAND" does not end a shell.)
not() { if "$@"; then fail "this should have failed: $*"; fi; }
# gone TEXT FILE: succeeds if the file lacks the text. For until_true, where `not` would end the test at once.
gone() { ! grep -qF -- "$1" "$2"; }
equal() { [[ $1 == "$2" ]] || fail "not equal:"$'\n'"$1"$'\n'"$2"; }

# json FILE PATH: a value in it, such as json out '["failures"][0]["code"]'.
json() { python3 -c "import json, sys; print(json.load(open(sys.argv[1]))$2)" "$1"; }

# until_true SECONDS COMMAND...: polls until the command succeeds.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS <= deadline)) || fail "timed out waiting for: $*"
    sleep 0.02
  done
}

# start NAME COMMAND...: in the background, output in NAME.out and NAME.err; sets `started` to its process id.
start() {
  local name=$1
  shift
  : >"$name.out" # output of an earlier process must not be mistaken for this one's
  "$@" >"$name.out" 2>"$name.err" &
  started=$!
  pids+=("$started")
}

# serve NAME [OPTION...]: a server as NAME on a free port; sets `server`, its process id, and `port`.
serve() {
  start "$1" "$pinion" serve --config "$1.json" --address 127.0.0.1:0 "${@:2}"
  server=$started
  until_true 10 grep -q "listening on" "$1.out"
  port=$(sed -n 's/^listening on 127\.0\.0\.1://p' "$1.out")
}

# call NAME CODE [OPTION...]: NAME calls localhost:$port; `pinion call` must end with this exit code.
call() { run "$2" "$pinion" call --config "$1.json" "localhost:$port" "${@:3}"; }

# ends_with CODE PID: waits for a process that was started here.
ends_with() {
  local code=0
  wait "$2" || code=$?
  equal "$code" "$1"
}

# issue NAME OPTION...: a certificate and key of the CA in ./pki.
issue() { "$pinion" pki issue pki "$@" >/dev/null; }
# The pin of pki/NAME.pem.
pin() { "$pinion" pin "pki/$1.pem" | cut -d' ' -f1; }

# config NAME [MEMBER] [SERVER_MEMBER]: NAME.json, for a process that is NAME and has pins.json, or NAME-pins.json if it
# is an impostor, because no process starts with a pin set that refuses its own key. MEMBER is one more line of it, and
# SERVER_MEMBER one more of its "server". By default a server allows all calls and accepts unlisted clients.
config() {
  local roots=server_roots_file server=""
  if [[ $1 == *server* || -n ${3:-} ]]; then
    roots=client_roots_file
    server=${3:-}
    [[ $server == *authorization* ]] || server+=${server:+$',\n    '}'"authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"'
    [[ $server == *unlisted_clients* ]] || server+=$',\n    "unlisted_clients": "ACCEPT"'
    server=$',\n  "server": {\n    '"$server"$'\n  }'
  fi
  cat >"$1.json" <<JSON
{
  "identity": {
    "certificate_file": "pki/$1.pem",
    "private_key_file": "pki/$1-key.pem"
  },
  "trust": {"$roots": "pki/ca.pem"},
  ${2:+"$2,"}
  "pin_set": {"file": "$([[ $1 == *-impostor ]] && echo "$1-")pins.json"}$server
}
JSON
}

# A CA; a server (localhost) and a client (spiffe://test/client), each with a backup and an impostor that has the same
# names from the same CA; pins.json, which lists the four legitimate keys; and a configuration for each of the six. Made
# once for each script.
make_world() {
  if [[ -d $TEST_TMPDIR/world ]]; then
    cp -r "$TEST_TMPDIR/world/." .
    return
  fi
  "$pinion" pki init pki >/dev/null
  local suffix
  for suffix in "" -backup -impostor; do
    issue "server$suffix" --dns localhost
    issue "client$suffix" --uri spiffe://test/client
    config "server$suffix"
    config "client$suffix"
  done
  cat >pins.json <<JSON
{
  "version": 1,
  "peers": [
    {
      "name": "the-server",
      "hosts": ["localhost"],
      "pins": [
        {"spki": "$(pin server)", "state": "ACTIVE"},
        {"spki": "$(pin server-backup)", "state": "BACKUP"}
      ]
    },
    {
      "name": "the-client",
      "identities": ["spiffe://test/client"],
      "pins": [
        {"spki": "$(pin client)", "state": "ACTIVE"},
        {"spki": "$(pin client-backup)", "state": "BACKUP"}
      ]
    }
  ]
}
JSON
  local party
  for party in server client; do
    sed "s|$(pin "$party")|$(pin "$party-impostor")|" pins.json >"$party-impostor-pins.json"
  done
  mkdir "$TEST_TMPDIR/world"
  cp -r pki ./*.json "$TEST_TMPDIR/world"
}
