"""relay.py PORT FILE [SOURCE [SOCKET]]: a relay in front of 127.0.0.1:PORT (or a unix socket's path); prints its own
port, or SOCKET where it listens on that path, and appends what clients send to FILE, as it comes. SOURCE: the address
that it connects from."""
import socket
import sys
import threading


def pump(source, target, record):
    try:
        while data := source.recv(65536):
            if record is not None:
                record.write(data)
                record.flush()
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


def listen(at):
    if at is None:
        return socket.create_server(("127.0.0.1", 0))
    server = socket.socket(socket.AF_UNIX)
    server.bind(at)
    server.listen()
    return server


def main(place, path, source="127.0.0.1", at=None):
    with open(path, "ab") as record, listen(at) as server:
        print(at or server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            behind = connect(place, source)
            threading.Thread(target=pump, args=(client, behind, record), daemon=True).start()
            threading.Thread(target=pump, args=(behind, client, None), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
