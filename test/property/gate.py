"""A gate in a script: an advisory lock at which whoever runs it has to stop, so that others can come in between."""

import concurrent.futures
import contextlib
import re
import time

GATE = "SELECT pg_catalog.pg_advisory_xact_lock(4711);\n"
BODY = re.compile(r"(\$\w*\$.*?\$\w*\$)", re.DOTALL)


def places(text):
    """Offsets of a script written by hand where a statement may be put: after each line that ends one."""
    found, at = [0], 0
    for number, part in enumerate(BODY.split(text)):
        found += [at + end.end() for end in re.finditer(r";\n", part)] if number % 2 == 0 else []
        at += len(part)
    return found


def without_transactions(text):
    """The script as part of a transaction: BEGIN and COMMIT as statements taken out, those in bodies of functions left."""
    parts = BODY.split(text)
    parts[::2] = [re.sub(r"\b(BEGIN|COMMIT)\s*;", ";", part) for part in parts[::2]]
    return "".join(parts)


class Gate:
    """Shut from the beginning, until it is opened."""

    def __init__(self, connection):
        self.connection = connection
        self.cursor = connection.cursor()
        self.cursor.execute("SELECT pg_advisory_lock(4711)")

    def wait_for(self, running, in_the_way=None, seconds=20):
        """True once somebody stands at the gate; False where they ended without. `in_the_way` is called once somebody waits for
        another lock instead."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not running.done():
            self.cursor.execute("SELECT coalesce(bool_or(locktype = 'advisory'), false), coalesce(bool_or(locktype <> 'advisory'), false)"
                                " FROM pg_locks WHERE NOT granted AND (database IS NULL OR database ="
                                " (SELECT oid FROM pg_database WHERE datname = current_database()))")
            stands, waits = self.cursor.fetchone()
            if stands:
                return True
            if waits and in_the_way:
                in_the_way()
                in_the_way = None
            time.sleep(0.005)
        return False

    def open(self):
        self.cursor.execute("SELECT pg_advisory_unlock_all()")

    def close(self):
        self.connection.close()


@contextlib.contextmanager
def started(body):
    """`body` in a thread of its own; a future of what it returns."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        yield pool.submit(body)
