"""hostile.py KIND [FILE]: a loopback server with one way to misbehave; prints its port. silent (accepts, never
answers), slow (FILE, a byte each 100 ms), garbage (binary noise at once), truncated (the first half of FILE,
then closes), cut (so too, but resets), oversized (FILE, then bytes for ever, at most 64 MB), close, reset, file (FILE, then waits), late
(waits for the client's bytes, then FILE), twice (so too, but FILE's first byte, and the rest behind the client's next bytes), ended (so too, and says that it sends no more), lost (so too, and resets), full (its queue is full:
connecting takes for ever, as where a firewall drops packets)."""
import random
import socket
import struct
import sys
import threading

LIMIT = 64 << 20


def hold(connection, seconds=30.0):
    """Until the client goes, or for so long."""
    connection.settimeout(seconds)
    while connection.recv(65536):
        pass


def pause(connection, seconds):
    """A pace: nothing is waited for but the time, or the client going."""
    connection.settimeout(seconds)
    try:
        connection.recv(1)
    except TimeoutError:
        pass
    connection.settimeout(None)


def serve(connection, kind, answer):
    try:
        if kind == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif kind == "garbage":
            connection.sendall(random.Random(7).randbytes(3000))
            hold(connection)
        elif kind == "slow":
            for i in range(min(len(answer), 100)):
                connection.sendall(answer[i:i + 1])
                pause(connection, 0.1)
        elif kind == "truncated":
            connection.recv(65536)
            connection.sendall(answer[:len(answer) // 2])
        elif kind == "cut":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.recv(65536)
            connection.sendall(answer[:len(answer) // 2])
            pause(connection, 0.3)
        elif kind == "oversized":
            connection.sendall(answer)
            sent = 0
            while sent < LIMIT:
                connection.sendall(b"A" * 65536)
                sent += 65536
        elif kind == "file":
            connection.sendall(answer)
            hold(connection)
        elif kind == "late":
            connection.recv(65536)
            connection.sendall(answer)
            hold(connection)
        elif kind == "twice":
            connection.recv(65536)
            connection.sendall(answer[:1])
            connection.recv(65536)
            connection.sendall(answer[1:])
            hold(connection)
        elif kind == "lost":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.recv(65536)
            connection.sendall(answer)
            pause(connection, 0.3)
        elif kind == "ended":
            connection.recv(65536)
            connection.sendall(answer)
            pause(connection, 0.3)
            connection.shutdown(socket.SHUT_WR)
            hold(connection)
        elif kind == "silent":
            hold(connection)
    except OSError:
        pass
    connection.close()


def full():
    """No connection is accepted, and those of our own fill the queue."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        own = [socket.socket() for _ in range(3)]
        for client in own:
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        print(server.getsockname()[1], flush=True)
        threading.Event().wait()


def main(kind, path):
    if kind == "full":
        full()
    with open(path, "rb") as file:
        answer = file.read()
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection, kind, answer), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "/dev/null")
