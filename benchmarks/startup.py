"""What starting costs: CPU seconds of whole processes, as a table.

    python benchmarks/startup.py [RUNS]

Medians of RUNS (default 7) runs after one that is not counted. Times are user + system of the child process, so another program
on the machine disturbs them little; compare the rows with each other and with the bare interpreter.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PYTHON = sys.executable
SMALL_SCHEMA = """\
datasource db {
  provider = "postgresql"
}
model User {
  id    Int    @id @default(autoincrement())
  email String @unique
  posts Post[]
}
model Post {
  id       Int  @id @default(autoincrement())
  authorId Int
  author   User @relation(fields: [authorId], references: [id])
}
"""
SMALL_SQL = """\
CREATE TABLE users (id bigint PRIMARY KEY, email text UNIQUE);
CREATE TABLE posts (id bigint PRIMARY KEY, author_id bigint REFERENCES users);
"""
SMALL_CODE = "import { prisma } from './db';\nexport const all = () => prisma.post.findMany({ where: { authorId: 1 } });\n"
SMALL_PLAN = "Seq Scan on posts  (cost=0.00..35.50 rows=2550 width=4)\n"


def cpu_seconds(command: list[str]) -> float:
    """User and system seconds of one run; its exit code is its own affair."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = {"schema.prisma": SMALL_SCHEMA, "schema.sql": SMALL_SQL, "app.ts": SMALL_CODE, "plan.txt": SMALL_PLAN}
        for file, text in inputs.items():
            (folder / file).write_text(text)
        advisor = [PYTHON, "-m", "advisor"]
        commands = {
            "python -c pass": [PYTHON, "-c", "pass"],
            "advisor --version": [*advisor, "--version"],
            "advisor check --help": [*advisor, "check", "--help"],
            **{f"advisor check {file}": [*advisor, "check", str(folder / file)] for file in inputs},
            "advisor check (all four)": [*advisor, "check", name],
        }
        print(f"{'command':28} {'median':>8} {'lowest':>8} {'highest':>8}   CPU seconds, {runs} runs")
        for title, command in commands.items():
            cpu_seconds(command)
            times = [cpu_seconds(command) for _ in range(runs)]
            print(f"{title:28} {statistics.median(times):8.3f} {min(times):8.3f} {max(times):8.3f}")


if __name__ == "__main__":
    main()
