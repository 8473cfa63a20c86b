"""Try what the rules advise for the recorded workloads: run the remedy on a server, and the statement with the fault again.

In: the cases of `fixtures/plans/workloads`. Out: a table; for each remedy the time and blocks before and after, and whether its
rule is content.

    python -m scripts.try_remedies --output fixtures/plan_remedies.md
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
from msgspec import Struct

from advisor.engine.review import Review, review_plans
from advisor.finding import Finding
from scripts.record_workloads import FOLDER, Case, as_psql_prints, read_case, servers

UNTRIED = frozenset(("rewrite-code", "rewrite-statement"))
"""Remedies that a person writes into the application."""


class Trial(Struct, frozen=True):
    """A remedy, and the statement without and with it: milliseconds, blocks, and whether the rule still speaks."""

    case: str
    rule: str
    title: str
    times: tuple[float, float]
    blocks: tuple[float, float]
    content: bool


def trials(case: Case, connection_string: str) -> Iterator[Trial]:
    """Each remedy of a case in a database of its own."""
    schema = ";\n".join(case.sections["setup"]) + ";\n"
    before = reviewed((FOLDER / f"{case.name}.fault.txt").read_text(encoding="utf-8"), schema)
    for finding in before.findings:
        if finding.remedy is not None and finding.remedy.kind not in UNTRIED and "(...)" not in finding.remedy.up():
            with psycopg.connect(connection_string, autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{case.name}" WITH (FORCE)')
                server.execute(f'CREATE DATABASE "{case.name}"')
            with psycopg.connect(connection_string, dbname=case.name, autocommit=True) as database:
                after = reviewed(explained(database, case, finding), schema)
            yield trial(case, finding, before, after)


def explained(database: psycopg.Connection, case: Case, finding: Finding) -> str:
    """The plan of the statement with the fault, after the remedy."""
    for statement in case.sections["setup"]:
        database.execute(statement)
    *preparations, statement = case.sections["fault"]
    for each in preparations:
        database.execute(each)
    assert finding.remedy is not None
    for each in finding.remedy.up().replace("SET LOCAL", "SET").split(";\n"):
        if each.strip():
            database.execute(each)
    for _ in range(case.warm_ups + 1):
        with database.transaction(force_rollback=True):
            lines = [row[0] for row in database.execute(f"EXPLAIN ({case.options}) {statement}")]
    return as_psql_prints(lines)


def reviewed(plan: str, schema: str) -> Review:
    """The findings about a plan; the schema is read from a file beside it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "schema.sql"
        file.write_text(schema, encoding="utf-8")
        return review_plans({"plan.txt": plan.encode()}, schema=[str(file)])


def trial(case: Case, finding: Finding, before: Review, after: Review) -> Trial:
    plans = (before.project.plans[0], after.project.plans[0])
    times = (plans[0].execution_time, plans[1].execution_time)
    names = ("Shared Hit Blocks", "Shared Read Blocks", "Temp Read Blocks", "Temp Written Blocks")
    blocks = tuple(sum(plan.root.number(name) for name in names) for plan in plans)
    # Of two faults of one kind, a remedy mends one.
    left = [other.subject for other in after.findings if other.rule == finding.rule]
    content = finding.subject not in left and len(left) < sum(other.rule == finding.rule for other in before.findings)
    remedy = finding.remedy.title() if finding.remedy else ""
    return Trial(case.name, finding.rule, remedy, times, (blocks[0], blocks[1]), content)


def table(found: list[Trial]) -> str:
    rows = [
        f"| {one.case} | {one.rule} | {one.title.replace('|', '/')} | {one.times[0]:,.1f} | {one.times[1]:,.2f} "
        f"| {one.blocks[0]:,.0f} | {one.blocks[1]:,.0f} | {'content' if one.content else '**still speaks**'} |"
        for one in found
    ]
    content = sum(one.content for one in found)
    return "\n".join(
        [
            "# What the advice on plans does",
            "",
            "Each workload of `fixtures/plans/workloads` on PostgreSQL, its fault before and after the remedy that a rule",
            "proposes; blocks are those of shared buffers and of temporary files. Made by",
            "`python -m scripts.try_remedies --output fixtures/plan_remedies.md`.",
            "",
            f"{content} of {len(found)} remedies end the finding.",
            "",
            "| workload | rule | remedy | ms before | ms after | blocks before | blocks after | the rule |",
            "| --- | --- | --- | ---: | ---: | ---: | ---: | --- |",
            *rows,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="names of cases; all of them without one")
    parser.add_argument("--output", type=Path, help="write the table to this file")
    options = parser.parse_args()
    chosen = [FOLDER / f"{name}.sql" for name in options.cases] or sorted(FOLDER.glob("*.sql"))
    found: list[Trial] = []
    with servers() as running:
        for case in map(read_case, chosen):
            found += trials(case, running[case.headers.get("server", "18")])
            print(case.name, file=sys.stderr)
    if options.output:
        options.output.write_text(table(found), encoding="utf-8")
    else:
        print(table(found))


if __name__ == "__main__":
    main()
