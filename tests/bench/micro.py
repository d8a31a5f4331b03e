"""Microbenchmarks: //tests/bench:small_parts, by Google Benchmark, as figures."""
import json
import os
import subprocess
import sys

import figures
import lab
import processes

PROGRAM = "tests/bench/small_parts"


def measure(quick):
    if not os.path.exists(lab.binary(PROGRAM)):
        figures.skip("micro", PROGRAM, "the program is not built")
        return
    # In turns, so that background load affects all of them equally.
    command = [lab.binary(PROGRAM), "--benchmark_format=json", "--benchmark_enable_random_interleaving=true",
               f"--benchmark_repetitions={3 if quick else 9}", f"--benchmark_min_time={0.01 if quick else 0.1}"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise processes.Failed(f"{PROGRAM} ended with {ran.returncode}\n{ran.stderr[-2000:]}")
    times, counters = {}, {}
    for run in json.loads(ran.stdout)["benchmarks"]:
        if run.get("error_occurred"):
            raise processes.Failed(f'{run["name"]}: {run["error_message"]}')
        if run["run_type"] != "iteration":
            continue
        to_ns = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}[run["time_unit"]]
        times.setdefault(run["run_name"], []).append(run["cpu_time"] * to_ns)
        # The counters of the benchmark itself; the other keys are the same for each.
        counters[run["run_name"]] = {key: run[key] for key in run if key.startswith("bytes")}
    for name, taken in times.items():
        figures.emit("micro", name, "CPU", taken, "ns", detail=counters[name] or None)


if __name__ == "__main__":
    try:
        measure(sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
