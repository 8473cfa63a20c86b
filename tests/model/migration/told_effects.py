"""What each traced statement does, in words, in `tests/model/migration/effects.txt`: the table of effects as a reader sees it.

A change of a row shows there. What a statement does alike on all versions stands once, else under the first version from which on
it holds. Written anew by

    python -m tests.model.migration.told_effects
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from advisor.model import Effect, Schema, SourceText, effects_of
from advisor.sources.sql.read import read_sql

FILE = Path(__file__).parent / "effects.txt"
VERSIONS = range(12, 19)


def told(sql: str, schema: Schema) -> str:
    """A statement with what it does to each relation."""
    (migration,) = read_sql([SourceText("migration.sql", sql)], before=schema, migrations="sql").migrations
    lines, before = [sql], None
    for version in VERSIONS:
        now = [line_of(effect) for step in migration.operations for effect in effects_of(step, version)] or ["  nothing"]
        if now != before:
            lines += [f" from {version} on", *now] if before is not None else now
        before = now
    return "\n".join(lines)


def line_of(effect: Effect) -> str:
    work = [
        word
        for word, does in zip(("rewrites", "scans", "builds"), (effect.rewrites, effect.scans, effect.builds), strict=True)
        if does
    ]
    return f"  {effect.relation}: {', '.join([effect.lock.sql if effect.lock else 'no lock', *work])} ({effect.source})"


def all_told() -> Iterator[str]:
    from tests.model.migration import test_effects
    from tests.model.migration.tracing import SETUP

    schema = read_sql([SourceText("setup.sql", SETUP)]).schema
    statements = (*test_effects.STATEMENTS, *test_effects.BY_TIME_ZONE, *(sql for sql, _ in test_effects.NOT_IN_A_TRANSACTION))
    for sql in statements:
        yield told(sql, schema)


if __name__ == "__main__":
    FILE.write_text("\n\n".join(all_told()) + "\n", encoding="utf-8")
