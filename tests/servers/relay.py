"""relay.py PORT FILE [SOURCE]: a relay in front of 127.0.0.1:PORT (or a unix socket's path); prints its own port
and appends what clients send to FILE, as it comes. SOURCE: the address that it connects from."""
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


def main(place, path, source="127.0.0.1"):
    with open(path, "ab") as record, socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            client, _ = server.accept()
            behind = connect(place, source)
            threading.Thread(target=pump, args=(client, behind, record), daemon=True).start()
            threading.Thread(target=pump, args=(behind, client, None), daemon=True).start()


if __name__ == "__main__":
    main(*sys.argv[1:])
