"""Tells a server whether this client would accept its next key, with gRPC's Python client and nothing of Pinion's.

adoption_client.py TARGET CA CERTIFICATE KEY PIN...
A PIN is that of a key that the server may have. Needs pinion/v1/*_pb2.py, from `protoc --python_out`. Runs until it is ended.
"""
import base64, hashlib, queue, secrets, sys

import grpc
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pinion.v1 import adoption_pb2, reason_pb2


def answer(candidate, pins):
    key = x509.load_der_x509_certificate(candidate.certificates[0]).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pin = "sha256/" + base64.b64encode(hashlib.sha256(spki).digest()).decode()
    reason = reason_pb2.ACCEPTED if pin in pins else reason_pb2.PIN_MISMATCH
    print(pin, reason_pb2.Reason.Name(reason), flush=True)
    return adoption_pb2.Answer(candidate_sha256=hashlib.sha256(b"".join(candidate.certificates)).digest(), reason=reason)


def main(target, *files_and_pins):
    ca, certificate, key = (open(file, "rb").read() for file in files_and_pins[:3])
    pins = files_and_pins[3:]
    own = adoption_pb2.Statement(process=secrets.token_hex(16))
    own.pin_set.version = 1
    own.pin_set.content_sha256 = hashlib.sha256(" ".join(pins).encode()).digest()
    statements = queue.Queue()
    statements.put(own.SerializeToString())
    with grpc.secure_channel(target, grpc.ssl_channel_credentials(ca, key, certificate)) as channel:
        exchange = channel.stream_stream("/pinion.v1.Adoption/Exchange", None, adoption_pb2.Statement.FromString)
        for heard in exchange(iter(statements.get, None)):
            del own.answers[:]
            own.answers.extend(answer(candidate, pins) for candidate in heard.candidates)
            statements.put(own.SerializeToString())


main(*sys.argv[1:])
