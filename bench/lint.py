"""How fast lint reads: SQL beside squawk in one run, and a source tree of a million lines.

Prints megabytes per second and the ratio; the tree's figure is the best of three. Targets: 5 times squawk, 3 seconds.
"""

import hashlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(os.environ["PGREHEARSE_SOURCE_DIR"])
LINT = [os.environ["PGREHEARSE"], "lint", "--format", "json"]

SQL = [
    "SELECT u.id, u.email, count(*) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.seen > $1 GROUP BY 1, 2;",
    "DELETE FROM sessions WHERE kind = 'test' AND expires < now() - interval '7 days';",
    "INSERT INTO orders (user_id, total, note) VALUES ($1, $2, 'first') ON CONFLICT (note) DO NOTHING;",
    "UPDATE users SET plan = 'free', changed = now() WHERE auth_source = 'test' AND plan <> 'free';",
    "CREATE TABLE t%d (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, made timestamptz NOT NULL DEFAULT now());",
    "ALTER TABLE users ADD COLUMN c%d text;",
    "CREATE INDEX CONCURRENTLY i%d ON users (email) WHERE plan = 'paid';",
]

# One query to some 60 lines of code, a fifth of the files with one that writes.
CODE = {
    "py": ("def f%d(a, b):\n    c = a + b * %d\n    return {'k': c, 'update': b}\n\n",
           "def q%d(cur):\n    cur.execute('DELETE FROM t WHERE kind = %%s '\n                'AND day < now()', ('test',))\n\n"),
    "js": ("function f%d(a, b) {\n  const c = a + b * %d;\n  return { k: c, name: 'select' };\n}\n",
           "const q%d = (db) => db.query(`DELETE FROM t WHERE kind = ${kind}`);\n"),
    "ts": ("export function f%d(a: number): number {\n  const c = a * %d;\n  return c;\n}\n",
           "export const q%d = (db: Db) => db.query('UPDATE t SET a = $1 WHERE kind = $2', [1, 2]);\n"),
    "go": ("func f%d(a int) int {\n\tc := a * %d\n\treturn c\n}\n",
           "func q%d(db *sql.DB) { db.Exec(`DELETE FROM t WHERE kind = $1`, kind) }\n"),
    "rb": ("def f%d(a)\n  c = a * %d\n  c\nend\n", "def q%d = execute(\"DELETE FROM t WHERE kind = '#{kind}'\")\n"),
    "java": ("int f%d(int a) {\n  int c = a * %d;\n  return c;\n}\n",
             "void q%d() { run(\"DELETE FROM t \" +\n    \"WHERE kind = ?\"); }\n"),
}


def timed(command, statuses):
    """Seconds that `command` takes; it has to exit with one of `statuses`."""
    begun = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    seconds = time.monotonic() - begun
    if done.returncode not in statuses:
        raise SystemExit(f"{command[0]} exited with {done.returncode}: {done.stderr.decode()[-500:]}")
    return seconds


def squawk():
    """The program, fetched once for each lock file, whose package is the binary itself."""
    lock = ROOT / "bench/squawk/package-lock.json"
    home = ROOT / ".npm" / ("squawk-" + hashlib.sha256(lock.read_bytes()).hexdigest()[:12])
    if not home.exists():
        making = pathlib.Path(tempfile.mkdtemp(prefix="making.", dir=ROOT / ".npm"))
        shutil.copy(lock, making)
        shutil.copy(lock.with_name("package.json"), making)
        subprocess.run(["npm", "--prefix", making, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
                       check=True, stdout=subprocess.DEVNULL)
        making.rename(home)
    return next(p for p in (home / "node_modules/@squawk-cli/linux-x64").rglob("squawk*") if os.access(p, os.X_OK) and p.is_file())


def compare_sql(folder, rng):
    files = []
    for number in range(4):
        path = folder / f"m{number}.sql"
        path.write_text("\n".join(s % n if "%d" in s else s for n in range(3000) for s in [rng.choice(SQL)]) + "\n")
        files.append(str(path))
    size = sum(os.path.getsize(file) for file in files) / 1e6
    ours = min(timed([*LINT, *files], (0, 1)) for _ in range(3))
    theirs = min(timed([str(squawk()), *files], (0, 1)) for _ in range(3))
    print(f"{size:.1f} MB of SQL: {size / ours:.1f} MB/s, squawk {size / theirs:.1f} MB/s: {theirs / ours:.1f} times as fast")


def measure_tree(folder, rng):
    lines = 0
    number = 0
    while lines < 1_000_000:
        ending = rng.choice(list(CODE))
        plain, query = CODE[ending]
        writes = rng.random() < 0.2
        parts = ["package a\n" if ending == "go" else "class A {\n" if ending == "java" else ""]
        parts += [query % n if writes and n % 15 == 0 else plain % (n, n) for n in range(rng.randrange(40, 200))]
        text = "".join(parts) + ("}\n" if ending == "java" else "")
        where = folder / "tree" / str(number % 50)
        where.mkdir(parents=True, exist_ok=True)
        (where / f"f{number}.{ending}").write_text(text)
        lines += text.count("\n")
        number += 1
    seconds = min(timed([*LINT, str(folder / "tree")], (0, 1)) for _ in range(3))
    print(f"{lines:,} lines in {number:,} files: {seconds:.2f} s")


def main():
    rng = random.Random(20260511)
    with tempfile.TemporaryDirectory() as name:
        measure_tree(pathlib.Path(name), rng)
        compare_sql(pathlib.Path(name), rng)


if __name__ == "__main__":
    main()
