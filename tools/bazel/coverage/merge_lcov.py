#!/usr/bin/env python3
"""Merges the lcov tracefiles that `bazel coverage` collects: line counts of the same source line are added up."""
import argparse
import collections
import pathlib


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--coverage_dir")
    parser.add_argument("--reports_file")
    parser.add_argument("--output_file", required=True)
    args, _ = parser.parse_known_args()
    if args.reports_file:
        listed = pathlib.Path(args.reports_file).read_text().split()
        inputs = [pathlib.Path(path) for path in listed]
    else:
        inputs = sorted(pathlib.Path(args.coverage_dir).rglob("*.dat"))
    output = pathlib.Path(args.output_file)
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    for path in inputs:
        if path.resolve() == output.resolve() or not path.exists():
            continue
        source = None
        for line in path.read_text().splitlines():
            if line.startswith("SF:"):
                source = line[3:]
            elif line.startswith("DA:"):
                number, count = line[3:].split(",")[:2]
                lines[source][int(number)] += int(count)
    with output.open("w") as out:
        for source in sorted(lines):
            out.write(f"SF:{source}\n")
            for number, count in sorted(lines[source].items()):
                out.write(f"DA:{number},{count}\n")
            hit = sum(1 for count in lines[source].values() if count)
            out.write(f"LH:{hit}\nLF:{len(lines[source])}\nend_of_record\n")


if __name__ == "__main__":
    main()
