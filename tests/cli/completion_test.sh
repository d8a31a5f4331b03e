#!/usr/bin/env bash
# `pinion completion`: bash's completions of partial command lines.
source tests/cli/harness.sh
# shellcheck disable=SC1090
source <("$pinion" completion bash)

in_a_line() { sed '/^ *$/d; s/ //g' | sort | tr '\n' ' ' | sed 's/ $//'; }
# completes WORD... EXPECTED: the completions of the last WORD, sorted, in one line.
completes() {
  COMP_WORDS=("${@:1:$#-1}") COMP_CWORD=$(($# - 2)) COMPREPLY=()
  _pinion
  equal "$(printf '%s\n' "${COMPREPLY[@]}" | in_a_line)" "${*: -1}"
}
# Read from the help, which completion must match.
subcommands() { "$pinion" "$@" --help | sed -n '/^Subcommands:/,$s/^  \([a-z-]*\) .*/\1/p' | in_a_line; }
options() { "$pinion" "$@" --help | sed -n '/^Options:/,$p' | grep -oE '^  (-.,?)?(--[a-z-]+)?' | tr -d ' ' | tr ',' '\n' | in_a_line; }

test_subcommands() {
  completes pinion "" "$(subcommands)"
  has <(subcommands) "pki"
  completes pinion pk pki
  completes pinion pki "" "init intermediate issue rekey renew"
  completes pinion pki re "rekey renew"
  completes pinion pki "" "$(subcommands pki)"
  completes pinion policy "" "$(subcommands policy)"
  completes pinion nonsense ""  "$(subcommands)"
}

test_options() {
  completes pinion call --con --config
  completes pinion call localhost:8443 --new --new-channel
  completes pinion pki issue dev payments --d --dns
  completes pinion pki issue -- "--dns --from --help --ip --output --profile --uri --valid-for"
  completes pinion -- "--help --version"
}

test_every_commands_options_are_those_of_its_help() {
  local command
  while read -r command; do
    # shellcheck disable=SC2086 # two words are two arguments
    completes pinion $command - "$(options $command)"
  done < <(commands_of "")
}

test_choices() {
  completes pinion call -o "" "json table"
  completes pinion call --output j json
  completes pinion call --output = "" "json table"
  completes pinion call --output = t table
  completes pinion pki issue --profile s "server service short-lived"
  completes pinion lab break "" "expired impostor no-backup revoke"
  completes pinion completion "" bash
  completes pinion verify --role "" "client server"
}

test_files_are_left_to_bash() {
  completes pinion call --config "" ""
  completes pinion pin "" ""
  completes pinion call --config pki ""
  # The value of an option is no subcommand.
  completes pinion call --message pki --con --config
  equal "$(complete -p pinion)" "complete -o default -F _pinion pinion"
}

test_words_are_never_evaluated() {
  # shellcheck disable=SC2016
  completes pinion '$(touch evaluated)' '-a[$(touch evaluated)]' '`touch evaluated`' "" "$(subcommands)"
  # shellcheck disable=SC2016
  completes pinion call --output '$(touch evaluated)' ""
  equal "$(ls)" ""
}

test_only_bash_is_known() {
  run 2 "$pinion" completion fish
  has err "SHELL: fish not in {bash}"
}

run_tests
