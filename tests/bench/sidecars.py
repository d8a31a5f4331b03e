"""Unary calls: Pinion beside gRPC without TLS through pairs of proxies that speak mutual TLS to each other."""
import calls
import figures
import lab
import processes
import proxies
import rounds

GOALS = {1: ">= 1.2", 16: ">= 1.4", 128: ">= 1.0"}


def pair(site, service, name, configure):
    started, port = proxies.start(site, name, configure, service.port)
    way = rounds.Way(name, site.client("insecure", port), started + [service])
    way.round("unary 4 0.2")
    return way


def measure(site, quick):
    service, pinned = site.server("insecure"), site.server("pinion", lab.WITH_RULES)
    ways = [rounds.Way(calls.WITH_RULES, site.client("pinion", pinned.port), [pinned])]
    broken = []
    for name, program, package, _, configure in proxies.PAIRS:
        if not proxies.is_there(program):
            figures.skip("sidecars", name, f"{package} is not installed: tools/bench --peers")
            continue
        try:
            ways.append(pair(site, service, name, configure))
        except processes.Failed as failed:
            figures.skip("sidecars", name, f"failed: {str(failed).splitlines()[0]}")
            broken.append(str(failed))
    for in_flight in (1, 16, 128):
        taken = rounds.take_turns(ways, f"unary {in_flight}", *((0.1, 7) if quick else (0.2, 31)))
        for way in ways[1:]:
            rounds.emit_ratios("sidecars", f"unary, {in_flight} in flight", "calls", calls.WITH_RULES, way.name, taken,
                               {"per_second": GOALS[in_flight]})
    if broken:
        raise processes.Failed("\n".join(broken))


if __name__ == "__main__":
    lab.main(measure)
