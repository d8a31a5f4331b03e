#!/usr/bin/env bash
# CMake builds what Bazel builds: each source of the library, the test harness and the tool is in both lists.
set -euo pipefail
command -v cmake >/dev/null || { echo "cmake is missing: tools/setup installs it" >&2 && exit 1; }

# built PART: the sources in it, from Bazel's query.
built() { sed -nE 's#^//(.*):(.*\.cc)$#\1/\2#p' "tests/rules/$1_sources" | grep -E '^(src|tools)/' | sort; }
listed() { cmake -P src/sources.cmake 2>&1 | sed -n "s/^$1 //p" | sort; }

# same PART FILE FILE
same() {
  diff "$2" "$3" >difference || { echo "$1: Bazel builds (<), and src/sources.cmake lists (>):" >&2 && cat difference >&2 && exit 1; }
}

built pinion >library
listed PINION >listed
same "the library" library listed
built testing | comm -23 - library >testing
listed PINION_TESTING >listed
same "the test harness" testing listed
built tool | comm -23 - library >tool
listed PINION_TOOL >listed
same "the tool" tool listed
echo "$(wc -l <library) sources of the library, $(wc -l <testing) of the test harness, $(wc -l <tool) of the tool"
