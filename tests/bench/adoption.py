"""The memory of an exchange about next certificates: of client and server together, for each idle connection."""
import json
import os
import subprocess
import sys

import figures
import lab
import processes

PROGRAM = "tests/bench/load/adoption"
GOAL = "<= 20000"


def measure(quick):
    if not os.path.exists(lab.binary(PROGRAM)):
        figures.skip("adoption", PROGRAM, "it is not built")
        return
    number = 50 if quick else 1000
    ran = subprocess.run([lab.binary(PROGRAM), str(number)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise processes.Failed(f"{PROGRAM} ended with {ran.returncode}\n{ran.stderr[-2000:]}")
    took = json.loads(ran.stdout)
    figures.emit("adoption", f"{number} idle connections: an exchange on each", "Pinion", [took["exchange"]], "bytes",
                 goal=GOAL, detail=took)


if __name__ == "__main__":
    try:
        measure(sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
