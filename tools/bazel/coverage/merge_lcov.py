#!/usr/bin/env python3
"""Makes the lcov tracefiles of `bazel coverage`. Replaces Bazel's own tool, which would be downloaded.

Bazel calls it after each test with --coverage_dir, where the test left gcov's data and notes files side by side, and once
at the end with --reports_file, the list of the tracefiles to merge. Counts of the same source line are added up.
"""
import argparse
import collections
import json
import os
import pathlib
import subprocess


def run_gcov(data_file):
    """Yields (source file, line number, count). In Bazel's own gcov results equal file names collide."""
    gcov = os.environ.get("COVERAGE_GCOV_PATH", "gcov")
    result = subprocess.run([gcov, "--json-format", "--stdout", data_file], stdout=subprocess.PIPE, check=True)
    for document in result.stdout.splitlines():
        for source in json.loads(document)["files"]:
            for line in source["lines"]:
                yield source["file"], line["line_number"], line["count"]


def read_tracefile(path):
    """Yields (source file, line number, count)."""
    for line in path.read_text().splitlines():
        if line.startswith("SF:"):
            source = line[3:]
        elif line.startswith("DA:"):
            number, count = line[3:].split(",")[:2]
            yield source, int(number), int(count)


def original(source, instrumented):
    """The path in the repository of a source as the compiler saw it; None for a source that is not instrumented."""
    if source in instrumented:
        return source
    # Bazel compiles headers through links: PACKAGE/_virtual_includes/TARGET/INCLUDE_PATH.
    _, found, rest = source.partition("/_virtual_includes/")
    suffix = "/" + rest.partition("/")[2]
    return next((path for path in instrumented if found and path.endswith(suffix)), None)


def write(lines, path):
    with path.open("w") as out:
        for source in sorted(lines):
            out.write(f"SF:{source}\n")
            for number, count in sorted(lines[source].items()):
                out.write(f"DA:{number},{count}\n")
            hit = sum(1 for count in lines[source].values() if count)
            out.write(f"LH:{hit}\nLF:{len(lines[source])}\nend_of_record\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--coverage_dir", type=pathlib.Path)
    parser.add_argument("--source_file_manifest", type=pathlib.Path)
    parser.add_argument("--reports_file", type=pathlib.Path)
    parser.add_argument("--output_file", type=pathlib.Path, required=True)
    args, _ = parser.parse_known_args()
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    if args.reports_file:
        for tracefile in args.reports_file.read_text().split():
            for source, number, count in read_tracefile(pathlib.Path(tracefile)):
                lines[source][number] += count
    else:
        instrumented = args.source_file_manifest.read_text().split()
        # Only the measured files have notes here, but every file that ran left data.
        for notes in sorted(args.coverage_dir.rglob("*.gcno")):
            for source, number, count in run_gcov(notes.with_suffix(".gcda")):
                path = original(source, instrumented)
                if path:
                    lines[path][number] += count
    write(lines, args.output_file)


if __name__ == "__main__":
    main()
