"""What reading EXPLAIN output costs, beside pev2, the reader that most people use.

    python benchmarks/explain.py [--pev2 pev2.cjs] [--runs 5]

A statement of some 9,000 nodes is explained on a throw-away PostgreSQL with all options, in the four forms; three sizes of it show
how the cost grows. 3,000 small plans are those of `fixtures/plans/timed`, again and again. Each reader runs in a process of its own
and does nothing but parse; times are medians of the wall clock after one warm-up, memory is what the process grew by at its peak,
the text itself included.

pev2 comes from npm as a component for browsers; its parser alone is bundled from a checkout of dalibo/pev2:

    echo 'export { PlanService } from "./src/services/plan-service"' > entry.ts
    npm install lodash moment clarinet stream esbuild
    npx esbuild entry.ts --bundle --platform=node --format=cjs --alias:@=./src --outfile=pev2.cjs
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from advisor.sandbox.server import find_binaries, running_postgres

TIMED = Path(__file__).resolve().parents[1] / "fixtures" / "plans" / "timed"
FORMS = {"TEXT": "txt", "JSON": "json", "YAML": "yaml", "XML": "xml"}
BRANCHES = (320, 640, 1280)
"""Each is seven nodes of the plan."""
SMALL = 3_000
TABLES = """
CREATE TABLE customers (id int PRIMARY KEY, country text, created timestamptz);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, total numeric);
INSERT INTO customers SELECT n, 'FR', now() FROM generate_series(1, 200) n;
INSERT INTO orders SELECT n, n % 200, 'paid', n FROM generate_series(1, 400) n;
CREATE INDEX ON orders (customer_id);
ANALYZE;
"""
BRANCH = (
    "(SELECT o.id, c.country FROM orders o JOIN customers c ON c.id = o.customer_id "
    "WHERE o.status = 'paid' AND c.country <> 'branch {0}' ORDER BY o.total DESC LIMIT 3)"
)
PYTHON = """
import json, statistics, sys, time
from pathlib import Path
from advisor.model import SourceText
from advisor.sources.explain import read_plans
def mebibytes(name):
    # The peak that getrusage tells begins with that of the process that started this one.
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024
names = json.load(sys.stdin)
read_plans(SourceText("warm.txt", Path(sys.argv[2]).read_text(encoding="utf-8")))
before = mebibytes("VmRSS")
texts = [Path(name).read_text(encoding="utf-8") for name in names]
times = []
for _ in range(int(sys.argv[1]) + 1):
    start = time.perf_counter()
    readings = [read_plans(SourceText("plan.txt", text)) for text in texts]
    times.append(time.perf_counter() - start)
    nodes = sum(1 for reading in readings for plan in reading.plans for node in plan.walk())
    if len(times) == 1:
        grown = mebibytes("VmHWM") - before
print(json.dumps({"seconds": statistics.median(times[1:]), "nodes": nodes, "mebibytes": grown}))
"""
NODE = """
const { PlanService } = require(process.argv[1]);
const { readFileSync } = require("fs");
const texts = JSON.parse(readFileSync(0, "utf8")).map((name) => readFileSync(name, "utf8"));
const service = new PlanService();
const times = [];
for (let run = 0; run <= Number(process.argv[2]); run++) {
  const start = performance.now();
  for (const text of texts) service.fromSource(service.cleanupSource(text));
  times.push((performance.now() - start) / 1000);
}
times.shift();
times.sort((a, b) => a - b);
console.log(JSON.stringify({ seconds: times[Math.floor(times.length / 2)] }));
"""


def record(folder: Path) -> Iterator[tuple[int, str, Path]]:
    """The large statement in every size and form, as PostgreSQL prints it."""
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("no PostgreSQL binaries here")
    with running_postgres(binaries, {"max_stack_depth": "6MB"}) as address, psycopg.connect(address, autocommit=True) as server:
        server.execute(TABLES)
        server.execute("SET max_parallel_workers_per_gather = 0; SET jit = off")
        for branches in BRANCHES:
            statement = " UNION ALL ".join(BRANCH.format(number) for number in range(branches))
            for form, suffix in FORMS.items():
                options = f"ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS, FORMAT {form}"
                rows = [row[0] for row in server.execute(f"EXPLAIN ({options}) {statement}")]
                text = json.dumps(rows[0], indent=2) if form == "JSON" else "\n".join(map(str, rows))
                file = folder / f"{branches}.{suffix}"
                file.write_text(text + "\n", encoding="utf-8")
                yield branches, form, file


def measured(command: list[str], files: list[Path]) -> dict[str, float]:
    """What a reader says of itself; the files' names go through its standard input."""
    names = json.dumps([str(file) for file in files])
    return json.loads(subprocess.run(command, input=names, check=True, capture_output=True, text=True).stdout)


def ours(files: list[Path], runs: int) -> dict[str, float]:
    return measured([sys.executable, "-c", PYTHON, str(runs), str(TIMED / "slow-scan.txt")], files)


def theirs(bundle: Path | None, files: list[Path], runs: int) -> float | None:
    if bundle is None:
        return None
    return measured(["node", "-e", NODE, str(bundle.resolve()), str(runs)], files)["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pev2", type=Path, help="the bundle of pev2's parser; without it, ours is measured alone")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    print(f"{'input':<26}{'MB':>6}{'nodes':>8}{'advisor s':>11}{'MiB':>7}{'pev2 s':>9}{'ratio':>7}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _, form, file in record(folder):
            row(f"one plan, {form}", [file], options.runs, options.pev2 if form in ("TEXT", "JSON") else None)
        texts = sorted(TIMED.glob("*.txt"))
        row(f"{SMALL:,} small plans, TEXT", [texts[number % len(texts)] for number in range(SMALL)], options.runs, options.pev2)


def row(title: str, files: list[Path], runs: int, bundle: Path | None) -> None:
    found, other = ours(files, runs), theirs(bundle, files, runs)
    size = sum(file.stat().st_size for file in files) / 1e6
    beside = f"{other:>9.3f}{other / found['seconds']:>7.2f}" if other is not None else ""
    print(f"{title:<26}{size:>6.1f}{found['nodes']:>8,.0f}{found['seconds']:>11.3f}{found['mebibytes']:>7.0f}{beside}", flush=True)


if __name__ == "__main__":
    main()
