#!/usr/bin/env bash
# The alert rules in docs/, and a real Prometheus that scrapes `pinion serve` and raises one of them.
source tests/cli/harness.sh
rules=$PWD/docs/prometheus
needs prometheus prometheus --version >/dev/null
needs promtool promtool --version >/dev/null

test_the_rules_say_what_their_tests_say() {
  run 0 promtool check rules "$rules/alerts.yml"
  at_most=120 run 0 promtool test rules "$rules/alerts_test.yml"
}

# Each metric that a rule or the dashboard names is one that a process has.
test_the_rules_and_the_dashboard_name_existing_metrics() {
  local used
  used=$(grep -ohE 'pinion_[a-z_]+' "$rules"/*.yml "$rules/dashboard.json" | sed -E 's/_(bucket|sum|count)$//' | sort -u)
  comm -23 <(echo "$used") <(grep -ohE 'pinion_[a-z_]+' "$sources"/*.cc | sort -u) >unknown
  equal "$(cat unknown)" ""
  python3 -m json.tool "$rules/dashboard.json" >/dev/null
}
sources=$PWD/src/pinion/metrics

# firing NAME: whether Prometheus says so.
firing() {
  curl -sS "http://127.0.0.1:$prometheus_port/api/v1/alerts" >alerts.json &&
    python3 - "$1" <<'PY'
import json, sys
alerts = json.load(open("alerts.json"))["data"]["alerts"]
sys.exit(not any(one["labels"]["alertname"] == sys.argv[1] and one["state"] == "firing" for one in alerts))
PY
}
scraped() {
  curl -sS "http://127.0.0.1:$prometheus_port/api/v1/query?query=pinion_generation" | grep -q '"value"'
}

refused_and_firing() { call client-impostor 78 && firing PinionListedPeerRefused; }

test_a_refusal_of_a_listed_peer_raises_an_alert() {
  make_world
  serve server --admin 127.0.0.1:0
  local admin
  admin=$(sed -n 's/^pinion: admin endpoint on //p' server.err)
  run 0 promtool check metrics < <(curl -sS "http://$admin/metrics")
  prometheus_port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >prometheus.yml <<YAML
global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}
rule_files: ["$rules/alerts.yml"]
scrape_configs:
  - job_name: orders
    static_configs: [{targets: ["$admin"]}]
YAML
  start prometheus prometheus --config.file prometheus.yml --storage.tsdb.path data --log.level warn \
    --web.listen-address "127.0.0.1:$prometheus_port"
  until_true 30 scraped
  not firing PinionListedPeerRefused
  call client 0
  # Somebody presents the client's names with a key of his own, again and again: what happened before Prometheus knew
  # the process could be long ago.
  until_true 60 refused_and_firing
  has alerts.json '"peer":"the-client"'
  has alerts.json PIN_MISMATCH
}

run_tests
