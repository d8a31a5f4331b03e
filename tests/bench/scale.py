"""How long a revocation takes to reach many live connections, each with a stream, of one process."""
import os
import resource
import sys

import figures
import lab
import processes

PROGRAM = "tests/bench/load/revocation"
GOAL = "<= 1000"
SCRAPE_GOAL = "<= 20"
# The side that revokes the other side's key, the number of its connections, and that number in a quick run.
SHAPES = (("client", "channels of a client", 2000, 100), ("server", "connections of a server", 10000, 200))


def measure(quick):
    if not os.path.exists(lab.binary(PROGRAM)):
        figures.skip("scale", PROGRAM, "it is not built")
        return
    # A server needs one descriptor for a connection, and some hundreds besides.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 1000
    for side, title, count, few in SHAPES:
        number = few if quick else min(count, most)
        took = lab.measured(PROGRAM, side, str(number))
        if took["others"]:
            raise processes.Failed(f'{took["others"]} of {number} streams did not end with their connection')
        figures.emit("scale", f"{number} {title}: a revoked key's connections end, p99", "Pinion", [took["p99"]], "ms",
                     goal=GOAL, detail=took)
        figures.emit("scale", f"{number} {title}: a scrape of its metrics", "Pinion", [took["scrape"]], "ms",
                     goal=SCRAPE_GOAL)


if __name__ == "__main__":
    try:
        measure(sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
