"""odd_http.py: an HTTP server that writes its answers byte by byte, for what servers do and libraries hide; prints its
port, then a line for each request: method, path, Authorization, Cookie. Paths: /cookies (two of them), /long (nine
kilobytes of headers, then X-After), /folded (a header on two lines), /folds (on 90,000), /trailer (a chunked body with X-Trailer), /sid
(wants the cookie sid=lb=1), /echo, those of compressed(), /once/ (a connection's second request there is not
answered: its line ends with "again", and the connection with it); 404 for all else."""
import gzip
import itertools
import os
import socket
import sys
import threading
import zlib

PLAIN = {
    "/cookies": ["Set-Cookie: lb=1; Path=/", "Set-Cookie: sid=lb=1", "Set-Cookie: end=2"],
    "/long": ["Content-Security-Policy: " + "a" * 9000, "X-After: yes"],
    "/folded": ["X-Folded: one", "\t two "],
    "/folds": ["X-Folds: a"] + [" "] * 90000 + [" z"],
}


def head(status, headers):
    return ("HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(line + "\r\n" for line in headers))).encode()


def compressed(path):
    """Content-Encoding and body."""
    fails = b'{"status": "fail", "n": 7}'
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    return {
        "/gzip": ("gzip", gzip.compress(fails)),
        "/members": ("x-gzip", gzip.compress(fails[:9]) + gzip.compress(fails[9:])),
        "/deflate": ("deflate", zlib.compress(fails)),
        "/raw-deflate": ("deflate", raw.compress(fails) + raw.flush()),
        "/identity": ("identity", fails),
        "/brotli": ("br", b"\x0b\x02\x80hello\x03"),
        "/no-gzip": ("gzip", fails),
        "/short-gzip": ("gzip", gzip.compress(fails)[:-9]),
        "/bomb": ("gzip", gzip.compress(b"a" * (20 << 20), 9) if path == "/bomb" else b""),
        "/name-bomb": ("gzip", b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * (8 << 20)),
    }.get(path)


def answer(path, headers):
    if compressed(path) is not None:
        coding, body = compressed(path)
        return head("200 OK", ["Content-Encoding: " + coding, "Content-Length: %d" % len(body)]) + body
    if path == "/trailer":
        return head("200 OK", ["Transfer-Encoding: chunked", "X-Head: yes"]) + b"2\r\nok\r\n0\r\nX-Trailer: late\r\n\r\n"
    if path == "/sid":
        status = "200 OK" if headers.get("cookie") == "sid=lb=1" else "403 Forbidden"
        return head(status, ["Content-Length: 2"]) + b"ok"
    status = "200 OK" if path in PLAIN or path == "/echo" or path.startswith("/once/") else "404 Not Found"
    return head(status, PLAIN.get(path, []) + ["Content-Length: 2"]) + b"ok"


def serve(connection):
    with connection, connection.makefile("rb") as lines:
        for number in itertools.count():
            words = lines.readline().split()
            if len(words) != 3:
                return
            headers = {}
            for line in iter(lines.readline, b"\r\n"):
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            lines.read(int(headers.get("content-length", "0")))
            method, path = words[0].decode(), words[1].decode()
            seen = " | ".join([method, path, headers.get("authorization", "-"), headers.get("cookie", "-")])
            again = number != 0 and path.startswith("/once/")
            os.write(1, (seen + " | again" * again + "\n").encode())  # at once: requests come side by side
            if again:
                return
            connection.sendall(answer(path, headers))


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
