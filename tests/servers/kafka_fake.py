"""kafka_fake.py [JSON]: one loopback broker, written from Kafka's protocol guide alone, for what librdkafka's mock
cluster has not: logins, TLS, wrong advertised listeners, no controller, replicas that are behind, huge clusters, old
and new versions. Prints its port, then a line for each thing that it would not do read-only ("creates NAME").
Keys: host ("127.0.0.1"), brokers [[id, host, port]] (port 0: its own), controller, cluster, users {name: password},
mechanisms (["PLAIN"]; SCRAM-SHA-256 and -512 too), scram (how its log-in goes wrong: "signature", "nonce", "rounds", "many rounds",
"form", "refusal", "close"; "lenient" takes a nonce as Kafka itself does), tls [cert, key], versions {api key: [min,
max]} (of its own default), topics {name: {"error": n, "partitions": [[leader, replicas, isr]]}}, many (topics of 100
partitions each), committed {topic: {index: offset}}, ends {topic: {index: offset}}, errors {api key: code}, close_at
(api key), coordinator [id, host, port], tell (true: prints "connection" for each, and "asked API KEY")."""
import base64
import hashlib
import hmac
import json
import secrets
import socket
import ssl
import struct
import sys
import threading

LIST_OFFSETS, METADATA, OFFSET_FETCH, FIND_COORDINATOR, SASL_HANDSHAKE, API_VERSIONS, SASL_AUTHENTICATE = \
    2, 3, 9, 10, 17, 18, 36
UNKNOWN_TOPIC, UNSUPPORTED_MECHANISM, ILLEGAL_SASL_STATE, UNSUPPORTED_VERSION, LOGIN_FAILED = 3, 33, 34, 35, 58
DEFAULT_VERSIONS = {0: [0, 11], 1: [0, 17], LIST_OFFSETS: [1, 10], METADATA: [0, 13], OFFSET_FETCH: [1, 10],
                    FIND_COORDINATOR: [0, 6], SASL_HANDSHAKE: [0, 1], API_VERSIONS: [0, 4],
                    SASL_AUTHENTICATE: [0, 2]}


def int8(n):
    return struct.pack(">b", n)


def int16(n):
    return struct.pack(">h", n)


def int32(n):
    return struct.pack(">i", n)


def int64(n):
    return struct.pack(">q", n)


def string(text):
    return int16(-1) if text is None else int16(len(text.encode())) + text.encode()


def array(items):
    items = list(items)
    return int32(len(items)) + b"".join(items)


class Bytes:
    """A request being read."""
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert self.at + count <= len(self.data), "request is too short"
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form):
        return struct.unpack(">" + form, self.take(struct.calcsize(form)))[0]

    def string(self):
        size = self.number("h")
        return None if size < 0 else self.take(size).decode()

    def compact(self):
        return self.take(self.take(1)[0] - 1).decode()

    def array(self, read):
        count = self.number("i")
        return None if count < 0 else [read() for _ in range(count)]

    def end(self):
        assert self.at == len(self.data), "%d bytes behind the request" % (len(self.data) - self.at)


class Scram:
    """RFC 5802, the server's side; `wrong` is how it goes wrong."""
    def __init__(self, mechanism, users, wrong):
        self.hash = "sha" + mechanism.rsplit("-", 1)[1]
        self.users, self.wrong, self.salt, self.first = users, wrong, secrets.token_bytes(16), None
        self.rounds = {"rounds": 1000000, "many rounds": 50000}.get(wrong, 4096)

    def key(self, name):
        salted = hashlib.pbkdf2_hmac(self.hash, self.password.encode(), self.salt, self.rounds)
        return hmac.digest(salted, name, self.hash)

    def begin(self, message):
        header, _, self.bare = message.partition("n,,")
        assert header == "" and self.bare.startswith("n="), message
        user, _, nonce = self.bare[2:].partition(",r=")
        self.password = self.users.get(user.replace("=2C", ",").replace("=3D", "="))
        if self.password is None:
            return None
        if self.wrong == "form":
            return "s=,r="
        nonce = "other" if self.wrong == "nonce" else nonce + secrets.token_urlsafe(18)
        self.first = "r=%s,s=%s,i=%d" % (nonce, base64.b64encode(self.salt).decode(),
                                         self.rounds)
        return self.first

    def end(self, message):
        bare, _, proof = message.rpartition(",p=")
        nonce = self.first.split(",")[0]
        # librdkafka before 2.8 repeats its own nonce in front, and Kafka looks at the end alone.
        assert bare == "c=biws," + nonce or self.wrong == "lenient" and bare.endswith(nonce[2:]), message
        covered = ",".join([self.bare, self.first, bare]).encode()
        key = self.key(b"Client Key")
        signature = hmac.digest(hashlib.new(self.hash, key).digest(), covered, self.hash)
        if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(key, signature)):
            return None
        if self.wrong == "refusal":
            return "e=other-error"
        name = b"Other Key" if self.wrong == "signature" else b"Server Key"
        return "v=" + base64.b64encode(hmac.digest(self.key(name), covered, self.hash)).decode()


class Broker:
    """What it is asked is in self.config; one instance serves all connections."""
    def __init__(self, config, port):
        self.config, self.port = config, port
        self.versions = dict(DEFAULT_VERSIONS)
        self.versions.update({int(key): value for key, value in config.get("versions", {}).items()})

    def error(self, api):
        return self.config.get("errors", {}).get(str(api), 0)

    def brokers(self):
        brokers = self.config.get("brokers", [[1, self.config.get("host", "127.0.0.1"), 0]])
        return [(number, host, port or self.port) for number, host, port in brokers]

    def topics(self):
        topics = dict(self.config.get("topics", {}))
        for i in range(self.config.get("many", 0)):
            topics["many-%05d" % i] = {"partitions": [[1, [1, 2, 3], [1, 2, 3]]] * 100}
        return topics

    def api_versions(self, version):
        keys = sorted(self.versions.items())
        rows = [int16(key) + int16(low) + int16(high) for key, (low, high) in keys if high >= 0]
        if version > self.versions[API_VERSIONS][1]:
            return int16(UNSUPPORTED_VERSION) + array([])
        if version < 3:
            return int16(self.error(API_VERSIONS)) + array(rows) + (int32(0) if version else b"")
        size = len(rows) + 1
        count = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
        # A tagged field that nobody knows (number 7, 3 bytes) has to be skipped.
        return int16(self.error(API_VERSIONS)) + count + b"".join(row + b"\0" for row in rows) + int32(0) + \
            b"\1\7\3abc"

    def partition(self, version, index, leader, replicas, isr):
        return int16(5 if leader < 0 else 0) + int32(index) + int32(leader) + (int32(4) if version >= 7 else b"") + \
            array(int32(n) for n in replicas) + array(int32(n) for n in isr) + \
            (array([]) if version >= 5 else b"")

    def metadata(self, version, request):
        wanted = request.array(request.string)
        creates = version < 4 or request.number("b") != 0
        request.end()
        topics = self.topics()
        if wanted is None or (version == 0 and not wanted):
            wanted = list(topics)
        elif creates:
            for name in set(wanted) - set(topics):
                print("creates", name, flush=True)
        rows = []
        for name in wanted:
            topic = topics.get(name, {"error": UNKNOWN_TOPIC})
            rows.append(int16(topic.get("error", 0)) + string(name) + int8(0) + array(
                self.partition(version, i, *row) for i, row in enumerate(topic.get("partitions", []))))
        return (int32(0) if version >= 3 else b"") + \
            array(int32(n) + string(host) + int32(port) + string(None) for n, host, port in self.brokers()) + \
            (string(self.config.get("cluster", "fake-cluster")) if version >= 2 else b"") + \
            int32(self.config.get("controller", 1)) + array(rows)

    def coordinator(self, version, request):
        request.string()
        if version >= 1:
            assert request.number("b") == 0
        request.end()
        number, host, port = self.config.get("coordinator", self.brokers()[0])
        return (int32(0) if version >= 1 else b"") + int16(self.error(FIND_COORDINATOR)) + \
            (string(None) if version >= 1 else b"") + int32(number) + string(host) + int32(port or self.port)

    def offsets(self, version, request):
        request.string()
        asked = request.array(lambda: (request.string(), request.array(lambda: request.number("i"))))
        request.end()
        committed = self.config.get("committed", {})
        rows = []
        for name, indexes in asked:
            rows.append(string(name) + array(
                int32(i) + int64(committed.get(name, {}).get(str(i), -1)) + (int32(-1) if version >= 5 else b"") +
                string("") + int16(0) for i in indexes))
        return (int32(0) if version >= 3 else b"") + array(rows) + \
            (int16(self.error(OFFSET_FETCH)) if version >= 2 else b"")

    def ends(self, version, request):
        assert request.number("i") == -1
        if version >= 2:
            assert request.number("b") == 0

        def partition():
            index = request.number("i")
            if version >= 4:
                assert request.number("i") == -1
            assert request.number("q") == -1
            return index
        asked = request.array(lambda: (request.string(), request.array(partition)))
        request.end()
        ends = self.config.get("ends", {})
        rows = [string(name) + array(int32(i) + int16(self.error(LIST_OFFSETS)) + int64(-1) +
                                     int64(ends.get(name, {}).get(str(i), 0)) +
                                     (int32(3) if version >= 4 else b"") for i in indexes)
                for name, indexes in asked]
        return (int32(0) if version >= 2 else b"") + array(rows)

    def handshake(self, session, request):
        wanted = request.string()
        request.end()
        if "users" not in self.config:
            return int16(ILLEGAL_SASL_STATE) + array([])
        offered = self.config.get("mechanisms", ["PLAIN"])
        session["handshake"] = wanted if wanted in offered else None
        if wanted.startswith("SCRAM-"):
            session["scram"] = Scram(wanted, self.config["users"], self.config.get("scram"))
        return int16(0 if wanted in offered else UNSUPPORTED_MECHANISM) + array(string(name) for name in offered)

    def login(self, session, request):
        token = request.take(request.number("i"))
        request.end()
        assert session.get("handshake"), "SaslAuthenticate before SaslHandshake"
        scram, said = session.get("scram"), ""
        if scram is None:
            _, user, password = token.decode().split("\0")
            session["in"] = good = self.config["users"].get(user) == password
        else:
            proving = scram.first is not None
            said = scram.end(token.decode()) if proving else scram.begin(token.decode())
            good = said is not None
            session["in"] = good and proving
        session["last"] = not good
        return int16(0 if good else LOGIN_FAILED) + \
            string(None if good else "Authentication failed: Invalid username or password") + \
            int32(len(said or "")) + (said or "").encode()

    def answer(self, session, data):
        """None closes the connection."""
        request = Bytes(data)
        api, version, number = request.number("h"), request.number("h"), request.number("i")
        request.string()
        if self.config.get("tell"):
            print("asked", api, flush=True)
        if api == self.config.get("close_at"):
            return None
        if api == SASL_AUTHENTICATE and self.config.get("scram") == "close" and session["scram"].first is not None:
            return None
        if api == API_VERSIONS:
            if version >= 3 and version <= self.versions[API_VERSIONS][1]:
                assert request.take(1) == b"\0" and request.compact() and request.compact()
                assert request.take(1) == b"\0"
                request.end()
            return int32(number) + self.api_versions(version)
        if api == SASL_HANDSHAKE:
            return int32(number) + self.handshake(session, request)
        if api == SASL_AUTHENTICATE:
            return int32(number) + self.login(session, request)
        if "users" in self.config and not session.get("in"):
            return None
        low, high = self.versions.get(api, [0, -1])
        assert low <= version <= high, "version %d of api %d" % (version, api)
        handlers = {METADATA: self.metadata, FIND_COORDINATOR: self.coordinator, OFFSET_FETCH: self.offsets,
                    LIST_OFFSETS: self.ends}
        return int32(number) + handlers[api](version, request)


def receive(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def serve(broker, connection, context):
    session = {}
    try:
        if context is not None:
            connection = context.wrap_socket(connection, server_side=True)
        while not session.get("last"):
            head = receive(connection, 4)
            # As a broker does: socket.request.max.bytes is 100 MB.
            if head is None or struct.unpack(">I", head)[0] > 104857600:
                break
            answer = broker.answer(session, receive(connection, struct.unpack(">I", head)[0]))
            if answer is None:
                break
            connection.sendall(int32(len(answer)) + answer)
    except (OSError, ssl.SSLError):
        pass
    except AssertionError as error:
        print("bad request:", error, flush=True)
    connection.close()


def main(config):
    host = config.get("host", "127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    context = None
    if "tls" in config:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*config["tls"])
    with socket.create_server((host, 0), family=family) as server:
        port = server.getsockname()[1]
        broker = Broker(config, port)
        print(port, flush=True)
        while True:
            connection, _ = server.accept()
            if config.get("tell"):
                print("connection", flush=True)
            threading.Thread(target=serve, args=(broker, connection, context), daemon=True).start()


if __name__ == "__main__":
    main(json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))
