"""The load client (tests/bench/load/client.cc) on gRPC's own Python client: client.py TARGET FOLDER. Only "unary".

gRPC for Python does not support pins: it checks the certificate's chain and name.
"""
import asyncio
import json
import os
import sys
import time

import grpc

PAYLOAD = b"\x0a\x05hello"  # EchoRequest in protobuf's wire format


def read(name):
    with open(os.path.join(sys.argv[2], name), "rb") as file:
        return file.read()


async def unary(echo, in_flight, seconds):
    latencies, begin = [], time.monotonic()

    async def call_on():
        while time.monotonic() - begin < seconds:
            begun = time.monotonic()
            if await echo(PAYLOAD) != PAYLOAD:
                raise ValueError("a call returned another message")
            latencies.append(time.monotonic() - begun)

    await asyncio.gather(*(call_on() for _ in range(in_flight)))
    took = time.monotonic() - begin
    latencies.sort()
    at = lambda quantile: latencies[int(quantile * (len(latencies) - 1))] * 1e6
    return {"done": len(latencies), "failed": 0, "seconds": took, "p50_us": at(0.5), "p99_us": at(0.99)}


async def main():
    credentials = grpc.ssl_channel_credentials(read("ca.pem"), read("orders-key.pem"), read("orders.pem"))
    options = [("grpc.enable_http_proxy", 0), ("grpc.ssl_target_name_override", "localhost")]
    async with grpc.aio.secure_channel(sys.argv[1], credentials, options) as channel:
        echo = channel.unary_unary("/pinion.v1.Echo/UnaryEcho")
        for line in sys.stdin:
            _, in_flight, seconds = line.split()
            print(json.dumps(await unary(echo, int(in_flight), float(seconds))), flush=True)


asyncio.run(main())
