#!/usr/bin/env python3
"""Each test that docs/operator-errors.md names exists."""
import pathlib
import re
import sys

PAGE = pathlib.Path("docs/operator-errors.md")
# `//tests/pin:pin_set_test` KeepsItsEnd
NAMED = re.compile(r"`//(tests/[\w/]+):(\w+)` (\w+) \|$", re.MULTILINE)
ROWS = 25


def main():
    faults = []
    named = NAMED.findall(PAGE.read_text())
    if len(named) != ROWS:
        faults.append(f"{PAGE} names a test in {len(named)} of its {ROWS} rows")
    for package, target, case in named:
        sources = [file for file in pathlib.Path(package).glob(target + ".*") if file.suffix in (".cc", ".sh")]
        text = "".join(file.read_text() for file in sources)
        if not re.search(rf"\b{case}\b[(),]?", text):
            faults.append(f"{PAGE}: //{package}:{target} has no {case}")
    print("\n".join(faults) if faults else f"{len(named)} errors and their tests")
    return 1 if faults else 0


sys.exit(main())
