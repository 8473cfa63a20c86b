"""Any folder of checkouts beside Prisma: verdicts, lines, DMMF and DDL of every schema in it. Out: a table, by checkout.

    PRISMA_ORACLE=... python -m tests.sources.prisma.corpus FOLDER

PRISMA_ORACLE_6 and PRISMA_ORACLE_7 may name folders with the parsers of those versions: they are asked too. A schema of another
database is only asked whether we refuse what Prisma takes. What has no datasource is no schema to Prisma and is passed over.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from advisor.model import SourceText
from advisor.sources.databases import group_prisma, has_datasource
from advisor.sources.prisma import read_prisma
from advisor.sources.prisma.validation import Dialect
from tests.sources.prisma.client import client_facts, dmmf_facts, missing_from
from tests.sources.prisma.comparing import agree, refused
from tests.sources.prisma.engine import Engine, start
from tests.sources.prisma.oracle import ddl_facts, in_newest_form, oracle_folder, schema_facts

Unit = list[SourceText]
COLUMNS = ("schemas", "asked", "refused", "whole", "tables", "other databases", "differ")


def main(folder: str) -> int:
    engines = dict(engines_of())
    total: Counter[str] = Counter()
    print(" | ".join(("checkout", *COLUMNS)))
    for checkout in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        counts: Counter[str] = Counter()
        for unit in schemas_of(checkout):
            counts["schemas"] += 1
            for difference in differences(unit, engines, counts):
                counts["differ"] += 1
                print(f"  {unit[0].path}: {difference}", file=sys.stderr)
        if counts:
            print(" | ".join((checkout.name, *(str(counts[column]) for column in COLUMNS))))
        total += counts
    print(" | ".join(("all", *(str(total[column]) for column in COLUMNS))))
    for engine in engines.values():
        engine.close()
    return 1 if total["differ"] else 0


def engines_of() -> Iterator[tuple[Dialect, Engine]]:
    if oracle_folder() is None:
        sys.exit("PRISMA_ORACLE names no folder where Prisma's packages are installed")
    yield 8, start()
    older: tuple[Dialect, Dialect] = (6, 7)
    for version in older:
        if folder := os.environ.get(f"PRISMA_ORACLE_{version}"):
            yield version, start(Path(folder))


def schemas_of(checkout: Path) -> Iterator[Unit]:
    paths = sorted(path for path in checkout.rglob("*.prisma") if "node_modules" not in path.parts and path.is_file())
    sources = [SourceText(str(path.relative_to(checkout)), path.read_text("utf-8", "replace")) for path in paths]
    yield from (unit for unit in group_prisma(sources, []) if any(has_datasource(source) for source in unit))


def differences(unit: Unit, engines: dict[Dialect, Engine], counts: Counter[str]) -> Iterator[str]:
    if not read_prisma(unit).settings.speaks_postgresql:
        counts["other databases"] += 1
        yield from refused_of_another(unit, engines)
        return
    for version, engine in engines.items():
        yield from verdict(unit, version, engine, counts)
    newest = [SourceText(source.path, in_newest_form(source.text)) for source in unit]
    try:
        yield from facts_that_differ(newest, engines[8], counts)
    except RuntimeError as error:
        yield f"Prisma has no answer: {error}"


def refused_of_another(unit: Unit, engines: dict[Dialect, Engine]) -> Iterator[str]:
    for version, engine in engines.items():
        failed = [problem for problem in read_prisma(unit, version).problems if problem.kind == "failed"]
        if failed and not engine.mistakes_in(texts(unit)):
            yield f"version {version} takes it, and we say: {failed[0].reason}"


def verdict(unit: Unit, version: Dialect, engine: Engine, counts: Counter[str]) -> Iterator[str]:
    try:
        mistakes = engine.mistakes_in(texts(unit))
    except RuntimeError:
        return
    ours = refused(unit, version)
    counts["asked"] += 1
    counts["refused"] += bool(mistakes)
    if not agree(ours, {(path, line) for path, line, _ in mistakes}):
        yield f"version {version}: Prisma refuses {mistakes[:3]}, we {ours[:3]}"


def facts_that_differ(unit: Unit, engine: Engine, counts: Counter[str]) -> Iterator[str]:
    """Of a schema that the newest version takes: its DMMF, and the tables of its DDL."""
    if engine.mistakes_in(texts(unit)):
        return
    counts["whole"] += 1
    reading = read_prisma(unit, 8)
    counts["tables"] += len(reading.schema.tables)
    yield from (f"a problem where Prisma sees none: {problem.reason}" for problem in reading.problems)
    missing = missing_from(client_facts(unit), dmmf_facts(engine.ask("dmmf", texts(unit))))
    yield from (f"DMMF: {one}" for one in missing)
    ours, theirs = schema_facts(reading.schema), ddl_facts(str(engine.ask("ddl", texts(unit))))
    parts = [part for part in ours.__dataclass_fields__ if getattr(ours, part) != getattr(theirs, part)]
    if parts:
        yield f"DDL: {', '.join(parts)}"


def texts(unit: Unit) -> list[tuple[str, str]]:
    return [(source.path, source.text) for source in unit]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
