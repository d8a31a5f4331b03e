#!/usr/bin/env python3
"""A server's key is rotated through the gate of its next identity, with real processes: one `pinion serve`, and `pinion
call` of three peers. Pin files reach each process at a moment of its own, and processes are killed and started again.

    rotations.py PINION [--rounds 1] [--clients 20] [--seconds 60] [--seed 1]

Each round rolls a pin file with the next key out over that many seconds. What must hold, whatever the order:
 - the server does not present the next key before every client has the pin file, and goes on to present it afterwards,
   also when it is started again with the identity before
 - no connection is refused on either side, and no call fails except for those that a killed server had under way
In the first round the only process of the third peer never gets the file; the server waits until that peer is excluded.
"""
import argparse
import base64
import datetime
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

PEERS = ["orders", "billing", "ledger"]
STUBBORN = "ledger"  # whose only process never gets the pin file of the first round
DRAIN_WINDOW = 1  # s
HELD_FOR = 12  # s; more than the gate waits where no process blocks
PATIENCE = 90  # s; for what must happen
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


class Round:
    def __init__(self, world, number, seconds):
        self.world, self.seconds = world, seconds
        self.next = world.issue(f"key-{number + 1}", "--dns", "localhost")
        world.pins = {key: world.pin(key) for key in (world.key, self.next)}
        self.has_pins = set()
        self.is_switched = False

    def look(self):
        """Compares what the server presents with what it may and must present."""
        if self.world.presents(self.next):
            missing = [client.folder.name for client in self.world.clients if client not in self.has_pins]
            if missing:
                raise Wrong(f"the server presents the next key, and {', '.join(missing)} would refuse it")
            self.is_switched = True
        elif self.is_switched and self.world.presents(self.world.key):
            raise Wrong("the server presents the key before again")

    def wait(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.look()
            time.sleep(0.02)

    def crash(self):
        """Kills the server, or a client, or none, and starts it again."""
        world = self.world
        victim = world.random.choice([world.server, None, None] + world.random.sample(world.clients, 2))
        if victim is None:
            return
        victim.kill()
        self.wait(world.random.uniform(0, 1))
        victim.start()

    def roll_out(self, targets, deliver):
        moments = sorted((self.world.random.uniform(0, self.seconds), number) for number in range(len(targets)))
        crashes = sorted(self.world.random.uniform(0, self.seconds) for _ in range(2))
        begin = time.monotonic()
        for moment, number in moments:
            while crashes and crashes[0] < moment:
                crashes.pop(0)
                self.crash()
            self.wait(begin + moment - time.monotonic())
            deliver(targets[number])

    def deliver_next(self, target):
        if target in self.world.clients:
            self.has_pins.add(target)
        target.replace("pins.json", self.text)

    def rotate(self, stubborn):
        world = self.world
        world.give(self.next, "next-own")
        self.text = world.pin_file(world.pins[world.key], world.pins[self.next])
        targets = [process for process in [world.server, *world.clients] if process is not stubborn]
        self.roll_out(targets, self.deliver_next)
        if stubborn is not None:
            self.hold(stubborn)
        until("the switch to the next key", lambda: self.look() or self.is_switched)
        if world.random.random() < 0.5:
            world.server.kill()
            world.server.start()
        self.complete()

    def hold(self, stubborn):
        """The server waits for one process, and no longer when it is excluded."""
        world = self.world
        until("a census that names the process", self.waits_for_one)
        self.wait(HELD_FOR)
        if self.is_switched:
            raise Wrong(f"the server did not wait for {stubborn.folder.name}")
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        world.configure([{"peer": STUBBORN, "until": soon.strftime("%Y-%m-%dT%H:%M:%SZ"), "why": "it is shut down"}])
        world.server.kill()
        stubborn.stop()
        world.judge(stubborn)
        world.clients.remove(stubborn)
        world.server.start()

    def waits_for_one(self):
        found = json.loads(self.world.run("census", "server/census.json", "-o", "json", code=None))
        behind = [one for one in found["identities"] if one["state"] in ("BEHIND", "SILENT", "GONE")]
        return found["blocking"] == 1 and [one["name"] for one in behind] == [STUBBORN]

    def complete(self):
        """What the operator does after the switch, at any time: the key becomes that of `identity`, and its pin ACTIVE."""
        world = self.world
        world.give(self.next, "own")
        for ending in (".pem", "-key.pem"):
            os.remove(world.server.folder / f"next-own{ending}")
        self.text = world.pin_file(world.pins[self.next], world.spare())
        self.roll_out([world.server, *world.clients], self.deliver_next)
        world.key = self.next


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pinion", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.environ["GRPC_VERBOSITY"] = "NONE"
    with tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR")) as folder:
        world = World(pathlib.Path(folder), arguments.pinion.absolute(), arguments.clients, arguments.seed)
        number = 0
        try:
            for number in range(arguments.rounds):
                Round(world, number, arguments.seconds).rotate(world.clients[0] if number == 0 else None)
            calls = world.finish()
        except (Wrong, subprocess.TimeoutExpired) as wrong:
            log = (world.server.folder / "err").read_text().splitlines()
            print(f"round {number} with --seed {arguments.seed}: {wrong}", *log[-20:], sep="\n", file=sys.stderr)
            return 1
        finally:
            world.end()
    print(f"{arguments.rounds} rotations through the gate: {calls} calls, 0 refused; the server was killed "
          f"{world.server.kills} times, clients {sum(client.kills for client in world.clients)} times")
    return 0


if __name__ == "__main__":
    sys.exit(main())
