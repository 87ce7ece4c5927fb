"""What benchmarks measure: whole processes, by the operating system's own accounting."""

import subprocess
import sys
import time

from support.cli import program


def figures(home, *arguments, accepted=(0, 1)):
    """Runs the program under time(1); returns seconds and its own peak memory in MiB."""
    command = ["/usr/bin/time", "-f", "%e %M", program(), *map(str, arguments)]
    result = subprocess.run(command, env=home.environment(), cwd=home.work, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if result.returncode not in accepted:
        sys.exit(result.stderr.decode())
    seconds, kilobytes = result.stderr.decode().splitlines()[-1].split()
    return float(seconds), int(kilobytes) / 1024


def timed(body):
    begin = time.monotonic()
    body()
    return time.monotonic() - begin
