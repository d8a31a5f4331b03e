"""Calls /pinion.v1.Echo/UnaryEcho once over mutual TLS, with gRPC's Python client and nothing of Pinion's.

python_client.py TARGET CA CERTIFICATE KEY MESSAGE
Prints what is echoed. When the call fails: its status code on stderr, and exit code 1.
"""
import sys

import grpc


def as_message(text):
    """EchoRequest and EchoResponse in protobuf's wire format: field 1, a string (shorter than 128 bytes)."""
    data = text.encode()
    return bytes([0x0A, len(data)]) + data


def as_text(message):
    assert message[0] == 0x0A and message[1] == len(message) - 2, message
    return message[2:].decode()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(target, ca, certificate, key, message):
    credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(certificate))
    with grpc.secure_channel(target, credentials) as channel:
        echo = channel.unary_unary("/pinion.v1.Echo/UnaryEcho", as_message, as_text)
        try:
            print(echo(message, timeout=10))
        except grpc.RpcError as error:
            print(error.code().name, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
