"""Bidirectional streams of 1 kB messages: Pinion beside gRPC's own mutual TLS."""
import calls
import lab
import rounds

# The number of streams, and how many messages each may be ahead of its echoes.
SHAPES = {"stream 1 0": "1 stream, one message at a time", "stream 16 0": "16 streams, one message at a time",
          "stream 1 16": "1 stream, 16 messages ahead"}


def ways_in(site):
    plain, stock = site.server("insecure"), site.server("stock")
    pinned = site.server("pinion", lab.WITH_RULES)
    return [rounds.Way("no TLS", site.client("insecure", plain.port), [plain]),
            rounds.Way(calls.STOCK, site.client("stock", stock.port), [stock]),
            rounds.Way(calls.WITH_RULES, site.client("pinion", pinned.port), [pinned])]


def measure(site, quick):
    found = rounds.gather(site, ways_in, SHAPES, *((0.1, 9) if quick else (0.2, 39)))
    for command, title in SHAPES.items():
        for who, goals in ((calls.WITH_RULES, calls.AS_STOCK), ("no TLS", None)):
            rounds.emit_ratios("streaming", title, "messages", who, calls.STOCK, found[command], goals)


if __name__ == "__main__":
    lab.main(measure)
