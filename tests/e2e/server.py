"""A loopback server for the scripts: prints its port, then answers every connection alike until it
is ended. usage: server.py ok | error | flap (an error, then ok, in
turn) | echo (an error with the request as its body) | hang (reads, never answers)"""
import socket
import sys
import threading

ANSWERS = {
    "ok": b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n'
          b'connection: close\r\n\r\n{"status":"ok"}',
    "error": b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    "flap": "flap",
    "echo": "echo",
}
turns = []


def serve(connection, answer):
    with connection:
        while request := connection.recv(65536):
            if answer == "echo":
                answer = (b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: %d\r\n"
                          b"connection: close\r\n\r\n" % len(request)) + request
            if answer == "flap":
                turns.append(answer)
                answer = ANSWERS["error" if len(turns) % 2 == 1 else "ok"]
            if answer is not None:
                connection.sendall(answer)
                return


def main(kind):
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            threading.Thread(target=serve, args=(connection, ANSWERS.get(kind)), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
