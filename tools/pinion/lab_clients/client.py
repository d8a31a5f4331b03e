"""Calls the laboratory's echo service with gRPC's own Python client: python3 client.py HOST:PORT [MESSAGE]

It checks the certificate's chain and name, as every TLS client does. gRPC for Python does not support pins, so it also
calls the impostor.
"""
import os
import sys

import grpc

FOLDER = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with open(os.path.join(FOLDER, "pki", name), "rb") as file:
        return file.read()


def as_message(text):
    """EchoRequest in protobuf's wire format: field 1, a string shorter than 128 bytes."""
    data = text.encode()
    return bytes([0x0A, len(data)]) + data


def main(target, message="hello"):
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("orders-key.pem"), read("orders.pem"))
    options = [("grpc.enable_http_proxy", 0)]
    with grpc.secure_channel(target, credentials, options) as channel:
        echo = channel.unary_unary("/pinion.v1.Echo/UnaryEcho", as_message, lambda data: data[2:].decode())
        try:
            print(echo(message, timeout=10))
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
