"""Handshakes, one after the other, each with one call: Pinion beside gRPC's own mutual TLS and OpenSSL alone."""
import calls
import lab
import processes
import rounds

CREDENTIALS = "Pinion, credentials"
CHANNEL = "Pinion, CreateChannel"
LIMIT = "OpenSSL in memory"
GOALS = {"per_second": ">= 1.0", "cpu_us": "<= 1.03"}


SHAPES = {"fresh": "a fresh channel each", "reconnect": "one channel, reconnecting"}


def ways_in(site):
    stock, pinned = site.server("stock"), site.server("pinion", lab.WITH_RULES)
    limit = site.start(processes.Speaker, "tls_limit", [lab.binary("tests/bench/load/tls_limit"), site.folder])
    return [rounds.Way(calls.STOCK, site.client("stock", stock.port), [stock]),
            rounds.Way(CREDENTIALS, site.client("credentials", pinned.port), [pinned]),
            rounds.Way(CHANNEL, site.client("pinion", pinned.port), [pinned]), rounds.Way(LIMIT, limit)]


def measure(site, quick):
    found = rounds.gather(site, ways_in, SHAPES, *((0.2, 9) if quick else (0.3, 30)))
    for command, title in SHAPES.items():
        for who, goals in ((CREDENTIALS, GOALS), (CHANNEL, GOALS), (LIMIT, None)):
            rounds.emit_ratios("handshakes", title, "handshakes", who, calls.STOCK, found[command], goals)


if __name__ == "__main__":
    lab.main(measure)
