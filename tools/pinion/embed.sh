#!/usr/bin/env bash
# Prints text files as C++: one pair {"NAME", R"text(TEXT)text"}, a file. With --stem, NAME is without its last extension.
#   tools/pinion/embed.sh [--stem] FILE...
set -euo pipefail
stem=
[[ ${1:-} != --stem ]] || { stem=1 && shift; }
for file in "$@"; do
  name=${file##*/}
  [[ -z $stem ]] || name=${name%.*}
  printf '{"%s", R"text(%s\n)text"},\n' "$name" "$(cat "$file")"
done
