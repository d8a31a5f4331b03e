"""Pairs of proxies with mutual TLS between them, as their users would configure them.

The client's proxy accepts gRPC without TLS on one port, and the server's proxy forwards it to a server without TLS.
Both verify the other's certificate; stunnel pins it. As with Pinion, they log no calls.
"""
import os
import shutil

import lab
import processes

# With the defaults, proxies end connections, and requests on them, for reasons of their own, which loses calls.
MANY = 1_000_000_000


def nginx(near, far, service):
    user = "user root;" if os.geteuid() == 0 else ""
    temporary = " ".join(f"{kind}_temp_path nginx-{{0}};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    frame = user + """ daemon off; pid nginx-{0}.pid; worker_processes auto; error_log stderr error;
events {{ worker_connections 1024; }}
http {{ access_log off; """ + temporary + """
  upstream next {{ server 127.0.0.1:{1}; keepalive 128; keepalive_requests %d; }}
  server {{ keepalive_requests %d; {2} }} }}
""" % (MANY, MANY)
    client_side = f"""listen 127.0.0.1:{near} http2; location / {{ grpc_pass grpcs://next;
  grpc_ssl_certificate orders.pem; grpc_ssl_certificate_key orders-key.pem; grpc_ssl_trusted_certificate ca.pem;
  grpc_ssl_verify on; grpc_ssl_name localhost; grpc_ssl_server_name on; grpc_ssl_protocols TLSv1.3; }}"""
    server_side = f"""listen 127.0.0.1:{far} ssl http2; ssl_certificate payments.pem; ssl_certificate_key payments-key.pem;
  ssl_client_certificate ca.pem; ssl_verify_client on; ssl_protocols TLSv1.3; location / {{ grpc_pass grpc://next; }}"""
    files = {"nginx-client.conf": frame.format("client", far, client_side),
             "nginx-server.conf": frame.format("server", service, server_side)}
    return files, [["nginx", "-p", ".", "-e", "stderr", "-c", name] for name in files]


def _haproxy(mode, near, far, service):
    frame = """defaults
  mode {0}
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend in
  bind 127.0.0.1:{1}
  default_backend out
backend out
  server next 127.0.0.1:{2}
"""
    plain, alpn = ("proto h2", "alpn h2") if mode == "http" else ("", "")
    to_far = f"{far} ssl crt orders-both.pem ca-file ca.pem verify required verifyhost localhost sni str(localhost) {alpn}"
    at_far = f"{far} ssl crt payments-both.pem ca-file ca.pem verify required {alpn}"
    files = {f"haproxy-{mode}-client.cfg": frame.format(mode, f"{near} {plain}", to_far),
             f"haproxy-{mode}-server.cfg": frame.format(mode, at_far, f"{service} {plain}")}
    return files, [["haproxy", "-q", "-db", "-f", name] for name in files]


def haproxy_http(near, far, service):
    return _haproxy("http", near, far, service)


def haproxy_tcp(near, far, service):
    return _haproxy("tcp", near, far, service)


def stunnel(near, far, service):
    frame = "foreground = yes\ndebug = 3\nsyslog = no\npid =\n[pair]\nverifyPeer = yes\n"
    files = {
        "stunnel-client.conf": frame + f"client = yes\naccept = 127.0.0.1:{near}\nconnect = 127.0.0.1:{far}\n"
                                       "cert = orders.pem\nkey = orders-key.pem\nCAfile = payments.pem\n",
        "stunnel-server.conf": frame + f"accept = 127.0.0.1:{far}\nconnect = 127.0.0.1:{service}\n"
                                       "cert = payments.pem\nkey = payments-key.pem\nCAfile = orders.pem\n"}
    return files, [["stunnel4", name] for name in files]


def caddy(near, far, service):
    frame = "{\n admin off\n auto_https off\n log {\n  level ERROR\n }\n servers {\n  protocols h1 h2 h2c\n }\n}\n"
    files = {
        "caddy-client": frame + f"""http://:{near} {{
 bind 127.0.0.1
 reverse_proxy https://127.0.0.1:{far} {{
  transport http {{
   versions 2
   tls_client_auth orders.pem orders-key.pem
   tls_trusted_ca_certs ca.pem
   tls_server_name localhost
  }}
 }}
}}
""", "caddy-server": frame + f"""https://localhost:{far} {{
 bind 127.0.0.1
 tls payments.pem payments-key.pem {{
  client_auth {{
   mode require_and_verify
   trusted_ca_cert_file ca.pem
  }}
 }}
 reverse_proxy h2c://127.0.0.1:{service}
}}
"""}
    return files, [["caddy", "run", "--adapter", "caddyfile", "--config", name] for name in files]


def nghttpx(near, far, service):
    frame = ["nghttpx", "--conf=/dev/null", "--no-ocsp", f"--workers={os.cpu_count()}", "--accesslog-file=/dev/null",
             "--frontend-http2-max-concurrent-streams=1000", "--backend-http2-max-concurrent-streams=1000",
             "--errorlog-file=/dev/stderr", "--log-level=ERROR"]
    return {}, [
        frame + [f"--frontend=127.0.0.1,{near};no-tls", f"--backend=127.0.0.1,{far};;proto=h2;tls;sni=localhost",
                 "--cacert=ca.pem", "--client-cert-file=orders.pem", "--client-private-key-file=orders-key.pem"],
        frame + [f"--frontend=127.0.0.1,{far}", f"--backend=127.0.0.1,{service};;proto=h2", "--verify-client",
                 "--verify-client-cacert=ca.pem", "payments-key.pem", "payments.pem"]]


# Name, program, its Debian package, whether it proxies HTTP, and its configuration.
PAIRS = [
    ("nginx pair", "nginx", "nginx", True, nginx),
    ("haproxy pair, HTTP", "haproxy", "haproxy", True, haproxy_http),
    ("haproxy pair, TCP", "haproxy", "haproxy", False, haproxy_tcp),
    ("stunnel pair", "stunnel4", "stunnel4", False, stunnel),
    ("caddy pair", "caddy", "caddy", True, caddy),
    ("nghttpx pair", "nghttpx", "nghttp2-proxy", True, nghttpx),
]


def is_there(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin") is not None


def start(site, name, configure, service):
    """The pair's two processes, and the port for the client; the server's proxy starts first."""
    for party in ("orders", "payments"):
        lab.write(site.path(f"{party}-both.pem"), site.read(f"{party}.pem") + site.read(f"{party}-key.pem"))
    near, far = processes.free_port(), processes.free_port()
    files, commands = configure(near, far, service)
    for file, text in files.items():
        lab.write(site.path(file), text)
    environment = {"PATH": os.environ["PATH"] + ":/usr/sbin", "XDG_DATA_HOME": site.folder, "XDG_CONFIG_HOME": site.folder}
    started = []
    for command, port in reversed(list(zip(commands, (near, far)))):
        started.append(site.start(processes.Process, name, command, environment=environment))
        processes.wait_for_port(started[-1], port)
    return started, near
