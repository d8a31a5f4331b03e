"""A temporary PKI, configurations, and the clients and servers of tests/bench/load that use them."""
import json
import os
import signal
import subprocess
import sys
import tempfile

import processes

PAYMENTS = "spiffe://bench.test/payments"
ORDERS = "spiffe://bench.test/orders"
# Configurations of servers.
ALLOW_ALL = "payments-server.json"
WITH_RULES = "payments-rules.json"
RULES = 100
NO_DEADLOCK_SEARCH = {"PINION_BENCH_NO_DEADLOCK_SEARCH": "1"}
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARIES = os.environ.get("PINION_BENCH_BIN", os.path.join(REPOSITORY, "bazel-bin"))


def binary(path):
    return os.path.join(BINARIES, path)


def measured(program, *arguments):
    """The line of JSON that a program of the benchmark prints."""
    ran = subprocess.run([binary(program), *arguments], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise processes.Failed(f"{program} ended with {ran.returncode}\n{ran.stderr[-2000:]}")
    return json.loads(ran.stdout)


def write(path, text):
    """Writes the file atomically."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


class Lab:
    """A folder with everything. Processes that were started in it end with it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="pinion-bench-")
        self.folder = self._folder.name
        self._started = []

    def __enter__(self):
        script = os.path.join(REPOSITORY, "tools/bazel/make_test_pki.sh")
        subprocess.run(["bash", script, binary("tools/pinion/pinion"), self.folder, f"payments localhost {PAYMENTS}",
                        f"orders {ORDERS}"], check=True)
        self._write_policy()
        return self

    def __exit__(self, *_):
        self.stop_all()
        self._folder.cleanup()

    def stop_all(self):
        while self._started:
            self._started.pop().stop()

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def _write_policy(self):
        """The last of the rules allows the client."""
        rules = [{"name": f"rule-{i}",
                  "source": {"principals": [ORDERS if i == RULES else f"spiffe://bench.test/service-{i}"]},
                  "request": {"paths": ["/pinion.v1.Echo/*"]}} for i in range(1, RULES + 1)]
        write(self.path("policy.json"), json.dumps({"name": "bench", "allow_rules": rules}))
        config = json.loads(self.read(ALLOW_ALL))
        del config["server"]["authorization"]
        config["server"]["authorization_policy_file"] = "policy.json"
        write(self.path(WITH_RULES), json.dumps(config))

    def folder_of(self, name, config):
        """A copy of the configuration and all its files, which can then change alone; the configuration's path."""
        os.mkdir(self.path(name))
        for file in os.listdir(self.folder):
            if file.endswith((".pem", ".json")):
                write(self.path(f"{name}/{file}"), self.read(file))
        return self.path(f"{name}/{config}")

    def start(self, kind, *arguments, **options):
        process = kind(*arguments, folder=self.folder, **options)
        self._started.append(process)
        return process

    def stop(self, process):
        self.forget(process)
        process.stop()

    def forget(self, process):
        """Removes a process that ends before the laboratory."""
        self._started.remove(process)

    def server(self, kind, config=ALLOW_ALL, environment=None):
        command = [binary("tests/bench/load/server"), kind] + ([] if kind == "insecure" else [self.path(config)])
        return self.start(processes.Server, f"{kind} server", command, environment=environment)

    def client(self, kind, port, config="orders-client.json", environment=None):
        command = [binary("tests/bench/load/client"), kind, f"127.0.0.1:{port}"]
        return self.start(processes.Speaker, f"{kind} client",
                          command + ([] if kind == "insecure" else [self.path(config)]), environment=environment)


def main(part):
    """Runs part(lab, quick), as `PART.py [--quick]`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with Lab() as lab:
            part(lab, sys.argv[1:] == ["--quick"])
    except processes.Failed as failed:
        sys.exit(f"bench: {failed}")
