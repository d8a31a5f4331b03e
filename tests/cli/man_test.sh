#!/usr/bin/env bash
# `pinion man`: man and groff render its pages without a warning, and the pages contain what the help contains.
source tests/cli/harness.sh
needs "groff" groff --version
mapfile -t commands < <(echo "" && commands_of "")

test_every_page_renders_without_a_warning() {
  local command
  for command in "${commands[@]}"; do
    # shellcheck disable=SC2086 # two words are two arguments
    run 0 "$pinion" man $command
    cp out page
    run 0 groff -k -man -ww -z -Tutf8 page
    equal "$(cat err)" ""
    run 0 groff -k -man -Tascii page
    sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' out | tr -s ' ' >text
    has text "pinion${command:+-${command// /-}} - "
    # shellcheck disable=SC2086
    "$pinion" $command --help | grep -oE '(^|[ ,])--[a-z-]+' | tr -d ' ,' | sort -u >options
    while read -r option; do has text "$option"; done <options
  done
}

test_a_page_has_its_parts() {
  run 0 "$pinion" man pki issue
  equal "$(head -n 4 out)" '.TH PINION\-PKI\-ISSUE 1 "" Pinion Pinion
.ad l
.SH NAME
pinion\-pki\-issue \- Make a key and a certificate: NAME.pem and NAME\-key.pem'
  has out '\fBpinion pki issue\fR [\fIOPTION\fR...] \fIDIR\fR \fINAME\fR'
  has out '\fB\-\-profile\fR {client,server,service,short\-lived}'
  has out '  pinion pki issue dev payments \-\-dns localhost'
  run 0 "$pinion" man call
  has out '\fBpinion call\fR \fB\-\-config\fR \fIVALUE\fR [\fIOPTION\fR...] \fITARGET\fR'
  run 0 "$pinion" man pki
  has out '.SH COMMANDS'
  has out '\fBpinion pki init\fR'
}

test_man_shows_it() {
  command -v man >/dev/null || return 0
  "$pinion" man pki issue >page.1
  MANWIDTH=100 run 0 man --warnings -l page.1
  equal "$(cat err)" ""
  has out "PINION-PKI-ISSUE(1)"
}

test_all_pages_are_written_to_a_folder() {
  mkdir pages
  run 0 "$pinion" man --folder pages
  equal "$(cat out)" ""
  run 0 "$pinion" man pki issue
  equal "$(cat pages/pinion-pki-issue.1)" "$(cat out)"
  run 0 "$pinion" man
  equal "$(cat pages/pinion.1)" "$(cat out)"
  equal "$(ls pages | wc -l)" "${#commands[@]}"
  run 2 "$pinion" man --folder no-such-folder
  run 2 "$pinion" man --folder pages pki
}

test_an_unknown_command_exits_2() {
  run 2 "$pinion" man pki frobnicate
  equal "$(cat err)" 'pinion: there is no command "pki frobnicate"; `pinion --help` lists them'
  run 0 "$pinion" man --help
  has out "pinion man pki issue | man -l -"
}

run_tests
