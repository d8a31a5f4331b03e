#!/usr/bin/env bash
# CMake builds what Bazel builds: each source and each .proto file of the library, the test harness and the tool is in both
# lists.
set -euo pipefail
command -v cmake >/dev/null || { echo "cmake is missing: tools/setup installs it" >&2 && exit 1; }

# built PART [SUFFIX]: the sources in it, or the files with that suffix, from Bazel's query.
built() { sed -nE "s#^//(.*):(.*\\.${2:-cc})\$#\\1/\\2#p" "tests/rules/$1_sources" | grep -E '^(src|tools|proto)/' | sort; }
# listed PART...: what src/sources.cmake lists for any of them.
listed() {
  local IFS="|"
  cmake -P src/sources.cmake 2>&1 | sed -nE "s/^($*) //p" | sort
}

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
built pinion proto >protos
listed PUBLIC_PROTOS INTERNAL_PROTOS >listed
same "the library" protos listed
built testing proto | comm -23 - protos >testing_protos
listed ECHO_PROTOS >listed
same "the test harness" testing_protos listed
built tool proto | comm -23 - <(sort protos testing_protos) >tool_protos
listed TOOL_PROTOS >listed
same "the tool" tool_protos listed
echo "$(wc -l <library) sources of the library, $(wc -l <testing) of the test harness, $(wc -l <tool) of the tool"
