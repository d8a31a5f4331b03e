"""What the exchange about next certificates costs: memory of client and server together for each idle connection, the time
until many connections have answered, and what a census of many processes takes."""
import os
import sys

import figures
import lab
import processes

PROGRAM = "tests/bench/load/adoption"
ANSWERS = "tests/bench/load/answers"
CENSUS = "tests/bench/load/census"
GOAL = "<= 20"


def measure(quick):
    if not os.path.exists(lab.binary(PROGRAM)):
        figures.skip("adoption", PROGRAM, "it is not built")
        return
    number = 50 if quick else 1000
    took = lab.measured(PROGRAM, str(number))
    figures.emit("adoption", f"{number} idle connections: an exchange on each", "Pinion", [took["exchange"] / 1000], "kB",
                 goal=GOAL, detail=took)


def measure_answers(quick):
    if not os.path.exists(lab.binary(ANSWERS)):
        figures.skip("adoption", ANSWERS, "it is not built")
        return
    clients, connections = (2, 50) if quick else (20, 500)
    took = lab.measured(ANSWERS, str(clients), str(connections))
    figures.emit("adoption", f"{clients * connections} connections: time until all have answered", "Pinion", [took["seconds"]],
                 "s", goal="<= 5", detail=took)


def measure_census(quick):
    if not os.path.exists(lab.binary(CENSUS)):
        figures.skip("adoption", CENSUS, "it is not built")
        return
    number = 1_000 if quick else 100_000
    took = lab.measured(CENSUS, str(number))
    for what, value, unit, goal in [("memory", took["resident"] / 1000, "kB", None),
                                    ("CPU of a look, each second", took["look"] * 1000, "ms", None),
                                    ("CPU of writing the file", took["write"] * 1000, "ms", None),
                                    ("size of the file", took["file"] / 1024, "kB", "<= 32768"),
                                    ("CPU of merging two files", took["merge"] * 1000, "ms", None)]:
        figures.emit("adoption", f"a census of {number} processes: {what}", "Pinion", [value], unit, goal=goal, detail=took)


if __name__ == "__main__":
    try:
        measure(sys.argv[1:] == ["--quick"])
        measure_answers(sys.argv[1:] == ["--quick"])
        measure_census(sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
