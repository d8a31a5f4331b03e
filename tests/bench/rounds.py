"""Rounds of several ways in turn, A B C B A C, so that background load affects all of them equally."""
import os
import random
import statistics

import figures


class Way:
    """A client, and all processes that its calls use CPU of."""

    def __init__(self, name, client, others=()):
        self.name = name
        self.client = client
        self.others = list(others)

    def round(self, command):
        before = self.client.cpu(), sum(process.cpu() for process in self.others)
        answer = self.client.run(command)
        if answer["failed"] or not answer["done"]:
            raise self.client.failed(f"of a round {answer['done']} succeeded and {answer['failed']} failed")
        client_cpu = (self.client.cpu() - before[0]) * 1e6 / answer["done"]
        other_cpu = (sum(process.cpu() for process in self.others) - before[1]) * 1e6 / answer["done"]
        return {
            "per_second": answer["done"] / answer["seconds"], "p50_us": answer["p50_us"], "p99_us": answer["p99_us"],
            "client_cpu_us": client_cpu, "other_cpu_us": other_cpu, "cpu_us": client_cpu + other_cpu}


def keep_apart(way):
    """Gives the client one half of the cores and the others the other half, against effects of scheduling."""
    cores = sorted(os.sched_getaffinity(0))
    half = len(cores) // 2
    if half:
        way.client.stay_on(cores[half:])
        for process in way.others:
            process.stay_on(cores[:half])


def take_turns(ways, command, seconds, count):
    """The rounds by the name of their way; the i-th rounds of all ways were adjacent in time."""
    for way in ways:  # connections, caches; not counted
        way.round(f"{command} {seconds}")
    rounds = {way.name: [] for way in ways}
    for turn in range(count):
        for way in random.Random(turn).sample(ways, len(ways)):  # no way always follows the same one
            rounds[way.name].append(way.round(f"{command} {seconds}"))
    return rounds


def gather(site, ways_in, commands, seconds, count, sets=6):
    """By command, the result of take_turns for ways_in(site), with new processes for each of `sets` sets of rounds.

    A process may be a little faster than another of the same program for its whole life, because of the placement of
    its memory and threads.
    """
    found = {command: {} for command in commands}
    for _ in range(sets):
        ways = ways_in(site)
        for way in ways:
            keep_apart(way)
        for command in commands:
            for name, rounds in take_turns(ways, command, seconds, max(1, count // sets)).items():
                found[command].setdefault(name, []).extend(rounds)
        site.stop_all()
    return found


def medians(rounds):
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def ratios(rounds, baseline, key):
    return [one[key] / other[key] for one, other in zip(rounds, baseline)]


def emit_ratios(part, what, things, who, baseline, rounds, goals=None):
    """Operations a second, CPU for each, and, where a goal requires it, the 99th percentile, as ratios to the baseline.

    `goals` holds their goals by key.
    """
    goals = goals or {}
    detail = {"own": medians(rounds[who]), "baseline": medians(rounds[baseline])}
    for key, title in (("per_second", f"{things}/s"), ("cpu_us", f"CPU per {things[:-1]}"), ("p99_us", "p99")):
        if key == "p99_us" and key not in goals:
            continue
        figures.emit(part, f"{what}: {title}", who, ratios(rounds[who], rounds[baseline], key), "x", goals.get(key),
                     baseline, detail)
