"""wire.py FILE EXPRESSION: Python about what relay.py recorded in FILE; fails, and shows it, where it is not true.
`sent`: each connection's bytes; `packets`: each datagram; `calls`: the HTTP/1.1 requests, in order: `line`, `names` of
the headers, `headers`, `body` and behind an upgrade `frames` of a WebSocket, (opcode, payload); `records(bytes)`: the
types of TLS records; `questions(bytes)`: name and type of each DNS message, those of TCP with `length` = 2."""
import glob
import re
import struct
import sys


class Call:
    def __init__(self, head, rest):
        self.line, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        self.names = [name for name, _ in pairs]
        self.headers = {name.lower(): value for name, value in pairs}
        self.frames = None
        if self.headers.get("upgrade") == "websocket":
            self.frames = frames(rest)
            self.body = self.rest = b""
        else:
            size = int(self.headers.get("content-length", 0))
            self.body, self.rest = rest[:size], rest[size:]

    def __repr__(self):
        return repr((self.line, self.headers, self.body, self.frames))


def http(data):
    found = []
    while b"\r\n\r\n" in data:
        found.append(Call(*data.split(b"\r\n\r\n", 1)))
        data = found[-1].rest
    assert not data, data
    return found


def frames(data):
    found = []
    while data:
        assert data[1] & 0x80, "a frame of a client is masked"
        size = data[1] & 0x7f
        assert size < 126, "a long frame"
        body = data[6:6 + size]
        found.append((data[0] & 15, bytes(b ^ data[2 + i % 4] for i, b in enumerate(body))))
        data = data[6 + size:]
    return found


def records(data):
    found = []
    while data:
        kind, _, size = struct.unpack(">BHH", data[:5])
        found.append(kind)
        data = data[5 + size:]
    return found


def questions(data, length=0):
    """Standard queries of one question, recursion desired, with nothing but EDNS behind it."""
    found = []
    while data:
        size = struct.unpack(">H", data[:2])[0] if length else len(data)
        message, data = data[length:length + size], data[length + size:]
        assert message[2:12] == bytes.fromhex("01000001000000000001"), message
        name, at = [], 12
        while message[at]:
            name.append(message[at + 1:at + 1 + message[at]].decode())
            at += 1 + message[at]
        kind, family = struct.unpack(">HH", message[at + 1:at + 5])
        assert family == 1 and message[at + 5:at + 8] == b"\0\0\x29" and len(message) == at + 16, message
        found.append((".".join(name), kind))
    return found


def main(path, expression):
    sent = [open(name, "rb").read() for name in sorted(glob.glob(glob.escape(path) + ".*.tcp"))]
    packets = [open(name, "rb").read() for name in sorted(glob.glob(glob.escape(path) + ".*.udp"))]
    names = {"sent": sent, "packets": packets, "records": records, "questions": questions, "re": re}
    if "calls" in expression:
        names["calls"] = [call for data in sent for call in http(data)]
    if not eval("(%s)" % expression, names):
        sys.exit("\n".join(map(repr, names.get("calls", sent + packets))) + "\nwanted " + expression)


if __name__ == "__main__":
    main(*sys.argv[1:])
