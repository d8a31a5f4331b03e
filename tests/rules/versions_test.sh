#!/usr/bin/env bash
# All places that state Pinion's version state the same one.
set -euo pipefail
version=$(sed -n 's/^#define PINION_VERSION "\(.*\)"$/\1/p' src/include/pinion/version.h)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "version.h states no version" >&2 && exit 1; }

# expect PLACE FOUND
expect() { [[ $2 == "$version" ]] || { echo "$1 states \"$2\", and version.h \"$version\"" >&2 && exit 1; }; }
expect MODULE.bazel "$(sed -n 's/^    version = "\(.*\)",$/\1/p' MODULE.bazel)"
# What tests/consumer asks for is not data of this test: Bazel ignores that folder.
expect debian/changelog "$(sed -n '1s/^pinion (\([^-)]*\).*/\1/p' debian/changelog)"
expect CHANGELOG.md "$(sed -n 's/^## \([0-9.]*\).*/\1/p' CHANGELOG.md | head -n 1)"
