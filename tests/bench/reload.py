"""The cost of a reload: calls' p99 while a large pin set is replaced on disk, and the time until it is in effect."""
import base64
import hashlib
import json
import os
import statistics
import time

import figures
import lab
import processes

# Seconds for the pairs of one case.
LIMIT = 45


def pin_of(text):
    return "sha256/" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


class PinFile:
    """A party's pin file: the two peers of the lab, and others up to `peers`."""

    def __init__(self, site, folder, peers):
        self.path = site.path(f"{folder}/pins.json")
        own = json.loads(site.read("pins.json"))
        self.version = own["version"]
        others = [{"name": f"service-{i}", "hosts": [f"service-{i}.test"],
                   "pins": [{"spki": pin_of(f"{i} active"), "state": "ACTIVE"},
                            {"spki": pin_of(f"{i} backup"), "state": "BACKUP"}]} for i in range(peers - len(own["peers"]))]
        self.peers = json.dumps(own["peers"] + others, indent=1)

    def prepare(self):
        """Writes the next version beside the file, so that only a rename is left."""
        self.version += 1
        with open(self.path + ".new", "w") as file:
            file.write(f'{{"version": {self.version}, "peers": {self.peers}}}')
            file.flush()
            os.fsync(file.fileno())

    def publish(self):
        """The time of the rename."""
        at = time.time()
        os.rename(self.path + ".new", self.path)
        return at


class Case:
    """A client and a server, one of which reloads a pin set of `peers` peers."""

    def __init__(self, site, who, peers):
        folder = f"{who}-{peers}"
        config = site.folder_of(folder, "orders-client.json" if who == "client" else lab.WITH_RULES)
        self.who, self.peers = who, peers
        self.file = PinFile(site, folder, peers)
        self.file.prepare()
        self.file.publish()
        self.server = site.server("pinion", config if who == "server" else lab.WITH_RULES)
        self.client = site.client("pinion", self.server.port, config if who == "client" else "orders-client.json")
        self.reader = self.server if who == "server" else self.client
        self.client.run("unary 1 0.2")
        self.reloads = 1  # generations: the first is what it started with

    def _reload(self):
        """Seconds from the rename until it is in effect."""
        self.reloads += 1
        renamed = self.file.publish()
        event = self.reader.wait_for_event(
            lambda event: event["event"] == "pin_set" and (event["error"] or event["generation"] == self.reloads))
        if event["error"]:
            raise self.reader.failed(event["error"])
        return event["at"] - renamed

    def quietly(self, times):
        taken = []
        for _ in range(times):
            self.file.prepare()
            taken.append(self._reload())
        return taken

    def pair(self, in_flight, seconds, reload_first):
        """A round with a reload beside one without: their p99 in us, and how long the reload took."""
        self.file.prepare()
        quiet = None if reload_first else self.client.run(f"unary {in_flight} {seconds}")
        self.client.begin(f"unary {in_flight} {seconds}")
        took = self._reload()
        busy = self.client.answer(processes.PATIENCE + seconds)
        time.sleep(0.2)  # the old pin set is freed
        quiet = quiet or self.client.run(f"unary {in_flight} {seconds}")
        return busy["p99_us"], quiet["p99_us"], took


def pairs_of(case, in_flight, seconds, times):
    """This many pairs, or fewer where they take long."""
    found, until = [], time.monotonic() + LIMIT
    while len(found) < times and (len(found) < 3 or time.monotonic() < until):
        found.append(case.pair(in_flight, seconds, bool(len(found) % 2)))
    return found


def emit(case, in_flight, pairs):
    busy, quiet, took = zip(*pairs)
    what = f"{case.who} with {case.peers:,} peers, {in_flight} in flight"
    figures.emit("reload", f"{what}: p99 of calls", "while replaced", [one / other for one, other in zip(busy, quiet)], "x",
                 "<= 1.2", "quiet",
                 {"p99_us": statistics.median(busy), "quiet_p99_us": statistics.median(quiet)})
    figures.emit("reload", f"{what}: rename to in effect", "under calls", [1e3 * one for one in took], "ms")


def measure(site, quick):
    for who in ("client", "server"):
        for peers, times in [(1000, 7)] if quick else [(1000, 21), (100_000, 7)]:
            case = Case(site, who, peers)
            idle = case.quietly(3 if quick else 5)
            figures.emit("reload", f"{who} with {peers:,} peers: rename to in effect", "without calls",
                         [1e3 * one for one in idle], "ms")
            # The reload fills its round, but no round is too short for a p99.
            seconds = round(min(5.0, max(0.2, 1.2 * statistics.median(idle))), 2)
            for in_flight in (1, 16):
                emit(case, in_flight, pairs_of(case, in_flight, seconds, times))
            site.stop(case.client)
            site.stop(case.server)


if __name__ == "__main__":
    lab.main(measure)
