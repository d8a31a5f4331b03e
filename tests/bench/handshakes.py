"""Handshakes, one after the other, each with one call: Pinion beside gRPC's own mutual TLS and OpenSSL alone."""
import calls
import lab
import processes
import rounds

CREDENTIALS = "Pinion, credentials"
CHANNEL = "Pinion, CreateChannel"
LIMIT = "OpenSSL in memory"
GOALS = {"per_second": ">= 1.0", "cpu_us": "<= 1.03"}


def measure(site, quick):
    stock, pinned = site.server("stock"), site.server("pinion", "payments-rules.json")
    limit = site.start(processes.Speaker, "tls_limit", [lab.binary("tests/bench/load/tls_limit"), site.folder])
    ways = [rounds.Way(calls.STOCK, site.client("stock", stock.port), [stock]),
            rounds.Way(CREDENTIALS, site.client("credentials", pinned.port), [pinned]),
            rounds.Way(CHANNEL, site.client("pinion", pinned.port), [pinned]),
            rounds.Way(LIMIT, limit)]
    for title, command in (("a fresh channel each", "fresh"), ("one channel, reconnecting", "reconnect")):
        taken = rounds.take_turns(ways, command, *((0.2, 7) if quick else (0.3, 31)))
        for who in (CREDENTIALS, CHANNEL):
            rounds.emit_ratios("handshakes", title, "handshakes", who, calls.STOCK, taken, GOALS)
        rounds.emit_ratios("handshakes", title, "handshakes", LIMIT, calls.STOCK, taken)


if __name__ == "__main__":
    lab.main(measure)
