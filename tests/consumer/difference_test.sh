#!/usr/bin/env bash
# The changes that move the greeter to Pinion: one #include and the line with the credentials, on each side.
set -euo pipefail
for side in server client; do
  changed=$(diff "plain_$side.cc" "greeter_$side.cc" | grep '^[<>]') || true
  wanted='> #include "pinion/workload.h"
<   auto credentials = grpc::Insecure*
>   auto credentials = \*(\*pinion::Workload::FromFile*'
  # shellcheck disable=SC2053 # the right side is a pattern
  if [[ $(wc -l <<<"$changed") -ne 3 || $changed != $wanted ]]; then
    echo "$side: $changed" >&2
    exit 1
  fi
done
