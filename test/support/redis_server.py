"""A real Redis for one test: on a Unix socket in a directory of its own, gone when it is closed."""

import shutil
import socket
import subprocess
import time

from support import server


class Redis:
    def __init__(self):
        self.directory = server.private_directory("pgrr-")
        self.socket = self.directory / "r.sock"
        self.url = f"unix://{self.socket}"
        self.start()

    def start(self):
        settings = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.directory,
                    "--repl-diskless-sync-delay", "0", "--logfile", self.directory / "log"]
        self.process = subprocess.Popen(server.as_server_account(["redis-server", *settings]))
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                if self.command("PING") == "PONG":
                    return
            except (OSError, subprocess.CalledProcessError):
                pass
            time.sleep(0.05)
        raise RuntimeError((self.directory / "log").read_text())

    def command(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *map(str, words)], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def bulk(self, lines):
        """Many commands, a line each."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.socket))
            connection.sendall("".join(line + "\r\n" for line in lines).encode())
            answers = b""
            while answers.count(b"\r\n") < len(lines):
                answers += connection.recv(1 << 16)
        if b"-ERR" in answers:
            raise RuntimeError(answers.decode())

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.directory)
