"""cut_server.py SHORT LONG: a loopback server whose every answer holds a secret behind as much filler as the path says,
/KIND/FILLER; prints its port. Also an engine whose one container has ended and said one long line last."""
import http.server
import json
import sys

SHORT, LONG = sys.argv[1:3]


def openapi(fill):
    return {"openapi": "3.0.0", "paths": {"/%s%s%d" % ("a" * (fill // 8), SHORT, i): {"get": {}} for i in range(9)}}


def prometheus(status, **keys):
    return json.dumps({"status": status, **keys})


def answer(kind, fill):
    """Status, headers and body."""
    words = "a" * fill + SHORT
    if kind == "body":
        return 200, {}, "a" * fill + LONG
    if kind == "huge":
        return 200, {}, "a" * (256 * 1024 - fill) + SHORT + "b" * 4096
    if kind == "shrunk":
        return 200, {}, LONG * 3 + words
    if kind == "error":
        return 400, {}, prometheus("error", errorType=words, error=words)
    if kind == "type":
        return 200, {}, prometheus("success", data={"resultType": words, "result": []})
    if kind == "series":
        result = [{"metric": {"a": words}, "value": [1, "x"]}]
        return 200, {}, prometheus("success", data={"resultType": "vector", "result": result})
    if kind == "cors":
        return 200, {"Access-Control-Allow-Origin": "https://" + words}, ""
    if kind == "name":
        return 200, {words: "x", LONG + "1": "x"}, ""
    if kind == "openapi":
        return 200, {}, json.dumps(openapi(fill))
    if kind == "engine":
        return 500, {}, json.dumps({"message": words})
    if kind == "polling":
        return 400, {}, json.dumps({"code": 0, "message": words})
    if kind == "decoded":
        return 200, {}, "it is Sw0rd fish"
    return 200, {}, "ok"


class Cut(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        parts = self.path.split("/")
        if parts[1] == "containers" and parts[3].startswith("logs"):
            found = 200, {}, "A" * 100 + SHORT + "B" * (3000 - 8)
        elif parts[1] == "containers" and parts[3] == "json":
            found = 200, {}, json.dumps({"Id": "x", "Name": "/x", "Image": "", "Config": {"Tty": True},
                                         "State": {"Status": "exited", "ExitCode": 1}})
        elif parts[1].startswith(("events", "images")):
            found = 200, {}, ""
        else:
            found = answer(parts[1], int("".join(c for c in parts[2].split("?")[0] if c.isdigit()) or "0"))
        self.send_response(found[0])
        for name, value in {**found[1], "Content-Length": str(len(found[2]))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found[2].encode())

    do_OPTIONS = do_GET

    def log_message(self, *args):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cut) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
