#!/usr/bin/env bash
# What a real browser shows of the page of the admin endpoint: the same as /status, and nothing that a peer has written as
# more than text.
source tests/cli/harness.sh
source tests/cli/hostile.sh
needs chromium chromium --version >/dev/null
compare=$PWD/tests/admin/page.py

# shown URL OUTPUT: the page after its script has run.
shown() {
  timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$PWD/profile" \
    --virtual-time-budget=5000 --dump-dom "$1" >"$2" 2>browser.err || { cat browser.err >&2 && fail "chromium"; }
}

test_the_page_shows_what_the_status_says() {
  make_world
  serve server --admin 127.0.0.1:0
  admin=http://$(sed -n 's/^pinion: admin endpoint on //p' server.err)
  start caller "$pinion" call --config client.json "localhost:$port" --streams 1 --duration 120s --rate 10
  # The names of this one are in the page.
  make_hostile '"><img src=x onerror=document.title="owned">'
  call hostile 78
  echo "{" >pins.json
  until_true 10 has_all
  shown "$admin/" page.html
  curl -sS "$admin/status" >status.json
  run 0 python3 "$compare" page.html status.json
  has page.html "&lt;img src=x onerror="
  lacks page.html "<title>owned"
  lacks page.html "<img"
}
has_all() {
  curl -sS "$admin/status" >status.json
  grep -q PIN_MISMATCH status.json && grep -q failing_since status.json && grep -q calls_in_flight status.json
}

run_tests
