"""A real PostgreSQL server for one test process: on a Unix socket in a directory of its own, gone when it is closed."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

import psycopg2
from psycopg2 import sql

DEBIAN_15 = pathlib.Path("/usr/lib/postgresql/15/bin")
CLIENT = DEBIAN_15  # psql, pg_dump and pg_restore of 15 talk to every server that the tests start
SUPERUSER = "postgres"


def binaries(major):
    """The directory of `postgres` for this major version. A missing one is an error, never a skipped test."""
    if major == 15:
        directory = DEBIAN_15
    else:
        name = f"PGREHEARSE_TEST_PG{major}_BIN"
        if not os.environ.get(name):
            raise RuntimeError(f"{name} has to name the directory of PostgreSQL {major}'s programs")
        directory = pathlib.Path(os.environ[name])
    if not (directory / "postgres").exists():
        raise RuntimeError(f"there is no PostgreSQL {major} in {directory}")
    return directory


def as_server_account(argv):
    """PostgreSQL refuses to run as root: root becomes the account `postgres`. The child dies with its parent."""
    prefix = ["setpriv", "--pdeathsig", "QUIT"]
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        prefix += ["--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups"]
    return prefix + ["--"] + [str(word) for word in argv]


def private_directory(prefix):
    """A short path that the servers' account may use, below TMPDIR: Unix socket names are limited to 107 bytes."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix=prefix))
    give_to_server(directory)
    return directory


def give_to_server(path):
    if os.getuid() == 0:
        shutil.chown(path, "postgres", "postgres")


class Server:
    """Started by the constructor, ended by close() or by leaving `with`."""

    def __init__(self, major=15, settings=None, authentication="trust", password=None):
        self.major = major
        self.bin = binaries(major)
        self.directory = private_directory("pgs-")
        self.data = self.directory / "data"
        self.sockets = self.directory / "s"
        self.process = None
        self._password = password
        try:
            self._initdb(authentication)
            self._configure(settings or {})
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def environment(self):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        if self.major != 15:
            variables["LD_LIBRARY_PATH"] = str(self.bin.parent / "lib")
        return variables

    def run(self, program, *arguments):
        return subprocess.run(
            as_server_account([self.bin / program, *arguments]),
            env=self.environment(), cwd="/", check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def _initdb(self, authentication):
        arguments = ["-D", self.data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self._password:
            secret = self.directory / "initial"
            secret.write_text(self._password)
            give_to_server(secret)
            arguments += ["--pwfile", secret]
        self.run("initdb", *arguments, "-A", authentication)

    def _configure(self, settings):
        wanted = {
            "listen_addresses": "", "unix_socket_directories": str(self.sockets), "fsync": "off",
            "wal_level": "replica", "max_wal_senders": "8", "max_connections": "40", "shared_buffers": "24MB",
            "autovacuum": "off", "log_statement": "none", "min_wal_size": "32MB", **settings,
        }
        lines = [f"{name} = '{value}'\n" for name, value in wanted.items()]
        with open(self.data / "postgresql.auto.conf", "a") as file:
            file.writelines(lines)
        self.sockets.mkdir()
        give_to_server(self.sockets)

    def start(self):
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                as_server_account([self.bin / "postgres", "-D", self.data]),
                env=self.environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )
        self.wait_until_up()

    def wait_until_up(self):
        for _ in range(400):
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        raise RuntimeError("the test server does not start:\n" + self.log()[-2000:])

    def stop_at_once(self):
        """Ends the server as `pg_ctl stop -m immediate` does: when it is started again, it recovers."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def log(self):
        return (self.directory / "log").read_text(errors="replace")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()
        self.process = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def url(self, database="postgres", user=SUPERUSER, password=None):
        quoted = urllib.parse.quote(user, safe="")
        if password is not None:
            quoted += ":" + urllib.parse.quote(password, safe="")
        host = urllib.parse.quote(str(self.sockets), safe="")
        return f"postgresql://{quoted}@/{urllib.parse.quote(database, safe='')}?host={host}"

    def connect(self, database="postgres", user=SUPERUSER):
        """A connection in autocommit mode."""
        connection = psycopg2.connect(host=str(self.sockets), dbname=database, user=user, password=self._password)
        connection.autocommit = True
        return connection

    def execute(self, statements, database="postgres", user=SUPERUSER):
        """Runs SQL and returns the rows of its last statement, if it has any."""
        connection = self.connect(database, user)
        try:
            cursor = connection.cursor()
            cursor.execute(statements)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create_database(self, name, template="template1", owner=SUPERUSER):
        connection = self.connect()
        connection.cursor().execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(template), sql.Identifier(owner)))
        connection.close()

    def drop_database(self, name):
        connection = self.connect()
        connection.cursor().execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.close()

    def psql(self, script, database, user=SUPERUSER):
        """Runs a script file as a person would: stops at the first error. Returns the completed process."""
        variables = self.environment()
        variables.pop("LD_LIBRARY_PATH", None)
        return subprocess.run(
            [CLIENT / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-f", str(script), "-d", self.url(database, user)],
            env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", errors="replace", timeout=120,
        )
