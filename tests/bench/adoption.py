"""The memory of an exchange about next certificates: of client and server together, for each idle connection."""
import os
import sys

import figures
import lab
import processes

PROGRAM = "tests/bench/load/adoption"
GOAL = "<= 20"


def measure(quick):
    if not os.path.exists(lab.binary(PROGRAM)):
        figures.skip("adoption", PROGRAM, "it is not built")
        return
    number = 50 if quick else 1000
    took = lab.measured(PROGRAM, str(number))
    figures.emit("adoption", f"{number} idle connections: an exchange on each", "Pinion", [took["exchange"] / 1000], "kB",
                 goal=GOAL, detail=took)


if __name__ == "__main__":
    try:
        measure(sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
