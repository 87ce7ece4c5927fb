"""A real S3 server for tests: Ceph with one node (monitor, manager, one OSD, radosgw) on loopback, in a directory of its own.

As a command it serves whoever started it until its standard input ends, and says where on standard output, as one line
of JSON: {"endpoint", "access_key", "secret_key", "bucket"}. Host style is served below the name `localhost`. Objects lie
in memory: at most 4 GiB, and nothing waits for a disk.
"""

import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1])]

from support import server  # noqa: E402

START_SECONDS = 90

CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = v1:127.0.0.1:{mon_port}
public_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = {directory}
admin_socket = {directory}/$name.asok
log_file = {directory}/$name.log
mon_cluster_log_file = {directory}/cluster.log
crash_dir = {directory}
mon_data = {directory}/mon
mgr_data = {directory}/mgr
osd_data = {directory}/osd
rgw_data = {directory}/rgw
mon_allow_pool_size_one = true
mon_allow_pool_delete = true
mon_data_avail_warn = 1
mon_data_avail_crit = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_objectstore = memstore
memstore_device_bytes = 4294967296
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
mgr_initial_modules =
rgw_frontends = beast endpoint=127.0.0.1:{port}
rgw_dns_name = localhost
rgw_run_sync_thread = false
rgw_enable_usage_log = false
rgw_gc_processor_period = 3600
"""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


class Radosgw:
    """Started by the constructor, ended by close() or by leaving `with`."""

    def __init__(self):
        self.directory = server.private_directory("ceph-")
        self.access_key = "TEST" + secrets.token_hex(8).upper()
        self.secret_key = secrets.token_hex(20)
        self.bucket = "backups"
        self._processes = []
        try:
            mon_port, port = free_ports(2)
            self.endpoint = f"http://127.0.0.1:{port}"
            self._start(mon_port, port)
            self.make_bucket(self.bucket)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self, mon_port, port):
        fsid = str(uuid.uuid4())
        for name in ("mon", "mgr", "osd", "rgw"):
            (self.directory / name).mkdir()
            server.give_to_server(self.directory / name)
        self.configuration = self.directory / "ceph.conf"
        self.configuration.write_text(CONFIGURATION.format(
            fsid=fsid, directory=self.directory, mon_port=mon_port, port=port))
        monmap = self.directory / "monmap"
        self.run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v1:127.0.0.1:{mon_port}]", monmap)
        self.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap)
        self._daemon("ceph-mon", "-i", "a")
        self._daemon("ceph-mgr", "-i", "x")
        osd = str(uuid.uuid4())
        self.run("ceph", "osd", "new", osd)
        self.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._start_osd()
        self.run("radosgw-admin", "user", "create", "--uid=test", "--display-name=test",
                 f"--access-key={self.access_key}", f"--secret-key={self.secret_key}")
        self._daemon("radosgw", "-n", "client.rgw")
        self._wait_until("radosgw answers", lambda: self._answers(port))

    def run(self, program, *arguments):
        """Runs one of Ceph's programs on this cluster; an error says what it said."""
        outcome = subprocess.run(self._command(program, *arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, timeout=START_SECONDS, cwd="/", check=False)
        if outcome.returncode != 0:
            raise RuntimeError(f"{program} failed: {outcome.stdout.decode(errors='replace')}")

    def _command(self, program, *arguments):
        words = [program]
        if program != "monmaptool":
            words += ["-c", self.configuration]
        return server.as_server_account(words + list(arguments))

    def _daemon(self, program, *arguments):
        with open(self.directory / f"{program}.out", "wb") as out:
            process = subprocess.Popen(self._command(program, *arguments, "-f"), stdin=subprocess.DEVNULL, stdout=out,
                                       stderr=out, cwd="/")
        self._processes.append(process)
        return process

    def _start_osd(self):
        # Now and then an OSD speaks to the monitor before it knows the cluster's id, is refused, and ends.
        for _ in range(5):
            process = self._daemon("ceph-osd", "-i", "0")
            self._wait_until("the OSD takes part or ends", lambda: process.poll() is not None or self._is_active("osd.0"))
            if process.poll() is None:
                return
            self._processes.remove(process)
        raise RuntimeError(f"the OSD does not start: {self._said()}")

    def _is_active(self, daemon):
        return self._ask(daemon, "status").get("state") == "active"

    def _said(self):
        return "".join(path.read_text(errors="replace")[-2000:] for path in self.directory.glob("*.out"))

    def _ask(self, daemon, question):
        """What a daemon says on its own socket: a question ends with a zero byte, an answer begins with its length."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.directory / f"{daemon}.asok"))
            connection.sendall(json.dumps({"prefix": question}).encode() + b"\0")
            answer = connection.makefile("rb").read()
        return json.loads(answer[4:])

    def _answers(self, port):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("GET", "/")
            return connection.getresponse().status == 200

    def _wait_until(self, what, done):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                if done():
                    return
            time.sleep(0.05)
        raise RuntimeError(f"within {START_SECONDS} seconds it did not come about that {what}: {self._said()}")

    def make_bucket(self, name):
        self._signed("PUT", name, "", b"")

    def request(self, method, path, body=b"", query=""):
        """One request about the bucket, or an object in it (`path`, encoded); what was answered."""
        return self._signed(method, f"{self.bucket}/{path}".rstrip("/"), query, body)

    def _signed(self, method, path, query, body):
        """A request, signed as "Signature Version 4" of the Amazon S3 API Reference has it."""
        now = datetime.datetime.now(datetime.timezone.utc)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        content = hashlib.sha256(body).hexdigest()
        host = self.endpoint.removeprefix("http://")
        headers = {"host": host, "x-amz-content-sha256": content, "x-amz-date": stamp}
        names = ";".join(headers)
        lines = "".join(f"{header}:{value}\n" for header, value in headers.items())
        scope = f"{day}/us-east-1/s3/aws4_request"
        canonical = f"{method}\n/{path}\n{query}\n{lines}\n{names}\n{content}"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = ("AWS4" + self.secret_key).encode()
        for part in [*scope.split("/"), text]:
            key = hmac.digest(key, part.encode(), "sha256")
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope},SignedHeaders={names},"
                                    f"Signature={key.hex()}")
        with contextlib.closing(http.client.HTTPConnection(host, timeout=START_SECONDS)) as connection:
            connection.request(method, f"/{path}" + (f"?{query}" if query else ""), body=body or None, headers=headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status // 100 != 2:
                raise RuntimeError(f"{method} {path}: {answer.status} {content.decode()}")
            return content

    def close(self):
        for process in reversed(self._processes):
            process.kill()
        for process in self._processes:
            process.wait()
        self._processes = []
        shutil.rmtree(self.directory, ignore_errors=True)


def main():
    with Radosgw() as gateway:
        print(json.dumps({"endpoint": gateway.endpoint, "access_key": gateway.access_key,
                          "secret_key": gateway.secret_key, "bucket": gateway.bucket}), flush=True)
        while os.read(0, 4096):
            pass


if __name__ == "__main__":
    main()
