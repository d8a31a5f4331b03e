#!/usr/bin/env python3
"""Checks the rooms of src/pinion/: each uses only rooms that stand before it, is small, includes what it may,
and has no process-wide state but that of the registry."""
import collections
import pathlib
import re
import sys

# From the bottom up: a room uses those before it.
ROOMS = """base json x509/encoding x509 x509/path x509/pki fleet pin identity telemetry source authorization/audit authorization
    handshake transport transport/grpc transport/debian_1_51 transport/modern transport/authorization etcd recording connection options
    loading workload census adoption client server/admission server . metrics admin echo testing""".split()
MOST_LINES = 1800
# Headers, and the only places that may include them.
ONLY_IN = {
    # gRPC's core, and what is experimental in its C++ interface.
    re.compile(
        r"grpc/|src/core/|grpcpp/(ext/channelz|.*experimental)"
        r"|grpcpp/security/(auth_metadata_processor|authorization_policy|tls_)"
    ): ("src/pinion/transport/",),
    # Of its public types, the rooms use those of the interface that they implement, pinion/workload.h. etcd is called.
    re.compile(r"grpcpp/"): (
        "src/include/",
        "src/pinion/transport/",
        "src/pinion/etcd/",
        "src/pinion/testing/",
        "src/pinion/echo/",
        "tools/",
    ),
    re.compile(r"openssl/"): ("src/pinion/x509/", "tools/pinion/drill/", "tools/pinion/probe/"),
}
# What names something experimental or internal of gRPC, whatever header it came from.
GRPC_INTERNALS = re.compile(r"grpc::experimental|grpc_core::|\.experimental\(\)|->experimental\(\)")
# A variable of static storage that can change, and the only one. A pointer to a constant object is no such variable.
STATIC = re.compile(
    r"^(?: *static (?!const\b|constexpr\b)[\w:<>,*& ]+ \w+(?: = |;|\{)|(?:inline )?(?:std::atomic|Mutex)\b.*[;}])", re.MULTILINE
)
PROCESS_WIDE = re.compile(r"ProcessWide<(\w+)>")
REGISTRY = pathlib.Path("src/pinion/base/process_wide.h")
DESIGN = pathlib.Path("docs/design.md")
INCLUDE = re.compile(r'^#include [<"](.+)[>"]', re.MULTILINE)
SOURCES = pathlib.Path("src/pinion")
# What applications and their tests include: no room of ours, and of gRPC its public types.
PUBLIC = pathlib.Path("src/include/pinion")


def main():
    faults = []
    lines = collections.Counter()
    states = set()
    found = [file for top in (SOURCES, PUBLIC, pathlib.Path("tools/pinion")) for file in top.rglob("*")]
    files = sorted(file for file in found if file.suffix in (".h", ".cc"))
    for file in files:
        text = file.read_text()
        room = str(file.parent.relative_to(SOURCES)) if SOURCES in file.parents else None
        lines[room] += text.count("\n")
        if room is not None and room not in ROOMS:
            faults.append(f"{file}: the room {room} has no place in the order of {__file__}")
            continue
        for header in INCLUDE.findall(text):
            used = str(pathlib.PurePath(header).parent.relative_to("pinion")) if header.startswith("pinion/") else None
            is_public = used is not None and (PUBLIC.parent / header).exists()
            if room is not None and header.startswith("tools/"):
                faults.append(f"{file}: includes {header}, which is the tool's")
            elif used is not None and used.startswith("transport/") and not (room or "").startswith("transport"):
                faults.append(f"{file}: includes {header}, of one version of gRPC; src/pinion/transport/ has what it may")
            elif used == "." and not is_public:
                faults.append(f"{file}: includes {header}, which is not in {PUBLIC}")
            elif room is not None and used != "." and used in ROOMS and ROOMS.index(used) > ROOMS.index(room):
                faults.append(f"{file}: includes {header}, whose room stands after {room}")
            elif PUBLIC in file.parents and used in ROOMS and not is_public:
                faults.append(f"{file}: includes {header}, which applications must not need")
            for headers, places in ONLY_IN.items():
                if headers.match(header) and not str(file).startswith(places):
                    faults.append(f"{file}: includes {header}, which only {' and '.join(places)} may")
        if GRPC_INTERNALS.search(text) and not str(file).startswith("src/pinion/transport/"):
            faults.append(f"{file}: names gRPC's internals, which only src/pinion/transport/ may")
        if SOURCES in file.parents and file != REGISTRY:
            states.update(PROCESS_WIDE.findall(text))
            faults += [f"{file}: `{found.group().strip()}` is process-wide; use {REGISTRY}" for found in STATIC.finditer(text)]
    documented = set(re.findall(r"^\| `(\w+)` in `[\w/.]+` \|", DESIGN.read_text(), re.MULTILINE))
    for state in sorted(states ^ documented):
        faults.append(f"{DESIGN}: its list of process-wide state and the uses of ProcessWide differ in {state}")
    for room in ROOMS:
        if not lines[room]:
            faults.append(f"{SOURCES / room}: has no sources")
        if lines[room] > MOST_LINES:
            faults.append(f"{SOURCES / room}: {lines[room]} lines, of at most {MOST_LINES}; split it")
    print("\n".join(faults) if faults else f"{len(files)} files in {len(ROOMS)} rooms")
    return 1 if faults else 0


sys.exit(main())
