"""Bidirectional streams of 1 kB messages: Pinion beside gRPC's own mutual TLS."""
import calls
import lab
import rounds

# Streams, and messages that each may be ahead of its echoes.
SHAPES = [("1 stream, one message at a time", "stream 1 0"), ("16 streams, one message at a time", "stream 16 0"),
          ("1 stream, 16 messages ahead", "stream 1 16")]


def measure(site, quick):
    plain, stock = site.server("insecure"), site.server("stock")
    pinned = site.server("pinion", "payments-rules.json")
    ways = [rounds.Way("no TLS", site.client("insecure", plain.port), [plain]),
            rounds.Way(calls.STOCK, site.client("stock", stock.port), [stock]),
            rounds.Way(calls.WITH_RULES, site.client("pinion", pinned.port), [pinned])]
    for title, command in SHAPES:
        taken = rounds.take_turns(ways, command, *((0.1, 7) if quick else (0.2, 41)))
        rounds.emit_ratios("streaming", title, "messages", calls.WITH_RULES, calls.STOCK, taken, calls.AS_STOCK)
        rounds.emit_ratios("streaming", title, "messages", "no TLS", calls.STOCK, taken)


if __name__ == "__main__":
    lab.main(measure)
