"""The bad examples of the migration rules on a server: what a finding proposes does what the statement did, and can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from advisor.engine.registry import all_rules
from advisor.engine.review import review
from advisor.finding import Finding
from advisor.model import SourceText
from advisor.remedies.migrations import SafeSteps
from advisor.rule import Example, Rule
from advisor.sources.sql.text.statements import Statement, read_statements
from tests.rules.spoken import write_example as write

SHAPE = """
    SELECT 'index', pg_get_indexdef(indexrelid), indisvalid::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'constraint', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'column', attrelid::regclass || '.' || attname,
           concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
    FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'relation', relname, concat_ws(' ', relkind, relpersistence, relispartition) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'enum', enumtypid::regtype::text || '.' || enumlabel, '' FROM pg_enum
    ORDER BY 1, 2, 3
"""


def cases() -> Iterator[object]:
    for rule in all_rules():
        for number, example in enumerate(rule.bad, 1):
            if rule.category == "migrations":
                yield pytest.param(rule, example, id=f"{rule.name}-{number}")


@pytest.fixture
def server(throwaway_postgres: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(throwaway_postgres, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS migrated")
        admin.execute("CREATE DATABASE migrated")
        with psycopg.connect(throwaway_postgres, dbname="migrated", autocommit=True) as connection:
            yield connection
        admin.execute("DROP DATABASE migrated")


def statements(path: str, text: str) -> list[Statement]:
    return [found for found in read_statements(SourceText(path, text)) if isinstance(found, Statement)]


def run(connection: psycopg.Connection, text: str) -> None:
    """Statement by statement, as CONCURRENTLY needs it."""
    for statement in statements("remedy.sql", text):
        connection.execute(statement.text.encode())


def shape(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    return connection.execute(SHAPE).fetchall()


def at_fault(finding: Finding, statement: Statement) -> bool:
    places = [finding.at, *(related.location for related in finding.related)]
    return any(place.overlaps(statement.location) for place in places)


def until_the_fault(server: psycopg.Connection, example: Example, finding: Finding) -> list[Statement]:
    """Run what comes before the statements at fault, which are given back; what is missing then is no fault of theirs."""
    found: list[Statement] = []
    for path, text in sorted(example.files.items()):
        for statement in statements(path, text.partition("-- +goose Down")[0]) if path.endswith(".sql") else ():
            if at_fault(finding, statement):
                found.append(statement)
            elif not found and statement.kind != "TransactionStmt":
                server.execute(statement.text.encode())
    return found


@pytest.mark.parametrize(("rule", "example"), list(cases()))
def test_what_a_rule_proposes_does_the_same_and_can_be_undone(
    rule: Rule, example: Example, server: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(example, tmp_path)
    monkeypatch.chdir(tmp_path)
    found = [(one, one.remedy) for one in review(".", select=[rule.name]).findings if isinstance(one.remedy, SafeSteps)]
    if not found or found[0][0].at != found[0][1].at:
        pytest.skip("its remedy is no sequence of migrations in the place of a statement")
    ((finding, remedy),) = found
    try:
        bad = until_the_fault(server, example, finding)
        before = shape(server)
        for statement in bad:
            server.execute(statement.text.encode())
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedObject, psycopg.errors.InvalidSchemaName):
        pytest.skip("the example leaves its table to an earlier migration")
    wanted = shape(server)
    server.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    until_the_fault(server, example, finding)
    assert shape(server) == before
    for step in remedy.steps:
        run(server, step.up)
    assert without_remains(shape(server), rule) == without_remains(wanted, rule)
    if remedy.down() is not None:
        run(server, remedy.down() or "")
        assert without_remains(shape(server), rule) == without_remains(before, rule)


def without_remains(rows: list[tuple[object, ...]], rule: Rule) -> list[tuple[object, ...]]:
    """DETACH ... CONCURRENTLY leaves the bound behind as a CHECK, a rename a view of the old name."""
    if rule.name == "rename-table":
        return [row for row in rows if not str(row[1]).startswith(("posts", "tags"))]
    return [row for row in rows if not (rule.name.startswith("detach") and "CHECK" in str(row[2]))]
