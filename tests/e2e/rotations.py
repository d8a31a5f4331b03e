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
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from rotation_world import STUBBORN, World, Wrong, until

HELD_FOR = 12  # s; more than the gate waits where no process blocks


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
        printed = self.world.run("census", "server/census.json", "-o", "json", code=None)
        if not printed:  # a server that has just started has not asked yet
            return False
        found = json.loads(printed)
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
