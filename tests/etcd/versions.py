#!/usr/bin/env python3
"""Publishes many versions of pins.json to etcd, without `pinion publish`, while processes apply them.

    versions.py PINION CONFIG [--processes 8] [--spaced 200] [--at-once 1000]

First one after the other: each is published when all processes have the one before in effect. Then as fast as etcd
takes them. Every process must end with the last version, and none may report an error. Prints how long it took from
etcd's answer to the writer until a process reported the version as in effect.
"""
import argparse
import base64
import json
import pathlib
import re
import subprocess
import sys
import threading
import time

import grpc
from cryptography.hazmat.primitives import serialization

PATIENCE = 60  # s


def field(number, data):
    size, length = len(data), b""
    while size >= 128:
        length, size = length + bytes([size % 128 + 128]), size // 128
    return bytes([number * 8 + 2]) + length + bytes([size]) + data


class Publisher:
    """Signs as `pinion sign` does, and writes as its `publish` would."""

    def __init__(self, config):
        etcd = json.loads(pathlib.Path(config).read_text())["pin_set"]["etcd"]
        read = lambda name: pathlib.Path(name).read_bytes()
        credentials = grpc.ssl_channel_credentials(
            read("etcd-pki/ca.pem"), read("etcd-pki/operator-key.pem"), read("etcd-pki/operator.pem")
        )
        self.put = grpc.secure_channel(etcd["endpoints"][0], credentials).unary_unary("/etcdserverpb.KV/Put")
        self.etcd_key = etcd["key"].encode()
        self.key = serialization.load_pem_private_key(read("publisher-key.pem"), None)
        self.signer = json.loads(read("pins.json.sig"))["signatures"][0]["key"]
        self.trust = read("trust.json"), read("trust.json.sig")
        self.text = read("pins.json").decode()

    def publish(self, version):
        text = re.sub(r'"version": \d+', f'"version": {version}', self.text, count=1).encode()
        signature = base64.b64encode(self.key.sign(b"pinion.v1.PinSet\nprod\n1\n" + text)).decode()
        signatures = json.dumps({"signatures": [{"key": self.signer, "signature": signature}]}).encode()
        files = (text, signatures) + self.trust
        value = b"".join(field(number, data) for number, data in enumerate(files, 1))
        self.put(field(1, self.etcd_key) + field(2, value), timeout=PATIENCE)
        return time.monotonic()


class Process:
    def __init__(self, pinion, config, number):
        self.status_file = pathlib.Path(f"status-{number}.json")
        self.popen = subprocess.Popen(
            [pinion, "serve", "--config", config, "--address", "127.0.0.1:0", "--status-file", self.status_file],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not self.popen.stdout.readline().startswith("listening"):
            sys.exit(self.popen.stderr.read())
        self.changed = threading.Condition()
        self.adopted = 0  # versions
        self.adopted_at = 0
        self.errors = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.popen.stderr:
            with self.changed:
                if "in effect: pin_set, generation" in line:
                    self.adopted, self.adopted_at = self.adopted + 1, time.monotonic()
                elif "keeping the last good" in line:
                    self.errors.append(line)
                self.changed.notify_all()

    def await_adoptions(self, count):
        with self.changed:
            if not self.changed.wait_for(lambda: self.adopted >= count, PATIENCE):
                sys.exit(f"adopted {self.adopted} versions instead of {count}; {self.errors}")
            return self.adopted_at

    def version(self):
        try:
            return int(json.loads(self.status_file.read_text())["pin_set_version"])
        except (OSError, ValueError):
            return 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pinion")
    parser.add_argument("config")
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--spaced", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=1000)
    arguments = parser.parse_args()
    publisher = Publisher(arguments.config)
    processes = [Process(arguments.pinion, arguments.config, number) for number in range(arguments.processes)]
    try:
        delays = []
        for count in range(1, arguments.spaced + 1):
            published = publisher.publish(1 + count)
            delays += [process.await_adoptions(count) - published for process in processes]
        last = 1 + arguments.spaced + arguments.at_once
        for version in range(2 + arguments.spaced, last + 1):
            publisher.publish(version)
        end = time.monotonic() + PATIENCE
        while any(process.version() != last for process in processes):
            if time.monotonic() > end:
                sys.exit(f"not all have version {last}: {[process.version() for process in processes]}")
            time.sleep(0.1)
        errors = [line for process in processes for line in process.errors]
        if errors:
            sys.exit("".join(errors))
    finally:
        for process in processes:
            process.popen.kill()
            process.popen.wait()
    delays.sort()
    p50, p99 = (1000 * delays[int(len(delays) * share)] for share in (0.5, 0.99))
    print(f"{arguments.spaced} versions, one at a time, to {arguments.processes} processes: "
          f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, max {1000 * delays[-1]:.1f} ms; "
          f"then {arguments.at_once} at once: all have the last")


main()
