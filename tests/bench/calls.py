"""Unary calls: Pinion beside gRPC without TLS and gRPC's own mutual TLS."""
import lab
import rounds

STOCK = "stock mutual TLS"
WITH_RULES = f"Pinion, {lab.RULES} rules"
ALLOW_ALL = "Pinion, allow-all"
NO_POLICY = "Pinion, no policy"
PER_CALL = "Pinion, credentials alone"

# As good as stock, but for what a measurement can tell apart.
AS_STOCK = {"per_second": ">= 0.98", "cpu_us": "<= 1.02"}
COMPARISONS = [
    (WITH_RULES, STOCK, AS_STOCK),
    (ALLOW_ALL, STOCK, AS_STOCK),
    (NO_POLICY, STOCK, AS_STOCK),
    # The client's guard of each call, which CreateChannel does without.
    (PER_CALL, ALLOW_ALL, None),
    # What the policy costs.
    (WITH_RULES, NO_POLICY, AS_STOCK),
    ("no TLS", STOCK, None),
]


def ways_in(site):
    plain, stock = site.server("insecure"), site.server("stock")
    ruled = site.server("pinion", "payments-rules.json")
    allowing, unasked = site.server("pinion"), site.server("credentials")
    return [rounds.Way(name, site.client(kind, server.port), [server]) for name, kind, server in (
        ("no TLS", "insecure", plain), (STOCK, "stock", stock), (WITH_RULES, "pinion", ruled),
        (ALLOW_ALL, "pinion", allowing), (NO_POLICY, "pinion", unasked), (PER_CALL, "credentials", allowing))]


def measure(site, quick):
    ways = ways_in(site)
    for in_flight in (1, 16, 128):
        taken = rounds.take_turns(ways, f"unary {in_flight}", *((0.1, 7) if quick else (0.2, 41)))
        for who, baseline, goals in COMPARISONS:
            rounds.emit_ratios("calls", f"unary, {in_flight} in flight", "calls", who, baseline, taken, goals)


if __name__ == "__main__":
    lab.main(measure)
