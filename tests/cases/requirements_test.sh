#!/usr/bin/env bash
# Checks that each row of docs/certificate-requirements.md names cases, and that these cases exist.
set -euo pipefail

page=docs/certificate-requirements.md
rows=0 bad=0
# The text of the case with this name; empty where there is none.
case_called() { sed -n "/^    \"name\": \"$1\",$/,/^  }/p" tests/testdata/*.json; }
complain() { echo "$page: $1" && bad=1; }
while IFS= read -r row; do
  [[ $row == "| "* && $row != *"| cases |" ]] || continue
  rows=$((rows + 1))
  cases=$(sed 's/ |$//; s/.*| *//' <<<"$row" | tr -d '`')
  [[ -n $cases ]] || complain "a row without a case: $row"
  for name in $cases; do
    [[ -n $(case_called "$name") ]] || complain "no case is called \"$name\""
  done
done <"$page"
((rows >= 25)) || complain "only $rows rows were found"
# Accepted and refused cases are in separate tables.
accepted=$(sed -n '/^## Accepted/,$p' "$page" | grep -o '`[a-z0-9_]*` \|`[a-z0-9_]*`$' | tr -d '` ' | grep _ || true)
for name in $accepted; do
  text=$(case_called "$name")
  [[ -z $text || $text == *'"reason": "ACCEPTED"'* ]] || complain "$name is not accepted"
done
exit $bad
