"""What must hold whenever an apply or undo is ended at any step, and the means to end it there.

Afterwards production is wholly changed and can be undone, or is as it was; the next command says which; and nothing is
left behind there: no prepared transaction, no session, no lock, no slot.
"""

import json
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

from support import cli, dump, proxy, server, shop

SCRIPT = """
DELETE FROM users WHERE auth_source = 'test';
UPDATE users SET plan = 'pro' WHERE id BETWEEN 1 AND 3;
INSERT INTO users (id, auth_source, name) VALUES (4503599627370600, 'test', 'QA four');
"""
SETTINGS = {"wal_level": "logical", "max_prepared_transactions": "8"}
# Everything of the apply's and undo's that touches a file, by system call.
FILE_CALLS = ("fsync", "rename", "mkdir", "unlink", "unlinkat", "fallocate", "openat", "write", "fchmod")


class Wrong(Exception):
    """The law does not hold."""


class Ground:
    """A server, a plan, and databases and records as they are before and after its apply."""

    def __init__(self, major=15):
        self.server = server.Server(major, SETTINGS)
        self.home = cli.Home()
        self.sockets = server.private_directory("pgx-")
        self.proxy = proxy.Proxy(self.server.sockets, self.sockets)
        self.url = f"postgresql://postgres@/shop?host={urllib.parse.quote(str(self.sockets), safe='')}"
        self.server.create_database("before")
        self.server.execute(shop.DATABASE, "before")
        self.at = None  # what "shop" is like: "before", "after"; None: not known
        self.plan = self.home.work / "clean.plan"
        self.reset("before")
        script = self.home.script(SCRIPT)
        self._must(self.home.run("plan", "--from", self.server.url("shop"), "--out", self.plan, script, major=major), "plan")
        self.rows = {"before": self.dump()}

    def close(self):
        self.proxy.close()
        self.server.close()
        self.home.remove()
        shutil.rmtree(self.sockets, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- where trials begin

    def prepare_undo(self):
        """Applies once, and keeps database and record as what every trial of undo begins with."""
        self.reset("before")
        self._must(self.apply("locked-rows").wait(), "apply")
        self.at = None
        self.rows["after"] = self.dump()
        if self.rows["after"] == self.rows["before"]:
            raise Wrong("the script changes nothing")
        self.server.create_database("after", template="shop")
        shutil.copytree(self.state, self.home.root / "record")

    @property
    def state(self):
        return self.home.path / "state"

    def reset(self, begin):
        """The database as it is at `begin`, made anew where it is not so already, and the records that go with it."""
        self.proxy.arm(0, proxy.BEFORE, None)
        if self.at != begin:
            self._wait_for_slots()
            self.server.drop_database("shop")
            self.server.create_database("shop", template=begin)
        self.at = begin
        shutil.rmtree(self.state, ignore_errors=True)
        if begin == "after":
            shutil.copytree(self.home.root / "record", self.state)

    def _wait_for_slots(self):
        """A slot goes with its session, which ends a moment after whoever used it, and may just be about to make one; until then
        nobody can drop the database."""
        deadline = time.monotonic() + 10
        while self.server.execute("SELECT FROM pg_replication_slots UNION ALL "
                                  "SELECT FROM pg_stat_activity WHERE backend_type = 'walsender'"):
            if time.monotonic() > deadline:
                raise Wrong("a slot stays behind")
            time.sleep(0.02)

    # ---- what is done in a trial

    def apply(self, proof, prefix=()):
        return self._start("apply", self.plan, "--to", self.url, "--execute", "--proof", proof, prefix=prefix)

    def undo(self, prefix=()):
        (apply_id,) = [path.name for path in (self.state / "applies").iterdir() if path.is_dir()]
        return self._start("undo", apply_id, "--execute", prefix=prefix)

    def _start(self, *arguments, prefix):
        return Run(self.home, [*prefix, cli.program(), *map(str, arguments), "--format", "json"])

    # ---- the law

    def check(self, begin, goal, run):
        """`run` began at `begin` and wanted to get to `goal`; returns where it got. Raises Wrong."""
        listed = self.home.run("applies", "--format", "json")
        if listed.exit != 0:
            raise Wrong(f"applies fails: {listed}")
        rows = self.dump()
        at = self.at = next((name for name, known in self.rows.items() if known == rows), None)
        if at is None:
            raise Wrong("the database is neither what it was nor what it was to become")
        self._check_record(begin, goal, at, listed.json["applies"])
        self._check_answer(goal, at, run)
        self._check_left_behind()
        if at == "after":
            self.at = None
            self._must(self.undo().wait(), "undo afterwards")
            if self.dump() != self.rows["before"]:
                raise Wrong("the undo did not put everything back")
            self.at = "before"
        return at

    @staticmethod
    def _check_record(begin, goal, at, records):
        if not records and begin == at == "before":
            return  # it did not come to a record
        if len(records) != 1:
            raise Wrong(f"there are {len(records)} records")
        state = records[0]["state"]
        if goal == "after":
            expected = "applied" if at == "after" else "refused"
        else:
            expected = "applied" if at == "after" else "undone"
        if state != expected:
            raise Wrong(f"production is as {at}, and applies says {state}: {records[0]}")
        if records[0]["undoable"] != (at == "after"):
            raise Wrong(f"undoable is wrong: {records[0]}")

    @staticmethod
    def _check_answer(goal, at, run):
        if run.exit == 0 and at != goal:
            raise Wrong("it said that it was done")
        if run.exit == 1 and at == goal:
            raise Wrong("it said that it was refused")
        try:
            said = json.loads(run.out)
        except ValueError:
            return
        done = said.get("applied" if goal == "after" else "undone")
        if done and at != goal:
            raise Wrong(f"it said that it was done: {run.out}")
        if run.exit == 3 and not done and at == goal and "applies" not in run.out + run.err:
            raise Wrong(f"it was done, and said that it was not: {run.out} {run.err}")

    def _check_left_behind(self):
        deadline = time.monotonic() + 10
        while True:
            left = self.server.execute("""
              SELECT 'prepared ' || gid FROM pg_prepared_xacts
              UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
              UNION ALL SELECT 'session ' || pid || ' ' || state || ' ' || query FROM pg_stat_activity
                        WHERE application_name LIKE 'pgrehearse%' OR xact_start IS NOT NULL AND pid <> pg_backend_pid()
                          AND backend_type = 'client backend'
              UNION ALL SELECT 'lock ' || locktype || ' ' || relation::regclass::text FROM pg_locks
                        WHERE relation IS NOT NULL AND pid IS DISTINCT FROM pg_backend_pid()""", "shop")
            if not left:
                return
            if time.monotonic() > deadline:
                raise Wrong(f"left behind: {left}")
            time.sleep(0.05)

    def dump(self):
        connection = self.server.connect("shop")
        try:
            tables, _ = dump.take(connection).values()
        finally:
            connection.close()
        return {name: table[3] for name, table in tables.items()}

    @staticmethod
    def _must(outcome, what):
        if outcome.exit != 0:
            raise Wrong(f"{what} fails: {outcome}")


class Run:
    """A command that may be killed while it runs."""

    def __init__(self, home, argv):
        self.process = subprocess.Popen(list(map(str, argv)), env=home.environment(), cwd=home.work,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def wait(self, seconds=120):
        try:
            out, err = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            raise Wrong(f"it does not end:\n{out.decode()}\n{err.decode()}") from None
        return cli.Outcome(self.process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


# What happens at the request, given ground and run; the request is passed on afterwards, or was before.
def _cut(ground, run, connection):
    connection.cut()


def _kill(ground, run, connection):
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()
    connection.cut()


def _interrupt(ground, run, connection):
    run.process.send_signal(signal.SIGINT)


def _crash(ground, run, connection):
    ground.server.stop_at_once()


STRIKES = {"cut": _cut, "kill": _kill, "interrupt": _interrupt, "crash": _crash}
MOMENTS = (proxy.BEFORE, proxy.DURING, proxy.ANSWERED)


def trial_at_request(ground, act, proof, number, moment, strike):
    """One trial. Returns (where it got, what the request was), or None where no request has that number."""
    begin, goal = ("before", "after") if act == "apply" else ("after", "before")
    ground.reset(begin)
    started, over = threading.Event(), threading.Event()
    runs = []

    def act_now(connection):
        started.wait()
        STRIKES[strike](ground, runs[0], connection)
        over.set()

    ground.proxy.arm(number, moment, act_now)
    runs.append(ground.apply(proof) if act == "apply" else ground.undo())
    started.set()
    if strike == "crash":
        # The server dies with the thread that starts it, so that one has to be this.
        while not over.is_set() and runs[0].process.poll() is None:
            time.sleep(0.002)
        if ground.proxy.struck and over.wait(60):
            ground.server.start()
    outcome = runs[0].wait()
    struck, what = ground.proxy.struck, (ground.proxy.log[number - 1:number] or [""])[0]
    if not struck:
        ground.at = None
        return None
    if not over.wait(60):
        raise Wrong("the strike does not end")
    try:
        return ground.check(begin, goal, outcome), what
    except Wrong as wrong:
        raise Wrong(f"{act} ({proof}), request {number} ({what}), {strike} {moment}: {wrong}\n{outcome}") from None


def trial_at_file_step(ground, act, proof, call, number, injection):
    """The same at the `number`th system call of a kind, by strace; `injection` as "signal=KILL" or "error=ENOSPC"."""
    begin, goal = ("before", "after") if act == "apply" else ("after", "before")
    ground.reset(begin)
    log = ground.home.root / "strace"
    prefix = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={call}", "-e", f"inject={call}:{injection}:when={number}"]
    outcome = (ground.apply(proof, prefix) if act == "apply" else ground.undo(prefix)).wait()
    # Every call has a line of its own, and the one that a signal ended has no result.
    text = log.read_text(errors="replace")
    struck = "(INJECTED)" in text or "killed by SIGKILL" in text
    if not struck:
        ground.at = None
        return None
    try:
        return ground.check(begin, goal, outcome), call
    except Wrong as wrong:
        raise Wrong(f"{act} ({proof}), {call} number {number}, {injection}: {wrong}\n{outcome}\n{text[-1500:]}") from None
