"""relay.py PORT FILE [SOURCE [SOCKET]]: a relay in front of 127.0.0.1:PORT, TCP and UDP (or of a unix socket's path);
prints its own port, or SOCKET where it listens on that path. FILE has what clients send over streams, as it comes;
FILE.N.tcp what the N-th connection sent, FILE.N.udp the N-th datagram. SOURCE: the address that it connects from."""
import itertools
import socket
import sys
import threading


def record(data, *paths):
    for path in paths:
        with open(path, "ab") as file:
            file.write(data)


def pump(source, target, *paths):
    try:
        while data := source.recv(65536):
            record(data, *paths)
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def connect(place, source):
    if place.startswith("/"):
        behind = socket.socket(socket.AF_UNIX)
        behind.connect(place)
        return behind
    return socket.create_connection(("127.0.0.1", int(place)), source_address=(source, 0))


def answer(packets, client, behind):
    try:
        while True:
            packets.sendto(behind.recv(65536), client)
    except OSError:
        pass


def serve_packets(packets, place, path):
    behind = {}
    for number in itertools.count(1):
        data, client = packets.recvfrom(65536)
        record(data, "%s.%04d.udp" % (path, number))
        if client not in behind:
            behind[client] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            behind[client].connect(("127.0.0.1", int(place)))
            threading.Thread(target=answer, args=(packets, client, behind[client]), daemon=True).start()
        behind[client].send(data)


def listen(at):
    """On a path, or one port that is free for both."""
    if at is not None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(at)
        server.listen()
        return server, None
    while True:
        server = socket.create_server(("127.0.0.1", 0))
        packets = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            packets.bind(server.getsockname())
            return server, packets
        except OSError:
            server.close()
            packets.close()


def main(place, path, source="127.0.0.1", at=None):
    record(b"", path)
    server, packets = listen(at)
    if packets is not None and not place.startswith("/"):
        threading.Thread(target=serve_packets, args=(packets, place, path), daemon=True).start()
    print(at or server.getsockname()[1], flush=True)
    for number in itertools.count(1):
        client, _ = server.accept()
        mine = "%s.%04d.tcp" % (path, number)
        record(b"", mine)
        behind = connect(place, source)
        threading.Thread(target=pump, args=(client, behind, path, mine), daemon=True).start()
        threading.Thread(target=pump, args=(behind, client), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
