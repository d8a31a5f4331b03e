"""Unary calls: Pinion beside gRPC without TLS and gRPC's own mutual TLS."""
import lab
import rounds

STOCK = "stock mutual TLS"
AGAIN = "stock, once more"
WITH_RULES = f"Pinion, {lab.RULES} rules"
ALLOW_ALL = "Pinion, allow-all"
NO_POLICY = "Pinion, no policy"
PER_CALL = "Pinion, credentials alone"

# As good as stock, but for what a measurement can tell apart.
AS_STOCK = {"per_second": ">= 0.98", "cpu_us": "<= 1.02", "p99_us": "<= 1.05"}
# No goal, but the same figures.
AS_ITSELF = {"p99_us": None}
COMPARISONS = [
    (WITH_RULES, STOCK, AS_STOCK),
    (ALLOW_ALL, STOCK, AS_STOCK),
    (NO_POLICY, STOCK, AS_STOCK),
    # The client's guard of each call, which CreateChannel does without.
    (PER_CALL, ALLOW_ALL, None),
    # What the policy costs.
    (WITH_RULES, NO_POLICY, AS_STOCK),
    ("no TLS", STOCK, None),
    # Other processes of the same programs: as far from 1 as this is, nothing can be told apart.
    (AGAIN, STOCK, AS_ITSELF),
]


def ways_in(site):
    plain, stock, again = site.server("insecure"), site.server("stock"), site.server("stock")
    ruled = site.server("pinion", "payments-rules.json")
    # A server of its own for each, since those that they are compared with have one.
    allowing, guarded, unasked = site.server("pinion"), site.server("pinion"), site.server("credentials")
    return [rounds.Way(name, site.client(kind, server.port), [server]) for name, kind, server in (
        ("no TLS", "insecure", plain), (STOCK, "stock", stock), (WITH_RULES, "pinion", ruled),
        (ALLOW_ALL, "pinion", allowing), (NO_POLICY, "pinion", unasked), (PER_CALL, "credentials", guarded),
        (AGAIN, "stock", again))]


def measure(site, quick):
    shapes = {f"unary {in_flight}": f"unary, {in_flight} in flight" for in_flight in (1, 16, 128)}
    found = rounds.gather(site, ways_in, shapes, *((0.1, 9) if quick else (0.2, 39)))
    for command, title in shapes.items():
        for who, baseline, goals in COMPARISONS:
            rounds.emit_ratios("calls", title, "calls", who, baseline, found[command], goals)


if __name__ == "__main__":
    lab.main(measure)
