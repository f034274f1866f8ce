"""grpc_server.py FOLDER [CERT KEY]: gRPC servers on loopback by Debian's grpcio, generic handlers without generated
code; writes NAME PORT lines to FOLDER/ports when all serve. health: grpc.health.v1 with "" and voice SERVING, batch
NOT_SERVING, odd a number that health.proto lacks; a bearer token opens `guarded`, which is UNAUTHENTICATED without
and PERMISSION_DENIED with another; `wrong` answers something else than the message, `late` never, `sad` UNAVAILABLE
with words; `owned` takes the tokens that the URL in $TOKEN_OWNER takes, any other is UNAUTHENTICATED. bare: no health service. tls: as health, by TLS.
socket: as health, on the unix socket FOLDER/grpc.sock, and by TLS on tls.sock."""
import os
import sys
import threading
import urllib.error
import urllib.request
from concurrent import futures

import grpc

STATES = {"": b"\x08\x01", "voice": b"\x12\x03abc\x08\x01", "batch": b"\x08\x02", "odd": b"\x08\x09", "default": b"",
          "wrong": b"\xff\xff\xff", "tr\u00fcb": b"\x08\x01"}
NEVER = threading.Event()


def name_of(request):
    return request[2:].decode() if request else ""


def is_owned(authorization):
    """Whether who gives the tokens knows this one."""
    question = urllib.request.Request(os.environ["TOKEN_OWNER"], headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(question, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False


def check(request, context):
    name = name_of(request)
    metadata = dict(context.invocation_metadata())
    if name == "guarded":
        if "authorization" not in metadata:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no token came")
        if metadata["authorization"] != "Bearer t0ken-right":
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")
        return b"\x08\x01"
    if name == "owned":
        if not is_owned(metadata.get("authorization", "")):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "a token that nobody knows")
        return b"\x08\x01"
    if name == "tenant":
        return b"\x08\x01" if metadata.get("x-tenant") == "blue" else b"\x08\x02"
    if name == "sad":
        context.abort(grpc.StatusCode.UNAVAILABLE, "50% of the shards\nare gone: \u00fcberlastet")
    if name == "late":
        NEVER.wait(30)
    if name not in STATES:
        context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
    return STATES[name]


def server(port_name, with_health, credentials=None, address="127.0.0.1:0"):
    made = grpc.server(futures.ThreadPoolExecutor(8))
    method = {"Check": grpc.unary_unary_rpc_method_handler(check)}
    made.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health" if with_health else "acme.Voice", method),))
    if credentials:
        port = made.add_secure_port(address, credentials)
    else:
        port = made.add_insecure_port(address)
    made.start()
    return made, "%s %d\n" % (port_name, port)


def main(folder, *certificate):
    made = [server("health", True), server("bare", False),
            server("socket", True, address="unix:%s/grpc.sock" % folder)]
    if certificate:
        with open(certificate[0], "rb") as cert, open(certificate[1], "rb") as key:
            credentials = grpc.ssl_server_credentials([(key.read(), cert.read())])
        made += [server("tls", True, credentials),
                 server("tls_socket", True, credentials, "unix:%s/tls.sock" % folder)]
    with open(folder + "/ports.new", "w", encoding="ascii") as file:
        file.writelines(line for _, line in made)
    os.rename(folder + "/ports.new", folder + "/ports")
    NEVER.wait(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
