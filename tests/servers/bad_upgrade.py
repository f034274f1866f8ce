"""bad_upgrade.py: a loopback server that answers the handshake of a WebSocket wrongly, as the path says, and what
comes behind a good one; prints its port."""
import base64
import hashlib
import socket
import struct
import sys
import threading

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
INTERIM = b"HTTP/1.1 100 Continue\r\na:b\r\n\r\n"


def hold(connection):
    connection.settimeout(10)
    while connection.recv(65536):
        pass


def good(key, extra=b"", upgrade=b"Upgrade: websocket\r\n", connect=b"Connection: Upgrade\r\n"):
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    return (b"HTTP/1.1 101 Switching Protocols\r\n" + upgrade + connect +
            b"Sec-WebSocket-Accept: " + accept + b"\r\n" + extra + b"\r\n")


def frame(opcode, payload, fin=0x80, rsv=0):
    head = bytes([fin | rsv | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65536:
        return head + b"\x7e" + struct.pack(">H", len(payload)) + payload
    return head + b"\x7f" + struct.pack(">Q", len(payload)) + payload


def page(status, body, extra=b""):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), extra, body)


def answers(path, key):
    return {
        "/accept": good(b"another key"),
        "/noaccept": good(key).replace(b"Sec-WebSocket-Accept", b"X-Accept"),
        "/noupgrade": good(key, upgrade=b""),
        "/noconnection": good(key, connect=b"Connection: keep-alive\r\n"),
        "/extension": good(key, b"Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        "/protocol": good(key, b"Sec-WebSocket-Protocol: other\r\n"),
        "/page": page(b"200 OK", b"<html>hello</html>"),
        "/chunked": b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nServer: uvicorn\r\n\r\n"
                    b"5\r\n{\"a\":\r\n2;x=y\r\n1}\r\n0\r\n\r\n",
        "/endless": b"HTTP/1.1 503 Busy\r\n\r\n" + b"b" * 40000,
        "/moved": page(b"301 Moved", b"", b"Location: https://other.example/ws\r\n"),
        "/version": page(b"426 Upgrade Required", b"", b"Sec-WebSocket-Version: 8, 7\r\n"),
        "/interim": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + good(key) + frame(1, b"early") + frame(10, b"sitrep"),
        "/headers": b"HTTP/1.1 101 Switching\r\n" + b"X-Pad: " + b"p" * 320000,
        "/interims": INTERIM * 200000 + good(key) + frame(10, b"sitrep"),
        "/some": INTERIM * 5000 + good(key) + frame(10, b"sitrep"),
        "/many": good(key, b"".join(b"X-%d: %d\r\n" % (i, i) for i in range(4000))) + frame(10, b"sitrep"),
        "/last": good(key, upgrade=b"X-Long: " + b"l" * 200000 + b"\r\nUpgrade: websocket\r\n") + frame(10, b"sitrep"),
        "/smtp": b"220 mail.example ESMTP\r\n",
        "/half": good(key)[:40],
        "/evil": page(b"403 \x1b]0;owned\x07Forbidden", b"\x1b[2J\x1b[31mred \xe2\x80\xae", b"X-Evil: \x1b[31m\x9b2J\r\n"),
        "/noise": good(key) + b"\xff" * 200,
        "/utf8": good(key) + frame(1, b"caf\xe9"),
        "/reserved": good(key) + frame(1, b"x", rsv=0x40),
        "/hugeclaim": good(key) + b"\x81\x7f" + struct.pack(">Q", 1 << 40) + b"some",
        "/badclose": good(key) + frame(8, b"\x03"),
        "/bareclose": good(key) + frame(8, b""),
        "/reset": good(key),
        "/reset/pong": good(key) + frame(10, b"sitrep"),
        "/pong": good(key) + frame(10, b"nope") + frame(10, b"") + frame(10, b"sitrep\0"),
        "/pieces": good(key) + frame(1, b'{"typ', fin=0) + frame(9, b"are you there") + frame(0, b'e":"ok"}') +
                   frame(10, b"sitrep"),
    }.get(path, b"HTTP/1.1 500 What\r\n\r\n")


def reset(connection, rounds):
    """Ends it abruptly, once the client has written so often."""
    for _ in range(rounds):
        connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(connection):
    try:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        lines = request.decode("latin-1").split("\r\n")
        key = [line.split(": ", 1)[1] for line in lines if line.lower().startswith("sec-websocket-key")][0]
        path = lines[0].split(" ")[1]
        if path == "/unanswered":
            return reset(connection, 0)
        connection.sendall(answers(path, key.encode()))
        if path.startswith("/reset"):
            return reset(connection, 1)
        hold(connection)
    except (OSError, IndexError):
        pass
    finally:
        connection.close()


def main():
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
