"""Unary calls: Pinion beside gRPC without TLS and gRPC's own mutual TLS."""
import lab
import rounds

STOCK = "stock mutual TLS"
AGAIN = "stock, once more"
WITH_RULES = f"Pinion, {lab.RULES} rules"
ALLOW_ALL = "Pinion, allow-all"
UNSEARCHED = f"Pinion, {lab.RULES} rules, no search for deadlocks"
STOCK_UNSEARCHED = "stock, no search for deadlocks"
FILTER = "stock, with gRPC's authorization filter"
NO_POLICY = "Pinion, no policy"
PER_CALL = "Pinion, credentials alone"

# Equal to stock, within what a measurement can distinguish.
AS_STOCK = {"per_second": ">= 0.98", "cpu_us": "<= 1.02", "p99_us": "<= 1.05"}
# The same figures, without a goal.
AS_ITSELF = {"p99_us": None}
COMPARISONS = [
    (WITH_RULES, STOCK, AS_STOCK),
    (ALLOW_ALL, STOCK, AS_STOCK),
    (NO_POLICY, STOCK, AS_STOCK),
    # The client's check of each call, which CreateChannel does not need.
    (PER_CALL, ALLOW_ALL, None),
    # The cost of the rules for a server from Listen.
    (WITH_RULES, ALLOW_ALL, AS_STOCK),
    # The cost of a policy, gRPC's filter included.
    (WITH_RULES, NO_POLICY, AS_STOCK),
    # The share of gRPC's filter itself, with a policy engine that allows every call.
    (FILTER, STOCK, AS_ITSELF),
    # The cost of abseil's search for deadlocks at each lock, which is on by default in Debian's build.
    (UNSEARCHED, STOCK, AS_ITSELF),
    (UNSEARCHED, STOCK_UNSEARCHED, AS_STOCK),
    (STOCK_UNSEARCHED, STOCK, AS_ITSELF),
    ("no TLS", STOCK, None),
    # Other processes of the same programs: differences as small as this one are noise.
    (AGAIN, STOCK, AS_ITSELF),
]


# Name, kinds of client and server (tests/bench/load), the server's configuration, both sides' environment. Each has a
# server of its own, because the processes that it is compared with have one.
WAYS = [
    ("no TLS", "insecure", "insecure", None, None),
    (STOCK, "stock", "stock", lab.ALLOW_ALL, None),
    (WITH_RULES, "pinion", "pinion", lab.WITH_RULES, None),
    (ALLOW_ALL, "pinion", "pinion", lab.ALLOW_ALL, None),
    (NO_POLICY, "pinion", "credentials", lab.ALLOW_ALL, None),
    (PER_CALL, "credentials", "pinion", lab.ALLOW_ALL, None),
    (FILTER, "stock", "stock-filter", lab.ALLOW_ALL, None),
    (UNSEARCHED, "pinion", "pinion", lab.WITH_RULES, lab.NO_DEADLOCK_SEARCH),
    (STOCK_UNSEARCHED, "stock", "stock", lab.ALLOW_ALL, lab.NO_DEADLOCK_SEARCH),
    (AGAIN, "stock", "stock", lab.ALLOW_ALL, None),
]


def ways_in(site):
    ways = []
    for name, client, server, config, environment in WAYS:
        serving = site.server(server, config, environment)
        ways.append(rounds.Way(name, site.client(client, serving.port, environment=environment), [serving]))
    return ways


def measure(site, quick):
    shapes = {f"unary {in_flight}": f"unary, {in_flight} in flight" for in_flight in (1, 16, 128)}
    found = rounds.gather(site, ways_in, shapes, *((0.1, 9) if quick else (0.2, 45)))
    for command, title in shapes.items():
        for who, baseline, goals in COMPARISONS:
            rounds.emit_ratios("calls", title, "calls", who, baseline, found[command], goals)


if __name__ == "__main__":
    lab.main(measure)
