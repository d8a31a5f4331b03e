#!/usr/bin/env bash
# All places that state Pinion's version state the same one, and the recipes are well-formed.
set -euo pipefail
version=$(sed -n 's/^#define PINION_VERSION "\(.*\)"$/\1/p' src/include/pinion/version.h)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "version.h states no version" >&2 && exit 1; }

# expect PLACE FOUND
expect() { [[ $2 == "$version" ]] || { echo "$1 states \"$2\", and version.h \"$version\"" >&2 && exit 1; }; }
expect MODULE.bazel "$(sed -n 's/^    version = "\(.*\)",$/\1/p' MODULE.bazel)"
expect vcpkg.json "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["version"])' <tools/recipes/vcpkg/ports/pinion/vcpkg.json)"
# What tests/consumer asks for is not data of this test: Bazel ignores that folder.
expect debian/changelog "$(sed -n '1s/^pinion (\([^-)]*\).*/\1/p' debian/changelog)"
expect CHANGELOG.md "$(sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)"

# The entry of Bazel's registry, from an archive.
tar -cf "$TEST_TMPDIR/archive.tar" MODULE.bazel
tools/recipes/bcr/make_entry "$TEST_TMPDIR/archive.tar" https://pinion.invalid/archive.tar "$TEST_TMPDIR/registry"
entry=$TEST_TMPDIR/registry/modules/pinion/$version
cmp MODULE.bazel "$entry/MODULE.bazel"
expect metadata.json "$(python3 -c 'import json, sys; print(*json.load(sys.stdin)["versions"])' <"$TEST_TMPDIR/registry/modules/pinion/metadata.json")"
python3 -c 'import json, sys; json.load(sys.stdin)["integrity"]' <"$entry/source.json"
python3 -c 'import ast, sys; ast.parse(sys.stdin.read())' <tools/recipes/conan/conanfile.py
