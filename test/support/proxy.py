"""Stands between pgrehearse and a server, counts what pgrehearse asks for, and at one request makes something break."""

import os
import socket
import threading
import time

# Frontend messages that make the server do something (manual: "Message Formats"): Query, Sync, CopyData, CopyDone,
# Terminate. Parse, Bind, Describe and Execute wait for their Sync. A connection's start counts as well.
REQUESTS = b"QSdcX"
READY = b"Z\x00\x00\x00\x05"

# Where a request is stopped: before the server sees it, once it is on its way, or once the server has answered and
# nobody has heard the answer.
BEFORE, DURING, ANSWERED = "before", "during", "answered"


class Proxy:
    """A Unix socket in `directory` that leads to the server's. `strike` is called once, at the armed request."""

    def __init__(self, upstream, directory):
        self.upstream = str(upstream / ".s.PGSQL.5432")
        self.directory = directory
        self.lock = threading.Lock()
        self.arm(0, BEFORE, None)
        self.listener = socket.socket(socket.AF_UNIX)
        path = directory / ".s.PGSQL.5432"
        self.listener.bind(str(path))
        os.chmod(path, 0o777)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def arm(self, request, moment, strike):
        """Counts anew, and calls strike(connection) at the request of this number (from 1; 0: never)."""
        with self.lock:
            self.count, self.armed, self.moment, self.strike = 0, request, moment, strike
            self.struck = False
            self.log = []

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=Connection(self, client).run, daemon=True).start()

    def note(self, what):
        """Whether this request is the one."""
        with self.lock:
            self.count += 1
            self.log.append(what)
            if self.struck or self.count != self.armed:
                return False
            self.struck = True
            return True


class Connection:
    def __init__(self, proxy, client):
        self.proxy, self.client = proxy, client
        self.server = socket.socket(socket.AF_UNIX)
        self.deaf = False  # what the server says is dropped
        self.ready = threading.Event()
        self.parsed = b""
        self.answering = False

    def cut(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def run(self):
        try:
            self.server.connect(self.proxy.upstream)
            self.answering = True
            threading.Thread(target=self._answers, daemon=True).start()
            self._requests()
        except OSError:
            pass
        self.cut()
        self.client.close()
        if not self.answering:
            self.server.close()

    def _answers(self):
        tail = b""
        try:
            while data := self.server.recv(1 << 16):
                tail = (tail + data)[-6:]
                if tail[:5] == READY:
                    self.ready.set()
                if not self.deaf:
                    self.client.sendall(data)
        except OSError:
            pass
        self.cut()
        self.server.close()

    def _requests(self):
        pending, started = b"", False
        while data := self.client.recv(1 << 16):
            pending += data
            while True:
                head = 0 if not started else 1
                if len(pending) < head + 4:
                    break
                size = head + int.from_bytes(pending[head:head + 4], "big")
                if len(pending) < size:
                    break
                message, pending = pending[:size], pending[size:]
                self._pass(message, started)
                started = True

    def _pass(self, message, started):
        if started and message[:1] == b"P":
            self.parsed = message[5:].split(b"\0")[1]
        counts = not started or message[:1] in REQUESTS
        if not counts or not self.proxy.note(self._describe(message) if started else "connect"):
            self.server.sendall(message)
            return
        moment, strike = self.proxy.moment, self.proxy.strike
        if moment == BEFORE:
            strike(self)
            self.server.sendall(message)
            return
        self.deaf = moment == ANSWERED
        self.ready.clear()
        self.server.sendall(message)
        if moment == ANSWERED:
            self.ready.wait(0.5)
            time.sleep(0.01)
        strike(self)


    def _describe(self, message):
        text = {b"Q": message[5:-1], b"S": self.parsed}.get(message[:1], message[:1])
        return " ".join(text.decode(errors="replace").split())[:80]
