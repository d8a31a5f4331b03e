"""The processes of rotations.py: a server and the clients of three peers, with their keys and pin files."""
import base64
import json
import os
import random
import re
import signal
import subprocess
import time

PEERS = ["orders", "billing", "ledger"]
STUBBORN = "ledger"  # whose only process never gets the pin file of the first round
DRAIN_WINDOW = 1  # s
PATIENCE = 240  # s; for what must happen
REFUSED = re.compile(r"refused (a client|the server|\d+ more)")


class Wrong(Exception):
    pass


def until(what, condition):
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise Wrong(f"did not happen: {what}")
        time.sleep(0.05)
    return value


class Process:
    """One that is started again after each stop; its log is kept."""

    def __init__(self, folder, command):
        self.folder, self.command = folder, command
        self.running = None
        self.kills = 0

    def start(self):
        with open(self.folder / "err", "ab") as err, open(self.folder / "out", "wb") as out:
            self.running = subprocess.Popen(self.command, cwd=self.folder, stdout=out, stderr=err)

    def kill(self):
        self.running.kill()
        self.running.wait()
        self.kills += 1

    def stop(self):
        self.running.send_signal(signal.SIGTERM)
        self.running.wait(timeout=PATIENCE)

    def replace(self, name, text):
        (self.folder / "next").write_text(text)
        os.replace(self.folder / "next", self.folder / name)


class World:
    def __init__(self, folder, pinion, clients, seed):
        self.folder, self.pinion = folder, pinion
        self.random = random.Random(seed)
        self.version = 0
        self.run("pki", "init", "pki")
        self.key = self.issue("key-0", "--dns", "localhost")
        for peer in PEERS:
            self.issue(peer, "--uri", f"spiffe://test/{peer}")
        self.own = {peer: self.pin(peer) for peer in PEERS}
        self.server = Process(folder / "server", None)
        self.clients = [Process(folder / f"client-{i}", None) for i in range(clients)]
        pins = self.pin_file(self.pin(self.key), self.spare())
        self.make_server(pins)
        for number, client in enumerate(self.clients):
            self.make_client(client, STUBBORN if number == 0 else PEERS[number % 2], pins)

    def run(self, *arguments, code=0):
        done = subprocess.run([self.pinion, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        if code is not None and done.returncode != code:
            raise Wrong(f"pinion {' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def issue(self, name, *names):
        self.run("pki", "issue", "pki", name, *names)
        return name

    def pin(self, name):
        return self.run("pin", f"pki/{name}.pem").split()[0]

    def spare(self):
        return "sha256/" + base64.b64encode(self.random.randbytes(32)).decode()

    def pin_file(self, active, backup):
        """The next version of the pin file, with two pins of the server's."""
        self.version += 1
        server = [(active, "ACTIVE"), (backup, "BACKUP")]
        peers = [{"name": "server", "hosts": ["localhost"], "pins": [{"spki": pin, "state": state} for pin, state in server]}]
        for peer in PEERS:
            pins = [{"spki": self.own[peer], "state": "ACTIVE"}, {"spki": self.spare(), "state": "BACKUP"}]
            peers.append({"name": peer, "identities": [f"spiffe://test/{peer}"], "pins": pins})
        return json.dumps({"version": self.version, "peers": peers})

    def make_server(self, pins):
        self.server.folder.mkdir()
        self.give(self.key, "own")
        self.server.replace("pins.json", pins)
        self.configure([])
        self.server.command = [self.pinion, "serve", "--config", "server.json", "--address", "127.0.0.1:0"]
        self.server.start()
        out = self.server.folder / "out"
        port = until("the server's address", lambda: re.search(r"127\.0\.0\.1:(\d+)", out.read_text())).group(1)
        self.address = f"localhost:{port}"
        self.server.command[-1] = f"127.0.0.1:{port}"

    def configure(self, exclude):
        self.server.replace("server.json", json.dumps({
            "identity": {"certificate_file": "own.pem", "private_key_file": "own-key.pem"},
            "next_identity": {"certificate_file": "next-own.pem", "private_key_file": "next-own-key.pem"},
            "adoption": {"census_file": "census.json", "exclude": exclude},
            "trust": {"client_roots_file": "../pki/ca.pem"}, "pin_set": {"file": "pins.json"},
            "refresh_interval": "1s", "drain_window": f"{DRAIN_WINDOW}s",
            "server": {"unlisted_clients": "REFUSE", "authorization": "ALLOW_EVERY_AUTHENTICATED_PEER"}}))

    def make_client(self, client, peer, pins):
        client.folder.mkdir()
        client.replace("pins.json", pins)
        client.replace("client.json", json.dumps({
            "identity": {"certificate_file": f"../pki/{peer}.pem", "private_key_file": f"../pki/{peer}-key.pem"},
            "trust": {"server_roots_file": "../pki/ca.pem"}, "pin_set": {"file": "pins.json"},
            "refresh_interval": "1s", "drain_window": f"{DRAIN_WINDOW}s"}))
        client.command = [self.pinion, "call", "--config", "client.json", self.address, "--duration", "24h", "--rate", "4",
                          "--wait-for-ready", "--timeout", "30s", "-o", "json"]
        client.start()

    def give(self, key, name):
        """Gives the server a certificate and its key, in this order."""
        for ending in (".pem", "-key.pem"):
            self.server.replace(f"{name}{ending}", (self.folder / "pki" / f"{key}{ending}").read_text())

    def census(self):
        try:
            return json.loads((self.server.folder / "census.json").read_text())
        except FileNotFoundError:
            return {}

    def judge(self, client):
        """The calls of a client that was stopped."""
        report = json.loads((client.folder / "out").read_text())
        wrong = [one for one in report["failures"] if one["code"] != "UNAVAILABLE" or one.get("reason")]
        if wrong or (report["failed"] and self.server.kills == 0):
            raise Wrong(f"calls of {client.folder.name} failed: {report['failures']}")
        return report["ok"]

    def finish(self):
        """Ends all processes; returns the number of calls of those that ran to the end."""
        for process in self.clients:
            process.stop()
        calls = sum(self.judge(client) for client in self.clients)
        self.server.stop()
        for log in self.folder.glob("*/err"):
            refused = [line for line in log.read_text().splitlines() if REFUSED.search(line)]
            if refused:
                raise Wrong(f"{log.parent.name}: {len(refused)} refusals, the first: {refused[0]}")
        return calls

    def end(self):
        for process in [self.server, *self.clients]:
            if process.running is not None and process.running.poll() is None:
                process.running.kill()
                process.running.wait()

    def presents(self, key):
        return self.census().get("presented") == self.pins[key]
