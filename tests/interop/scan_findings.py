"""What a server's TLS offers beyond what it should: one line for each finding, none when all is well.

usage: scan_findings.py FILE PORT: FILE is the output of sslscan --xml for the server at 127.0.0.1:PORT. This script
tests compression itself, since Debian's sslscan cannot.
"""

import os
import re
import socket
import struct
import sys
import xml.etree.ElementTree

# All of 1.3 is AEAD with an ephemeral key, but for the CCM-8 suite's short tag (RFC 8446 §9.1, B.4).
AEAD_AND_EPHEMERAL = {
    "TLSv1.2": r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305)",
    "TLSv1.3": r"TLS_(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)",
}
LEAST_BITS = 112  # of a group, as security: NIST SP 800-57


def of_scan(scan):
    for protocol in scan.iter("protocol"):
        name = protocol.get("type") + protocol.get("version")
        if (name in ("tls1.2", "tls1.3")) != (protocol.get("enabled") == "1"):
            yield f"{name}: enabled={protocol.get('enabled')}"
    for cipher in scan.iter("cipher"):
        wanted = AEAD_AND_EPHEMERAL.get(cipher.get("sslversion"), "nothing")
        if not re.fullmatch(wanted, cipher.get("cipher")):
            yield f"suite: {cipher.get('sslversion')} {cipher.get('cipher')}"
    for group in scan.iter("group"):
        if int(group.get("bits")) < LEAST_BITS:
            yield f"group: {group.get('name')}"
    for test in scan.iter("renegotiation"):
        if test.get("supported") != "0":
            yield "renegotiation"
    for test in scan.iter("heartbleed"):
        if test.get("vulnerable") != "0":
            yield f"heartbleed: {test.get('sslversion')}"
    # A scan that did not get through to the server would find nothing.
    for version in AEAD_AND_EPHEMERAL:
        for kind in ("cipher", "group", "heartbleed"):
            if scan.find(f".//{kind}[@sslversion='{version}']") is None:
                yield f"no {kind} of {version} was found: was the server there?"
    if scan.find(".//renegotiation") is None:
        yield "renegotiation was not tried"


def client_hello():
    """Of TLS 1.2, with DEFLATE (RFC 3749) before no compression."""
    suites = struct.pack("!4H", 0xC02B, 0xC02C, 0xC02F, 0xC030)
    extensions = b"".join(
        struct.pack("!HH", kind, len(body)) + body
        for kind, body in {
            10: struct.pack("!3H", 4, 23, 29),  # groups: P-256, X25519
            11: b"\1\0",  # points: uncompressed
            13: struct.pack("!4H", 6, 0x0403, 0x0804, 0x0401),  # ECDSA, RSA-PSS, RSA, each with SHA-256
            16: b"\0\3\2h2",  # ALPN
        }.items()
    )
    body = b"\3\3" + os.urandom(32) + b"\0" + struct.pack("!H", len(suites)) + suites
    body += b"\2\1\0" + struct.pack("!H", len(extensions)) + extensions
    handshake = b"\1" + struct.pack("!I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack("!H", len(handshake)) + handshake


def of_compression(port):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(client_hello())
        server = connection.makefile("rb")
        kind, _, _ = struct.unpack("!BHH", server.read(5))
        hello = server.read(39)  # type, length, version, random, length of the session's id
        if kind != 22 or hello[0] != 2:
            yield "compression was not tried: no ServerHello"
            return
        server.read(hello[38] + 2)  # the session's id, the suite
        if server.read(1) != b"\0":
            yield "compression"


def main():
    scan = xml.etree.ElementTree.parse(sys.argv[1]).getroot()
    for finding in [*of_scan(scan), *of_compression(int(sys.argv[2]))]:
        print(finding)


if __name__ == "__main__":
    main()
