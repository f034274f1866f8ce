"""token_server.py FILE: an authorization server (RFC 6749 section 4.4) and a service that wants its tokens, on one
loopback port, which it prints. FILE holds what it does, a word a line, read at each request: `form` (takes the secret
in the form alone), `refuse`, `broken` (no JSON), `empty`, `hang`, `hang-once` (with one request only), `odd` (another token type), `ended` (tokens live for
no time), `short` (for a second), `revoke` (the service refuses what was given so far), `echo` (the service's answer
carries the token). GET /count says how many tokens were given."""
import base64
import http.server
import json
import sys
import threading
import urllib.parse

CLIENT, SECRET = "sitrep client", "s3cret/of+client"
given = []
revoked = set()
lock = threading.Lock()
hung = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, kind="application/json"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def words(self):
        try:
            with open(sys.argv[1], encoding="utf-8") as file:
                return file.read().split()
        except OSError:
            return []

    def is_client(self, form, words):
        header = self.headers.get("Authorization", "")
        if header.startswith("Basic ") and "form" not in words:
            user, _, password = base64.b64decode(header[6:]).decode().partition(":")
            return urllib.parse.unquote(user) == CLIENT and urllib.parse.unquote(password) == SECRET
        return form.get("client_id") == [CLIENT] and form.get("client_secret") == [SECRET]

    def do_POST(self):
        words = self.words()
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        if "hang-once" in words and not hung:
            hung.append(form)
            words.append("hang")
        if "hang" in words:
            threading.Event().wait(20)
            self.close_connection = True
            return None
        if "broken" in words:
            return self.answer(200, "<html>welcome</html>", "text/html")
        if "empty" in words:
            return self.answer(200, "{}")
        if form.get("grant_type") != ["client_credentials"] or form.get("scope", ["read write"]) != ["read write"]:
            return self.answer(400, '{"error": "invalid_scope"}')
        if "refuse" in words or not self.is_client(form, words):
            return self.answer(401, '{"error": "invalid_client", "error_description": "no such client"}')
        with lock:
            given.append("tok-%d-abcdefghij" % len(given))
            token = given[-1]
        return self.answer(200, json.dumps({"access_token": token, "token_type": "mac" if "odd" in words else "Bearer",
                                            "expires_in": 0 if "ended" in words else 1 if "short" in words else 3600}))

    def do_GET(self):
        words = self.words()
        token = self.headers.get("Authorization", "")[7:]
        if self.path == "/count":
            return self.answer(200, json.dumps({"count": len(given)}))
        if "revoke" in words and not revoked:
            revoked.update(given)
        known = token in given and token not in revoked
        if not known:
            return self.answer(401, '{"status": "fail"}')
        said = {"status": "ok", "path": self.path, "token": token if "echo" in words else ""}
        return self.answer(200, json.dumps(said))


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
