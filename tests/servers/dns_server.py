"""dns_server.py KIND: a name server on loopback, UDP and TCP on one port, with one way to misbehave; prints the
port. silent, garbage (noise), wrong-id, wrong-name, flood (noise without end), loop (a name that points at
itself), cut (TC by UDP, the answer by TCP), cut-silent (TC, TCP never answers), cut-garbage, cut-refused (TC, no
TCP), late (the second question of a run is answered), servfail, old (knows
no EDNS: FORMERR), older (the same, with the question left out), newer (BADVERS to EDNS), zero (a TTL of 0), empty (header alone, NOERROR), oversized, record (answers, and writes
each question in hex to stderr)."""
import random
import socket
import struct
import sys
import threading


def answer(question, flags=0x8180, records=1, name=b"\xc0\x0c", ttl=60):
    end = question.index(b"\0", 12) + 5
    head = question[:2] + struct.pack(">HHHHH", flags, 1, records, 0, 0)
    return head + question[12:end] + (name + struct.pack(">HHIH", 1, 1, ttl, 4) + b"\x0a\0\0\x07") * records


def replies(kind, question, count):
    if kind == "silent" or (kind == "late" and count == 1):
        return []
    if kind == "garbage":
        return [random.Random(7).randbytes(200)]
    if kind == "flood":
        return [question[:2] + random.Random(i).randbytes(1200) for i in range(300)]
    if kind == "wrong-id":
        return [bytes([question[0] ^ 1]) + answer(question)[1:]]
    if kind == "wrong-name":
        return [answer(question).replace(b"\x07example", b"\x07exempla")]
    if kind == "loop":
        at = len(answer(question, records=0))
        return [answer(question, name=struct.pack(">H", 0xc000 | at))]
    if kind.startswith("cut"):
        return [answer(question, flags=0x8380, records=0)]
    if kind == "servfail":
        return [answer(question, flags=0x8182, records=0)]
    if kind in ("old", "older", "newer") and question[11] != 0:
        refused = answer(question, flags=0x8181 if kind == "old" else 0x8180, records=0)
        return [refused[:2] + b"\x81\x81" + bytes(8) if kind == "older" else refused if kind == "old" else
                refused[:11] + b"\1" + refused[12:] + b"\0\0\x29\4\xd0\1\0\0\0\0\0"]
    if kind == "zero":
        return [answer(question, ttl=0)]
    if kind == "empty":
        return [question[:2] + b"\x81\x80" + bytes(8)]
    if kind == "record":
        print(question.hex(), file=sys.stderr, flush=True)
    if kind == "oversized":
        return [answer(question, records=60) + bytes(20000)]
    return [answer(question)]


def serve_tcp(server, kind):
    while True:
        connection, _ = server.accept()
        head = connection.recv(2)
        question = connection.recv(struct.unpack(">H", head)[0])
        if kind == "cut":
            whole = answer(question, records=100)
            connection.sendall(struct.pack(">H", len(whole)) + whole[:700])
            connection.sendall(whole[700:])
        elif kind == "cut-garbage":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(30000))
        elif kind == "cut-close":
            connection.close()
            continue
        connection.settimeout(30)
        try:
            connection.recv(1)
        except OSError:
            pass
        connection.close()


def main(kind):
    with socket.create_server(("127.0.0.1", 0)) as stream:
        port = stream.getsockname()[1]
        packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packets.bind(("127.0.0.1", port))
        if kind == "cut-refused":
            stream.close()
        else:
            threading.Thread(target=serve_tcp, args=(stream, kind), daemon=True).start()
        print(port, flush=True)
        count = 0
        while True:
            question, peer = packets.recvfrom(2000)
            count += 1
            for reply in replies(kind, question, count):
                packets.sendto(reply, peer)


if __name__ == "__main__":
    main(sys.argv[1])
