#!/usr/bin/env bash
# The help and wrong usage of every subcommand.
source tests/cli/harness.sh

mapfile -t commands < <(commands_of "")

test_help_exits_0() {
  run 0 "$pinion" --help
  ((${#commands[@]} > 40)) || fail "only these commands: ${commands[*]}"
  local command
  for command in "${commands[@]}"; do
    # shellcheck disable=SC2086 # two words are two arguments
    run 0 "$pinion" $command --help
    has out "Usage: pinion $command"
    equal "$(cat err)" ""
  done
}

# The same with every version of CLI11.
test_the_layout() {
  run 0 "$pinion" pin --help
  equal "$(sed -n '/^Usage/,$p' out)" "$(
    cat <<'END'
Usage: pinion pin [OPTIONS] FILE...

Operands:
  FILE...                     PEM or DER; - is stdin

Options:
  -h,--help                   print this text
  -o,--output {table,json}    table for people, json for programs (default: table)
END
  )"
  run 0 "$pinion" policy --help
  equal "$(sed -n '/^Usage/,$p' out)" "$(
    cat <<'END'
Usage: pinion policy [OPTIONS] SUBCOMMAND

Options:
  -h,--help                   print this text

Subcommands:
  check                       Check a policy file, and report where and how it is wrong
  eval                        Decide a call as a server would, and explain why
  diff                        Show which calls another policy would decide otherwise
END
  )"
  run 0 "$pinion" call --help
  has out "  --config VALUE              client configuration file (required)"
  has out "  --message VALUE             what to send (default: hello)"
}

test_wrong_usage_exits_2() {
  run 2 "$pinion"
  has err "A subcommand is required"
  run 2 "$pinion" frobnicate
  run 2 "$pinion" --frobnicate
  local command
  for command in "${commands[@]}"; do
    [[ $command != "lab up" && $command != man ]] || continue # which need no argument
    # shellcheck disable=SC2086
    run 2 "$pinion" $command
    has err "required"
    # shellcheck disable=SC2086
    run 2 "$pinion" $command --frobnicate
    equal "$(cat out)" ""
  done
}

test_an_unknown_flag_is_named() {
  run 2 "$pinion" pin --frobnicate some.pem
  has err "--frobnicate"
  run 2 "$pinion" call --config client.json localhost:1 --insecure
  has err "--insecure"
  run 2 "$pinion" serve --config server.json --no-verify
  has err "--no-verify"
}

test_version_lists_the_libraries() {
  run 0 "$pinion" --version
  equal "$(sed -E 's/[0-9].*//' out)" $'pinion \ngRPC \nOpenSSL \nprotobuf '
  grep -qxE "gRPC [0-9.]+, transport (debian_1_51|modern)" out || fail "no version of gRPC"
  equal "$(sed -n 3p out | cut -d' ' -f2)" "$(openssl version | cut -d' ' -f2)"
}

test_values_out_of_range_exit_2() {
  local call=("$pinion" call --config client.json localhost:1)
  run 2 "${call[@]}" --count 0
  run 2 "${call[@]}" --count -1
  run 2 "${call[@]}" --rate 0
  run 2 "${call[@]}" --streams 0
  run 2 "${call[@]}" --streams 1001
  run 2 "${call[@]}" -o yaml
  run 2 "${call[@]}" --duration 0s
  has err "--duration: not a time"
  run 2 "${call[@]}" --duration soon
  has err "--duration: not a time"
  run 2 "${call[@]}" --timeout -1s
  has err "--timeout: not a time"
  run 2 "$pinion" verify --role peer --chain a --roots b
  has err "--role"
  run 2 "$pinion" verify --role client --chain a --roots b --unlisted-clients OFF
  has err "--unlisted-clients"
}

run_tests
