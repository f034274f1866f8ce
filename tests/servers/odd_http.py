"""odd_http.py: an HTTP server that writes its answers byte by byte, for what servers do and libraries hide; prints its
port, then a line for each request: method, path, Authorization, Cookie. Paths: /cookies (two of them), /long (nine
kilobytes of headers, then X-After), /folded (a header on two lines), /trailer (a chunked body with X-Trailer), /sid
(wants the cookie sid=lb=1), /echo; 404 for all else."""
import os
import socket
import sys
import threading

PLAIN = {
    "/cookies": ["Set-Cookie: lb=1; Path=/", "Set-Cookie: sid=lb=1", "Set-Cookie: end=2"],
    "/long": ["Content-Security-Policy: " + "a" * 9000, "X-After: yes"],
    "/folded": ["X-Folded: one", "\t two "],
}


def head(status, headers):
    return ("HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(line + "\r\n" for line in headers))).encode()


def answer(path, headers):
    if path == "/trailer":
        return head("200 OK", ["Transfer-Encoding: chunked", "X-Head: yes"]) + b"2\r\nok\r\n0\r\nX-Trailer: late\r\n\r\n"
    if path == "/sid":
        status = "200 OK" if headers.get("cookie") == "sid=lb=1" else "403 Forbidden"
        return head(status, ["Content-Length: 2"]) + b"ok"
    status = "200 OK" if path in PLAIN or path == "/echo" else "404 Not Found"
    return head(status, PLAIN.get(path, []) + ["Content-Length: 2"]) + b"ok"


def serve(connection):
    with connection, connection.makefile("rb") as lines:
        while True:
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
            os.write(1, (seen + "\n").encode())  # at once: requests come side by side
            connection.sendall(answer(path, headers))


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
