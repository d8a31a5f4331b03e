"""A client that accepts every server: it verifies nothing, uses any TLS version or none, and resumes its TLS session.

lax_client.py HOST PORT [TIMES [PINS]]
"""
import socket
import ssl
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # old TLS is enabled on purpose
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def context():
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.TLSv1
    made.set_ciphers("ALL:@SECLEVEL=0")
    made.set_alpn_protocols(["h2"])
    return made


def ask(connection):
    connection.sendall(REQUEST)
    while connection.recv(4096):
        pass


def visit(host, port, tls, session):
    """Returns the TLS session to resume; None without TLS."""
    with socket.create_connection((host, port), 20) as bare:
        try:
            with tls.wrap_socket(bare, server_hostname=host, session=session) as connection:
                ask(connection)
                return connection.session
        except (ssl.SSLError, ConnectionError):
            pass
    with socket.create_connection((host, port), 20) as bare:
        ask(bare)


def main(host, port, times="1", pins=None):
    del pins  # ignored
    tls, session = context(), None
    for _ in range(int(times)):
        session = visit(host, int(port), tls, session)


main(*sys.argv[1:])
