"""Handshakes while a server's certificate and key are replaced, by Pinion and by gRPC's own file watcher.

Each replacement arrives in pieces: half of the certificate, the rest of it 0.3 s later, its key 1.5 s after that. In the
meantime a client of gRPC's own mutual TLS opens channel after channel.
"""
import socket
import ssl
import time

import figures
import lab
import processes

SECONDS = 4.5  # of handshakes around each replacement


def served(site, port):
    """The certificate that the server presents in a new handshake; DER."""
    context = ssl.create_default_context(cafile=site.path("ca.pem"))
    context.load_cert_chain(site.path("orders.pem"), site.path("orders-key.pem"))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        with context.wrap_socket(connection, server_hostname="localhost") as tls:
            return tls.getpeercert(True)


class Party:
    """A server with files of its own, and the client that calls it."""

    def __init__(self, site, name, kind):
        self.site, self.name, self.folder = site, name, kind
        self.config = site.folder_of(kind, lab.ALLOW_ALL)
        self.server = site.server(kind, self.config)
        self.client = site.client("stock", self.server.port)
        self.done = self.failed = self.replaced = 0

    def _write(self, file, text):
        lab.write(self.site.path(f"{self.folder}/{file}"), text)

    def replace(self):
        """Replaces them once, during handshakes."""
        self.replaced += 1
        party = "payments-backup" if self.replaced % 2 else "payments"
        certificate, key = self.site.read(f"{party}.pem"), self.site.read(f"{party}-key.pem")
        self.client.begin(f"try {SECONDS}")
        self._write("payments.pem", certificate[:len(certificate) // 2])
        time.sleep(0.3)
        self._write("payments.pem", certificate)
        time.sleep(1.5)
        self._write("payments-key.pem", key)
        answer = self.client.answer(processes.PATIENCE + SECONDS)
        self.done += answer["done"]
        self.failed += answer["failed"]
        if served(self.site, self.server.port) != ssl.PEM_cert_to_DER_cert(certificate):
            raise self.server.failed("it does not serve its new certificate")

    def emit(self, goal):
        figures.emit("own-certificate", "failed handshakes while it is replaced in pieces", self.name, [self.failed],
                     "failed", goal, detail={"handshakes": self.done, "replaced": self.replaced})


def measure(site, quick):
    parties = [Party(site, "Pinion", "pinion"), Party(site, "gRPC's file watcher", "stock-watching")]
    for _ in range(1 if quick else 6):
        for party in parties:
            party.replace()
    parties[0].emit("<= 0")
    parties[1].emit(None)


if __name__ == "__main__":
    lab.main(measure)
