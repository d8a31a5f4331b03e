"""From rounds to figures, and the form in which parts print them.

A figure is one JSON object a line on a part's standard output:

    part       "calls"
    what       what was measured: "unary, 16 in flight: calls/s"
    who        the variant that the figure is of: "Pinion, 100 rules"
    baseline   the variant that it is compared with, or null
    value      the median
    unit       "x" for ratios to the baseline, else "calls/s", "us", "ms", "failed", …
    quartiles  [first, third] of the rounds, or null
    interval   [low, high]: with 95 % confidence the true median is between them, or null (see `interval`)
    rounds     the number of rounds
    goal       ">= 1.2", "<= 1.03", or null
    detail     absolute figures behind the value, or null

or, where something could not be measured here, {"part", "who", "skipped": "why"}.
"""
import json
import math
import statistics

UNITS = ("x", "calls/s", "messages/s", "handshakes/s", "us", "kB", "ms", "ns", "failed", "instructions")


def quartiles(values):
    if len(values) < 2:
        return None
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return [first, third]


def interval(values):
    """The 95 % confidence interval of the median, from signs alone: no assumption about the noise's distribution.

    Each round is above or below the true median with equal probability, so the k-th lowest and k-th highest enclose it,
    except with twice the probability of fewer than k heads in as many throws as there are rounds.
    """
    count = len(values)
    ordered = sorted(values)
    chance, k = 0.0, 0
    while k < count // 2:
        chance += math.comb(count, k) / 2**count
        if chance > 0.025:
            break
        k += 1
    return [ordered[k - 1], ordered[count - k]] if k > 0 else None


def emit(part, what, who, values, unit, goal=None, baseline=None, detail=None):
    """Prints the figure of these rounds."""
    assert unit in UNITS, unit
    figure = {
        "part": part, "what": what, "who": who, "baseline": baseline, "value": statistics.median(values), "unit": unit,
        "quartiles": quartiles(values), "interval": interval(values), "rounds": len(values), "goal": goal,
        "detail": detail}
    print(json.dumps(figure), flush=True)


def skip(part, who, why):
    print(json.dumps({"part": part, "who": who, "skipped": why}), flush=True)


def verdict(figure):
    """"met" or "missed"; with "?" where the interval contains both. Empty without a goal."""
    if figure.get("goal") is None:
        return ""
    relation, bound = figure["goal"].split()
    meets = (lambda value: value >= float(bound)) if relation == ">=" else (lambda value: value <= float(bound))
    word = "met" if meets(figure["value"]) else "missed"
    sure = figure["interval"] is None or meets(figure["interval"][0]) == meets(figure["interval"][1])
    return word if sure else word + "?"
