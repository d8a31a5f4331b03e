"""Runs the parts of tools/bench one after the other, prints their figures beside the goals, and keeps them.

    bench.py [--quick] [--list] [PART...]

A part is a command that prints figures (figures.py). It is started in the repository with PINION_BENCH_BIN, the folder
of the built programs, and with --quick for a short run. It is ended when it takes too long. Ends with 1 when a part
failed; a missed goal is a result.
"""
import datetime
import json
import os
import platform
import subprocess
import sys
import time

import figures
import lab
import plot

PYTHON = sys.executable
# Name, what it measures, its command, and its time limit in seconds.
PARTS = [
    ("calls", "unary calls beside no TLS and gRPC's own mutual TLS", [PYTHON, "tests/bench/calls.py"], 420),
    ("streaming", "bidirectional streams of 1 kB messages", [PYTHON, "tests/bench/streaming.py"], 240),
    ("handshakes", "fresh channels and reconnects, and OpenSSL's limit", [PYTHON, "tests/bench/handshakes.py"], 240),
    ("reload", "calls while pin sets of 1,000 and 100,000 peers are replaced", [PYTHON, "tests/bench/reload.py"], 420),
    ("own-certificate", "handshakes while a server's own certificate is replaced, piecemeal",
     [PYTHON, "tests/bench/own_certificate.py"], 180),
    ("sidecars", "unary calls beside TLS by proxies", [PYTHON, "tests/bench/sidecars.py"], 420),
    ("languages", "pinned clients in other languages", [PYTHON, "tests/bench/languages.py"], 240),
    ("scale", "a revocation with 2,000 channels and with 10,000 connections", [PYTHON, "tests/bench/scale.py"], 300),
    ("adoption", "the memory of exchanges about next certificates", [PYTHON, "tests/bench/adoption.py"], 120),
    ("micro", "microbenchmarks", [PYTHON, "tests/bench/micro.py"], 180),
    ("gate", "instructions of a handshake and of a call", [PYTHON, "tests/bench/gate.py"], 240),
]


def output_of(*command):
    """A command's first line; empty when there is no such command."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (ended.stdout or ended.stderr).strip().splitlines()
    return lines[0].strip() if lines else ""


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.machine()


def system():
    with open("/etc/os-release") as file:
        return next(line.split("=", 1)[1].strip().strip('"') for line in file if line.startswith("PRETTY_NAME="))


def provenance(arguments):
    """The conditions of the run, which are needed to repeat it."""
    changed = output_of("git", "status", "--porcelain", "--untracked-files=no")
    return {
        "command": " ".join(["tools/bench"] + arguments),
        "commit": output_of("git", "rev-parse", "--short=12", "HEAD") + (", changed" if changed else ""),
        "at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": processor(), "load_average_before": os.getloadavg()[0], "system": system(),
        "kernel": platform.release(), "grpc": output_of("pkg-config", "--modversion", "grpc++"),
        "openssl": output_of("openssl", "version"), "compiler": output_of("cc", "--version")}


def run(name, command, limit, quick):
    """The part's figures, and the reason of its failure; None where it succeeded."""
    print(f"bench: {name} …", file=sys.stderr, flush=True)
    started = time.monotonic()
    part = subprocess.Popen(command + (["--quick"] if quick else []), stdout=subprocess.PIPE, text=True)
    try:
        output, why = part.communicate(timeout=limit)[0], None
    except BaseException as stopped:
        part.terminate()  # it ends its own processes
        try:
            output, why = part.communicate(timeout=15)[0], f"took more than {limit} s"
        finally:
            part.kill()
        if not isinstance(stopped, subprocess.TimeoutExpired):
            raise
    if why is None and part.returncode != 0:
        why = f"ended with {part.returncode}"
    print(f"bench: {name}, {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")], why


def number(value, unit):
    if unit == "x":
        return f"{value:.3f}"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def table(found):
    rows = [("PART", "WHAT", "VARIANT", "BESIDE", "MEDIAN", "QUARTILES", "95 % OF MEDIAN", "GOAL", "")]
    for figure in found:
        if "skipped" in figure:
            rows.append((figure["part"], "not measured", figure["who"], "", "", figure["skipped"], "", "", ""))
            continue
        span = [" to ".join(number(end, figure["unit"]) for end in figure[key]) if figure[key] else ""
                for key in ("quartiles", "interval")]
        value = number(figure["value"], figure["unit"]) + ("" if figure["unit"] == "x" else " " + figure["unit"])
        rows.append((figure["part"], figure["what"], figure["who"], figure["baseline"] or "", value, *span,
                     figure["goal"] or "", figures.verdict(figure)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def keep(about, found, text):
    folder = os.path.join("bench-results", time.strftime("%Y%m%d-%H%M%S"))
    os.makedirs(folder)
    for figure in found:
        figure["verdict"] = figures.verdict(figure) if "value" in figure else ""
    with open(os.path.join(folder, "results.json"), "w") as file:
        json.dump({"version": 1, "about": about, "figures": found}, file, indent=1)
    with open(os.path.join(folder, "table.txt"), "w") as file:
        file.write(text + "\n")
    with open(os.path.join(folder, "plot.svg"), "w") as file:
        file.write(plot.svg(about, found))
    return folder


def main(arguments):
    quick, names = "--quick" in arguments, [word for word in arguments if not word.startswith("--")]
    if "--list" in arguments:
        print("\n".join(f"{name:18} {about}" for name, about, *_ in PARTS))
        return 0
    unknown = (set(names) - {part[0] for part in PARTS}) | (set(arguments) - set(names) - {"--quick"})
    if unknown:
        print(f"bench: no part or option: {' '.join(sorted(unknown))}; tools/bench --list", file=sys.stderr)
        return 2
    about, found, failed = provenance(arguments), [], []
    for name, _, command, limit in PARTS:
        if names and name not in names:
            continue
        part, why = run(name, command, limit, quick)
        found += part
        failed += [f"{name}: FAILED: {why}"] if why else []
    text = "\n".join([f"{key}: {value}" for key, value in about.items()] + ["", table(found)] + failed)
    print(text)
    counts = [figures.verdict(figure).rstrip("?") for figure in found if "value" in figure]
    print(f"goals: {counts.count('met')} met, {counts.count('missed')} missed; ? where the interval contains both")
    print(f"kept in {keep(about, found, text)}: results.json table.txt plot.svg")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(lab.REPOSITORY)
    sys.exit(main(sys.argv[1:]))
