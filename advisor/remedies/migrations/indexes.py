"""Indexes that migrations build and drop while their table is in use. In: an index. Out: the steps."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from advisor.model import Index, Migration, Reindex
from advisor.remedies.migrations.steps import Step
from advisor.remedies.partitions import partitioned_index_sql, partitions_for
from advisor.remedies.sql import drop_index_sql, index_sql, name_of, quote, quote_name


def steps_to_build(index: Index, migration: Migration) -> tuple[Step, ...]:
    """CONCURRENTLY; of a partitioned table, one partition after the other."""
    table = migration.before.table(index.table)
    if table is None or table.kind != "partitioned table":
        back = drop_index_sql(index, concurrently=True)
        return (Step(f"build_{name_of(index).name}", index_sql(index, concurrently=True), back, outside=True),)
    text = partitioned_index_sql(index, partitions_for(index, table, migration.before) or ())
    return tuple(steps_of(text.splitlines(), index))


def steps_to_promote(index: Index, migration: Migration) -> tuple[Step, ...]:
    """The index of a unique constraint or a primary key built CONCURRENTLY, and then taken for it; none of a partitioned table's,
    which can only be added as a whole."""
    table = migration.before.table(index.table)
    if table is not None and table.kind == "partitioned table":
        return ()
    name, kind = name_of(index).name, "PRIMARY KEY" if index.constraint == "primary key" else "UNIQUE"
    plain = replace(index, name=name, constraint=None, unique=True)
    alter = f"ALTER TABLE {quote_name(index.table)}"
    return (
        Step(f"build_{name}", index_sql(plain, concurrently=True), drop_index_if_there(index), outside=True),
        Step(
            f"add_{name}",
            f"{alter} ADD CONSTRAINT {quote(name)} {kind} USING INDEX {quote(name)};",
            f"{alter} DROP CONSTRAINT {quote(name)};",
        ),
    )


def drop_index_if_there(index: Index) -> str:
    """Dropping the constraint takes its index along."""
    return f"DROP INDEX CONCURRENTLY IF EXISTS {quote_name(name_of(index))};"


def steps_of(statements: list[str], index: Index) -> Iterator[Step]:
    """What builds CONCURRENTLY is a step of its own; what stands between may share one. Dropping the whole drops its parts."""
    name, together, number = name_of(index).name, [], 0
    back: str | None = drop_index_sql(index)
    for statement in statements:
        if " CONCURRENTLY " not in statement or statement.startswith("--"):
            together.append(statement)
            continue
        if together:
            number += 1
            yield Step(f"build_{name}_{number}", "\n".join(together), back)
            together, back = [], None
        number += 1
        yield Step(f"build_{name}_{number}", statement, outside=True)
    yield Step(f"build_{name}_{number + 1}", "\n".join(together), back)


def reindex_sql(step: Reindex) -> str:
    """`REINDEX TABLE CONCURRENTLY posts;`"""
    named = quote_name(step.name) if step.name else quote(step.whole) if step.whole else ""
    return f"REINDEX {step.target.upper()} CONCURRENTLY {named}".rstrip() + ";"
