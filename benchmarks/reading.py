"""What reading large schemas costs: CPU seconds and memory of `advisor check`, and how both grow with the input, as a table.

    python benchmarks/reading.py [RUNS]

Three kinds of input, each in three sizes of which the next is ten times the last: a dump as pg_dump writes it, a history of
migrations, a Prisma schema. Medians of RUNS (default 3) runs. `growth` is the time beside that of the size below, without what the
program needs to start; linear is 10.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

ADVISOR = [sys.executable, "-m", "advisor"]
TYPES = (
    "bigint",
    "text",
    "character varying(120)",
    "timestamp with time zone DEFAULT now()",
    "boolean DEFAULT false NOT NULL",
    "jsonb",
)


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, user and system, and the most memory that was in use, in MiB."""

    seconds: float
    memory: float


def as_installed() -> None:
    """Let Python keep what it compiles, as it does for a program that is installed; the first run compiles."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def cost_of(command: list[str]) -> Cost:
    """What one run costs. The child is waited for by hand: only so its own peak of memory is known."""
    process = os.fork()
    if process == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        os.execv(command[0], command)
    usage: resource.struct_rusage = os.wait4(process, 0)[2]
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def dump_table(number: int) -> str:
    """A table as pg_dump writes it: made, given a sequence, a key, two indexes and a foreign key, commented and granted."""
    name, parent = f"public.account_events_{number}", f"public.account_events_{number // 2}"
    columns = ",\n".join(f"    payload_{column} {TYPES[column % len(TYPES)]}" for column in range(12))
    return f"""
--
-- Name: account_events_{number}; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE {name} (
    id bigint NOT NULL,
    parent_id bigint,
{columns}
);

COMMENT ON TABLE {name} IS 'Events of accounts; part {number}';

CREATE SEQUENCE {name}_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE {name}_id_seq OWNED BY {name}.id;

ALTER TABLE ONLY {name} ALTER COLUMN id SET DEFAULT nextval('{name}_id_seq'::regclass);

ALTER TABLE ONLY {name}
    ADD CONSTRAINT account_events_{number}_pkey PRIMARY KEY (id);

CREATE INDEX account_events_{number}_parent ON {name} USING btree (parent_id, payload_3 DESC);

CREATE INDEX account_events_{number}_lower ON {name} USING btree (lower(payload_1)) WHERE (payload_4 IS TRUE);

ALTER TABLE ONLY {name}
    ADD CONSTRAINT account_events_{number}_fk FOREIGN KEY (parent_id) REFERENCES {parent}(id) ON DELETE CASCADE;

GRANT SELECT ON TABLE {name} TO reader;
"""


def write_dump(folder: Path, size: int) -> list[Path]:
    """One dump of at least `size` bytes."""
    parts, length = ["-- PostgreSQL database dump\n\nSELECT pg_catalog.set_config('search_path', '', false);\n"], 0
    for number in count():
        if length >= size:
            break
        parts.append(dump_table(number))
        length += len(parts[-1])
    path = folder / "structure.sql"
    path.write_text("".join(parts))
    return [path]


def write_migrations(folder: Path, number: int) -> list[Path]:
    """So many migrations of a Prisma history: every tenth makes a table, the others change one that is there."""
    for step in range(number):
        place = folder / "migrations" / f"{20200101000000 + step}_step"
        place.mkdir(parents=True)
        (place / "migration.sql").write_text(migration(step))
    (folder / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"\n')
    return [folder]


def migration(step: int) -> str:
    table = f'"Account{step // 10}"'
    if step % 10 == 0:
        return (
            f'-- CreateTable\nCREATE TABLE {table} ("id" TEXT NOT NULL, "ownerId" TEXT, "createdAt" TIMESTAMP(3) DEFAULT now(),\n'
            f'    CONSTRAINT "Account{step // 10}_pkey" PRIMARY KEY ("id"));\n'
        )
    changes = (
        f'-- AlterTable\nALTER TABLE {table} ADD COLUMN "note{step}" TEXT, ADD COLUMN "count{step}" INTEGER NOT NULL DEFAULT 0;\n',
        f'-- CreateIndex\nCREATE INDEX "Account_note{step}" ON {table}("ownerId", "createdAt");\n',
        f'-- AlterTable\nALTER TABLE {table} ALTER COLUMN "ownerId" SET DATA TYPE TEXT;\n',
    )
    return changes[step % 3]


def write_prisma(folder: Path, lines: int) -> list[Path]:
    """A Prisma schema of about so many lines, models of twenty lines each."""
    parts = ['generator client {\n  provider = "prisma-client-js"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n']
    for number in range(lines // 20):
        fields = "".join(f"  value{field} String? @db.VarChar({field + 20})\n" for field in range(11))
        parts.append(
            f"\nmodel Event{number} {{\n  id Int @id @default(autoincrement())\n  parentId Int?\n"
            f'  parent Event{number}? @relation("tree{number}", fields: [parentId], references: [id], onDelete: Cascade)\n'
            f'  children Event{number}[] @relation("tree{number}")\n{fields}'
            f'  createdAt DateTime @default(now())\n\n  @@index([parentId])\n  @@map("event_{number}")\n}}\n'
        )
    path = folder / "schema.prisma"
    path.write_text("".join(parts))
    return [path]


INPUTS: dict[str, tuple[Callable[[Path, int], list[Path]], tuple[int, ...], str]] = {
    "dump": (write_dump, (50_000, 500_000, 5_000_000), "bytes"),
    "migrations": (write_migrations, (80, 800, 8_000), "files"),
    "prisma": (write_prisma, (760, 7_600, 76_000), "lines"),
}


def median_cost(command: list[str], runs: int) -> Cost:
    costs = [cost_of(command) for _ in range(runs)]
    return Cost(statistics.median(cost.seconds for cost in costs), max(cost.memory for cost in costs))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    as_installed()
    with tempfile.TemporaryDirectory() as name:
        for write, (smallest, *_), _ in INPUTS.values():
            cost_of([*ADVISOR, "check", *map(str, write(Path(name), smallest))])
    start = median_cost([*ADVISOR, "--version"], runs)
    print(f"{'advisor check':24} {'CPU s':>8} {'MiB':>8} {'growth':>8}   {runs} runs; start alone {start.seconds:.2f} s")
    for kind, (write, sizes, unit) in INPUTS.items():
        below: Cost | None = None
        for size in sizes:
            with tempfile.TemporaryDirectory() as name:
                paths = write(Path(name), size)
                cost = median_cost([*ADVISOR, "check", "--fail-on", "never", *map(str, paths)], runs)
            growth = f"{(cost.seconds - start.seconds) / (below.seconds - start.seconds):8.1f}" if below else " " * 8
            print(f"{f'{kind}, {size:,} {unit}':24} {cost.seconds:8.2f} {cost.memory:8.0f} {growth}", flush=True)
            below = cost


if __name__ == "__main__":
    main()
