"""Runs the real `pgrehearse` with a home of its own, and looks at what it leaves behind."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from support import server

KEEPS, BREAKS, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130


def program():
    path = os.environ.get("PGREHEARSE")
    if not path or not os.access(path, os.X_OK):
        raise RuntimeError("the environment variable PGREHEARSE has to name the program to test")
    return os.path.abspath(path)


@dataclasses.dataclass
class Outcome:
    exit: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    def __str__(self):
        return f"exit status {self.exit}\n--- stdout\n{self.out[-6000:]}\n--- stderr\n{self.err[-6000:]}"


def processes_naming(text):
    """Command lines of the running processes that mention `text`, with their ids."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found[int(entry.name)] = line
    return found


class Home:
    """PGREHEARSE_HOME, and a working directory beside it."""

    def __init__(self, directory=None):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="pgrh-"))
        self.root.chmod(0o711)
        self.path = pathlib.Path(directory) if directory else self.root / "h"
        self.new_work()

    def new_work(self):
        """An empty working directory."""
        self.work = self.root / "w"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()

    def environment(self, major=15, extra=None):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        for name in ("DATABASE_URL", "NO_COLOR", "COLUMNS"):
            variables.pop(name, None)
        variables["PGREHEARSE_HOME"] = str(self.path)
        if major != 15:
            variables["PGREHEARSE_PG_BIN"] = str(server.binaries(major))
        for name, value in (extra or {}).items():
            if value is None:
                variables.pop(name, None)
            else:
                variables[name] = str(value)
        return variables

    def start(self, *arguments, major=15, env=None, cwd=None, **streams):
        return subprocess.Popen([program(), *map(str, arguments)], env=self.environment(major, env),
                                cwd=cwd or self.work, stdin=subprocess.DEVNULL, **streams)

    def run(self, *arguments, major=15, env=None, cwd=None, timeout=180):
        process = self.start(*arguments, major=major, env=env, cwd=cwd,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        return Outcome(process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    def plan(self, *arguments, source=None, out=None, **options):
        """`pgrehearse plan --format json` with the plan file kept in the working directory."""
        head = ["plan", "--format", "json", "--out", out or self.work / "out.plan"]
        if source:
            head += ["--from", source]
        return self.run(*head, *arguments, **options)

    def script(self, text, name="script.sql"):
        path = self.work / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def contract(self, text, name="pgrehearse.toml"):
        return self.script(text, name)

    def left_behind(self):
        """What a finished run must not leave: processes, running or half-made instances."""
        deadline = time.monotonic() + 2  # a killed server's children need a moment to notice
        while True:
            found = [f"process {pid}: {line}" for pid, line in processes_naming(str(self.path)).items()]
            for folder in ("instances", "building"):
                directory = self.path / folder
                if directory.is_dir():
                    found += [str(path) for path in directory.iterdir()]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
