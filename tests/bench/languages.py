"""Calls a second by pinned clients in other languages, to the same server as Pinion's own client."""
import os
import shutil
import subprocess

import calls
import figures
import lab
import processes
import rounds

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
OTHER_PIN = "sha256/" + "A" * 43 + "="


def succeeds(*command, **options):
    return subprocess.run(command, capture_output=True, check=False, timeout=240, **options).returncode == 0


def go_client(site):
    """The command; or the reason why there is none."""
    if shutil.which("go") is None or not os.path.isdir("/usr/share/gocode/src/google.golang.org/grpc"):
        return None, "golang-go and golang-google-grpc-dev are not installed"
    built = subprocess.run(["go", "build", "-o", site.path("go-client"), os.path.join(HERE, "languages/client.go")],
                           env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}, capture_output=True,
                           text=True, check=False, timeout=240)
    if built.returncode != 0:
        raise processes.Failed(f"go build: {built.stderr}")
    return [site.path("go-client")], None


def node_client(_):
    modules = os.path.join(lab.REPOSITORY, "build/bench/node_modules")
    if shutil.which("node") is None or not os.path.isdir(os.path.join(modules, "@grpc/grpc-js")):
        return None, "nodejs and @grpc/grpc-js are not installed"
    return ["env", f"NODE_PATH={modules}", "node", os.path.join(HERE, "languages/client.cjs")], None


def python_client(_):
    if not succeeds(PYTHON, "-c", "import grpc.aio"):
        return None, "python3-grpcio is not installed"
    return [PYTHON, os.path.join(HERE, "languages/client.py")], None


# Name, the function that makes its command, and whether it pins.
LANGUAGES = [("grpc-go", go_client, True), ("grpc-js", node_client, True),
             ("grpcio, which cannot pin", python_client, False)]


def must_refuse(site, name, command):
    """Checks that the client refuses another pin: a client that accepts any key would do less work than it must."""
    client = site.start(processes.Speaker, name, command)
    try:
        client.run("unary 1 0.1")
    except processes.Failed:
        site.stop(client)
        return
    raise client.failed("it calls a server whose key it does not pin")


def measure(site, quick):
    server = site.server("pinion", lab.WITH_RULES)
    pin = subprocess.run([lab.binary("tools/pinion/pinion"), "pin", site.path("payments.pem")], capture_output=True,
                         text=True, check=True).stdout.split()[0]
    ways = [rounds.Way("Pinion, C++", site.client("pinion", server.port), [server]),
            rounds.Way(calls.STOCK + ", C++", site.client("stock", server.port), [server])]
    for name, make, pins in LANGUAGES:
        command, why = make(site)
        if command is None:
            figures.skip("languages", name, f"{why}: tools/bench --peers")
            continue
        command += [f"127.0.0.1:{server.port}", site.folder]
        if pins:
            must_refuse(site, name, command + [OTHER_PIN])
        ways.append(rounds.Way(name, site.start(processes.Speaker, name, command + [pin]), [server]))
    for way in ways:
        way.round("unary 16 1.0")  # JIT compilers have compiled everything then
    for in_flight in (1, 16, 128):
        taken = rounds.take_turns(ways, f"unary {in_flight}", *((0.2, 5) if quick else (0.3, 15)))
        for way in ways:
            figures.emit("languages", f"unary, {in_flight} in flight", way.name,
                         [one["per_second"] for one in taken[way.name]], "calls/s",
                         detail={"own": rounds.medians(taken[way.name])})


if __name__ == "__main__":
    lab.main(measure)
