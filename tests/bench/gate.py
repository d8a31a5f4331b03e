"""Instructions of a handshake and of a call, both sides, counted by callgrind: Pinion beside gRPC's own mutual TLS.

    gate.py [--quick]     as a part of tools/bench
    gate.py --gate        also compares with gate_baseline.json, and ends with 1 where instructions have grown
    gate.py --update      writes what is measured now to gate_baseline.json

The ratio to gRPC's own is compared, because another release of gRPC or OpenSSL changes both. A process counts from its
first instruction to its last, so each kind is run twice, with few and with many operations, and the difference is
divided by the number of additional operations.
"""
import json
import os
import re
import shutil
import sys
import time

import calls
import figures
import lab
import processes

BASELINE = os.path.join(lab.REPOSITORY, "tests/bench/gate_baseline.json")
PINION = "Pinion, CreateChannel and 100 rules"
VALGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
# Command, its seconds when short and when long, its name, by how much its ratio may grow, and the goal.
THINGS = [("reconnect", 2, 8, "handshake with a call", 0.005, "<= 1.02"), ("unary 1", 2, 8, "call", 0.03, "<= 1.03")]
KINDS = {calls.STOCK: ("stock", lab.ALLOW_ALL), PINION: ("pinion", lab.WITH_RULES)}


def counted(process):
    """The instructions of a process, which is asked to end through its standard input."""
    process.process.stdin.close()
    if process.process.wait(processes.PATIENCE) != 0:
        raise process.failed("it ended with an error")
    with open(process.log, errors="replace") as log:
        found = re.findall(r"Collected : (\d+)", log.read())
    if not found:
        raise process.failed("callgrind counted nothing")
    return int(found[-1])


def run(site, kind, config, command, seconds):
    """Instructions of client and server together, and the number of operations."""
    server = site.start(processes.Server, f"{kind} server",
                        VALGRIND + [lab.binary("tests/bench/load/server"), kind, site.path(config)])
    client = site.start(processes.Speaker, f"{kind} client", VALGRIND + [
        lab.binary("tests/bench/load/client"), kind, f"127.0.0.1:{server.port}", site.path("orders-client.json")])
    done = client.run(f"{command} {seconds}")["done"]
    instructions = counted(client) + counted(server)
    site.forget(client)
    site.forget(server)
    return instructions, done


def instructions_each(site, who, command, short, long):
    kind, config = KINDS[who]
    few, many = (run(site, kind, config, command, seconds) for seconds in (short, long))
    if many[1] <= few[1]:
        raise processes.Failed(f"{who}: {many[1]} operations in {long} s, and {few[1]} in {short} s")
    return (many[0] - few[0]) / (many[1] - few[1])


def ratios(site):
    """The ratio to gRPC's own, by operation."""
    found = {}
    for command, short, long, thing, _, goal in THINGS:
        each = {who: instructions_each(site, who, command, short, long) for who in KINDS}
        found[thing] = each[PINION] / each[calls.STOCK]
        figures.emit("gate", f"instructions, {thing}", PINION, [found[thing]], "x", goal, calls.STOCK,
                     {"own": each[PINION], "baseline": each[calls.STOCK]})
    return found


def grown(found):
    """The operations that cost more than the baseline allows, as text. Logs all of them."""
    with open(BASELINE) as file:
        committed = json.load(file)
    worse = []
    for *_, thing, tolerance, _ in THINGS:
        text = f"{thing}: {found[thing]:.4f} of gRPC's own, committed {committed[thing]:.4f} (+{tolerance:.1%} allowed)"
        print(f"bench: {text}", file=sys.stderr)
        if found[thing] > committed[thing] * (1 + tolerance):
            worse.append(text)
    return worse


def refresh_rarely(site):
    """A process reads its files again every 10 s (about 20 million instructions for each side), which must not fall
    into one of the two runs."""
    for name in (lab.WITH_RULES, "orders-client.json"):
        config = json.loads(site.read(name))
        config["refresh_interval"] = "1h"
        lab.write(site.path(name), json.dumps(config))


def main(arguments):
    if shutil.which("valgrind") is None:
        if arguments in ([], ["--quick"]):
            figures.skip("gate", PINION, "valgrind is not installed")
            return
        raise processes.Failed("valgrind is not installed")
    started = time.monotonic()
    with lab.Lab() as site:
        refresh_rarely(site)
        found = ratios(site)
    if "--update" in arguments:
        with open(BASELINE, "w") as file:
            json.dump({thing: round(ratio, 4) for thing, ratio in found.items()}, file, indent=2)
            file.write("\n")
    worse = grown(found) if "--gate" in arguments else []
    print(f"bench: counted in {time.monotonic() - started:.0f} s", file=sys.stderr)
    if worse:
        sys.exit("bench: FAILED, more instructions than before; if that is intended: tools/bench --gate --update")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
