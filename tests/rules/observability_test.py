#!/usr/bin/env python3
"""docs/observability.md lists each metric, field and path that the code has, and no other."""
import pathlib
import re
import sys

PAGE = pathlib.Path("docs/observability.md").read_text()


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def in_first_cells(text):
    """What the first cells of the rows of a table name."""
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def compare(what, listed, existing, faults):
    faults.extend(f"{what}: {one} is not in docs/observability.md" for one in sorted(existing - listed))
    faults.extend(f"{what}: {one} does not exist" for one in sorted(listed - existing))


def main():
    faults = []
    metrics = "".join(file.read_text() for file in pathlib.Path("src/pinion/metrics").glob("*.cc"))
    compare("metric", in_first_cells(section("Metrics")), set(re.findall(r'"(pinion_[a-z_]+)"', metrics)), faults)
    labels = {name for row in re.findall(r"^\| `pinion_[a-z_]+` \| ([^|]*)\|", section("Metrics"), re.MULTILINE)
              for name in re.findall(r"`([a-z]+)`", row)}
    compare("label", labels, set(re.findall(r'\{"([a-z]+)", (?!&)', metrics)), faults)
    log = pathlib.Path("src/pinion/event_log.cc").read_text()
    fields = set(re.findall(r'"((?:pinion|event|tls|client|server|error)\.[a-z_.]+)"', log))
    fields |= set(re.findall(r'\\"(@timestamp|log\.level|event\.action|message)\\"', log))
    compare("field", in_first_cells(section("Logs")), fields, faults)
    actions = set(re.findall(r'"(handshake|shadow_handshake|reload|expiry|connection_closed|connection_drained|adoption|events_lost|audit_logger)"', log))
    row = next(line for line in section("Logs").splitlines() if line.startswith("| `event.action`"))
    compare("action", set(re.findall(r"`([a-z_]+)`", row)), actions, faults)
    server = pathlib.Path("src/pinion/admin/admin_server.cc").read_text()
    paths = set(re.findall(r'request\.path == "(/[a-z]*)"', server)) | {"/"}
    compare("path", in_first_cells(section("The admin endpoint")), paths, faults)
    print("\n".join(faults) or "ok")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
