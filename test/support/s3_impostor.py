"""Stands between a client and a real S3 server, and misbehaves as told.

    s3_impostor.py UPSTREAM_PORT DIRECTORY [CERTIFICATE KEY]

Prints the port that it listens on (with TLS where a certificate is given), and ends with its standard input. Before each
request it reads DIRECTORY/rules.json, a list of objects; the first that matches and is not used up decides:

    {"id": 1, "method": "PUT", "path": "part of path and query", "skip": 0, "times": 1, "do": ...}

    answer      status, headers, body: say that instead of asking the server
    lose        ask the server, and close the connection without an answer
    refuse      close the connection after the headers of the request
    cut         pass the answer on, but only `bytes` of its body
    slow        pass the answer on in pieces of `bytes`, a pause of `seconds` between them
    header      pass the answer on with `headers` in place of the server's
    corrupt     pass the request on with one byte of its body changed
    silence     wait `seconds` before the answer
    hang        wait `seconds` before asking the server, and close the connection then

Each request is a line of DIRECTORY/requests.log: "PUT /bucket/key?query"; once one is waited over, DIRECTORY/waiting is there.
In a test, Impostor is all this in a directory of its own.
"""

import http.client
import http.server
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HOP = {"connection", "transfer-encoding", "keep-alive"}


class Rules:
    def __init__(self, directory):
        self._file = directory / "rules.json"
        self._log = directory / "requests.log"
        self._waiting = directory / "waiting"
        self._seen = {}
        self._lock = threading.Lock()

    def next(self, method, path):
        with self._lock:
            with open(self._log, "a", encoding="utf-8") as log:
                log.write(f"{method} {path}\n")
            rules = json.loads(self._file.read_text()) if self._file.exists() else []
            for rule in rules:
                if rule.get("method", method) != method or rule.get("path", "") not in path:
                    continue
                seen = self._seen[rule["id"]] = self._seen.get(rule["id"], 0) + 1
                if rule.get("skip", 0) < seen <= rule.get("skip", 0) + rule.get("times", 1):
                    return rule
            return {"do": "pass"}

    def wait(self, seconds):
        self._waiting.touch()
        time.sleep(seconds)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rules = None
    upstream = 0

    def log_message(self, *_):
        pass

    def handle_one(self):
        rule = self.rules.next(self.command, self.path)
        if rule["do"] == "refuse":
            return self.drop()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if rule["do"] == "answer":
            return self.say(rule["status"], list(rule.get("headers", {}).items()), rule.get("body", "").encode())
        if rule["do"] == "corrupt":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if rule["do"] == "hang":
            self.rules.wait(rule["seconds"])
            return self.drop()
        status, headers, answer = self.ask(body)
        if rule["do"] == "lose":
            return self.drop()
        if rule["do"] == "header":
            changed = {name.lower() for name in rule["headers"]}
            headers = [pair for pair in headers if pair[0].lower() not in changed] + list(rule["headers"].items())
        if rule["do"] == "silence":
            self.rules.wait(rule["seconds"])
        return self.say(status, headers, answer, rule)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

    def ask(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=60)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in HOP]
        connection.close()
        return answer.status, headers, content

    def say(self, status, headers, body, rule=None):
        rule = rule or {"do": "pass"}
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        length = dict((name.lower(), value) for name, value in headers).get("content-length", str(len(body)))
        self.send_header("Content-Length", length if self.command == "HEAD" else str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if rule["do"] == "cut":
            self.wfile.write(body[:rule["bytes"]])
            self.drop()
        elif rule["do"] == "slow":
            for at in range(0, len(body), rule["bytes"]):
                self.wfile.write(body[at:at + rule["bytes"]])
                time.sleep(rule["seconds"])
        else:
            self.wfile.write(body)

    def drop(self):
        self.wfile.flush()
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        """A client that went away is no news."""


class Impostor:
    """A process of this program before `upstream`, the endpoint of a server."""

    def __init__(self, upstream):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="impostor-"))
        argv = [sys.executable, __file__, upstream.rpartition(":")[2], self.directory]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.endpoint = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def rules(self, *rules):
        """From now on these alone, and an empty log. A rule's `id` is its own, since the counts go by it."""
        for name in ("requests.log", "waiting"):
            (self.directory / name).unlink(missing_ok=True)
        whole = [{"id": os.urandom(8).hex(), **rule} for rule in rules]
        (self.directory / "rules.new").write_text(json.dumps(whole))
        (self.directory / "rules.new").rename(self.directory / "rules.json")

    def requests(self):
        log = self.directory / "requests.log"
        return log.read_text().splitlines() if log.exists() else []

    def is_waiting(self):
        return (self.directory / "waiting").exists()

    def close(self):
        self._process.communicate("")
        shutil.rmtree(self.directory, ignore_errors=True)


def main():
    Handler.upstream = int(sys.argv[1])
    Handler.rules = Rules(pathlib.Path(sys.argv[2]))
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) > 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[3], sys.argv[4])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    while os.read(0, 4096):
        pass


if __name__ == "__main__":
    main()
