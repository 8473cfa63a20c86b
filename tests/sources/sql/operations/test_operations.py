"""What statements become: operations with the facts that their effects hang on."""

from __future__ import annotations

from typing import Any

import pytest

from advisor.model import AddColumn, AlterColumnType, Operation, SetNotNull, SourceText
from advisor.sources.sql import read_sql
from advisor.sources.sql.operations.volatility import NEVER_VOLATILE

SETUP = """
CREATE TABLE users (id int PRIMARY KEY, name varchar(20), email text NOT NULL, age int, CHECK (age IS NOT NULL));
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, title text);
CREATE TYPE mood AS ENUM ('sad');
"""


def operations_of(sql: str) -> list[Operation]:
    sources = [SourceText("1.sql", SETUP), SourceText("2.sql", sql)]
    return list(read_sql(sources, migrations="sql").migrations[1].operations)


def facts_of(operation: Operation) -> dict[str, Any]:
    """The fields that say something, as text."""
    found = {name: getattr(operation, name) for name in operation.__struct_fields__ if name != "location"}
    return {
        name: value if isinstance(value, (bool, str)) else str(value)
        for name, value in found.items()
        if value not in (None, False, (), "")
    }


@pytest.mark.parametrize(
    ("sql", "kind", "facts"),
    [
        ("BEGIN", "Begin", {}),
        ("COMMIT", "Commit", {}),
        ("ROLLBACK TO SAVEPOINT a", "Rollback", {"to_savepoint": "a"}),
        ("SAVEPOINT a", "Savepoint", {"name": "a"}),
        ("SET LOCAL lock_timeout = '5s'", "SetSetting", {"name": "lock_timeout", "value": "5s", "local": True}),
        ("RESET lock_timeout", "SetSetting", {"name": "lock_timeout"}),
        ("SELECT set_config('lock_timeout', '1s', true)", "SetSetting", {"name": "lock_timeout", "value": "1s", "local": True}),
        ("UPDATE users SET age = 1", "ChangeRows", {"verb": "update", "table": "users", "sets": "('age',)"}),
        (
            "UPDATE users SET age = 1 WHERE id = 3",
            "ChangeRows",
            {"verb": "update", "table": "users", "filtered": True, "by_key": True, "sets": "('age',)", "present": "('id',)"},
        ),
        (
            "DELETE FROM users WHERE age IS NULL",
            "ChangeRows",
            {"verb": "delete", "table": "users", "filtered": True, "absent": "('age',)", "by_absence": True},
        ),
        (
            "DELETE FROM users u WHERE u.age IS NULL AND (u.name IS NOT NULL AND u.id > 7)",
            "ChangeRows",
            {"verb": "delete", "table": "users", "filtered": True, "absent": "('age',)", "present": "('name',)"},
        ),
        ("DELETE FROM users WHERE age IS NULL OR id = 3", "ChangeRows", {"verb": "delete", "table": "users", "filtered": True}),
        ("DELETE FROM users", "ChangeRows", {"verb": "delete", "table": "users"}),
        ("INSERT INTO users VALUES (1)", "ChangeRows", {"verb": "insert", "table": "users"}),
        ('INSERT INTO public."users" (id) SELECT 1', "ChangeRows", {"verb": "insert", "table": "users", "filtered": True}),
        (
            "TRUNCATE users CASCADE",
            "Truncate",
            {"table": "users", "cascade": True, "referencing": "(Name(schema='public', name='posts'),)"},
        ),
        ("LOCK TABLE users IN SHARE MODE", "LockTable", {"table": "users", "mode": "SHARE"}),
        ("VACUUM (FULL, ANALYZE) users", "Vacuum", {"table": "users", "full": True}),
        ("ANALYZE", "Vacuum", {"analyze_only": True}),
        (
            "REINDEX TABLE CONCURRENTLY users",
            "Reindex",
            {"target": "table", "name": "users", "table": "users", "concurrently": True},
        ),
        ("REINDEX INDEX users_pkey", "Reindex", {"target": "index", "name": "users_pkey", "table": "users"}),
        ("CLUSTER users USING users_pkey", "Cluster", {"table": "users", "index": "users_pkey"}),
        ("ALTER INDEX users_pkey RENAME TO k", "RenameIndex", {"name": "users_pkey", "new_name": "k", "table": "users"}),
        (
            "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok' AFTER 'sad'",
            "AddEnumValue",
            {"name": "mood", "value": "ok", "placed": True, "if_not_exists": True},
        ),
        ("ALTER TYPE mood RENAME VALUE 'sad' TO 'low'", "RenameEnumValue", {"name": "mood", "value": "sad", "new_value": "low"}),
        ("DROP TYPE mood CASCADE", "DropType", {"name": "mood", "cascade": True}),
        ("DROP SCHEMA old CASCADE", "DropObject", {"kind": "schema", "name": "old", "cascade": True}),
        ("ALTER SCHEMA a RENAME TO b", "RenameSchema", {"name": "a", "new_name": "b"}),
        ("CREATE POLICY mine ON users", "CreatePolicy", {"name": "mine", "table": "users"}),
        ("DROP TRIGGER t ON users", "DropTrigger", {"name": "t", "table": "users"}),
        ("ALTER TABLE users DISABLE TRIGGER ALL", "SetTrigger", {"table": "users"}),
        (
            "ALTER TABLE users RENAME COLUMN name TO label",
            "RenameColumn",
            {"table": "users", "action": "rename column", "column": "name", "new_name": "label"},
        ),
        (
            "ALTER TABLE users RENAME CONSTRAINT users_pkey TO k",
            "RenameConstraint",
            {"table": "users", "action": "rename constraint", "name": "users_pkey", "new_name": "k"},
        ),
        (
            "ALTER TABLE posts VALIDATE CONSTRAINT posts_author_id_fkey",
            "ValidateConstraint",
            {
                "table": "posts",
                "action": "validate constraint",
                "name": "posts_author_id_fkey",
                "referenced": "users",
                "validated_before": True,
            },
        ),
        (
            "ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey",
            "DropConstraint",
            {
                "table": "posts",
                "action": "drop constraint",
                "name": "posts_author_id_fkey",
                "kind": "foreign key",
                "references": "(Name(schema='public', name='users'),)",
            },
        ),
        (
            "ALTER TABLE users SET (fillfactor = 70)",
            "SetStorageParameters",
            {"table": "users", "action": "set parameters", "parameters": "('fillfactor=70',)"},
        ),
        ("COMMENT ON COLUMN users.name IS 'x'", "CommentOn", {"kind": "column", "table": "users"}),
        (
            "GRANT SELECT, INSERT ON users TO app",
            "ChangePrivileges",
            {"kind": "table", "on": "('public.users',)", "privileges": "('select', 'insert')", "roles": "('app',)"},
        ),
    ],
)
def test_a_statement_becomes_an_operation(sql: str, kind: str, facts: dict[str, Any]) -> None:
    (operation,) = operations_of(sql)
    assert (type(operation).__name__, facts_of(operation)) == (kind, facts)


@pytest.mark.parametrize(
    ("definition", "default", "needs_empty_table"),
    [
        ("int", "none", False),
        ("int NOT NULL", "none", True),
        ("int NOT NULL DEFAULT 0", "constant", False),
        ("text DEFAULT NULL", "none", False),
        ("timestamptz DEFAULT now()", "constant", False),
        ("timestamptz DEFAULT clock_timestamp()", "volatile", False),
        ("uuid DEFAULT gen_random_uuid()", "volatile", False),
        ("text DEFAULT a_function_of_an_extension()", "volatile", False),
        ("serial", "volatile", False),
        ("int GENERATED ALWAYS AS IDENTITY", "none", False),
    ],
)
def test_a_new_column_s_default_is_told_apart(definition: str, default: str, needs_empty_table: bool) -> None:
    (operation,) = operations_of(f"ALTER TABLE users ADD COLUMN x {definition}")
    assert isinstance(operation, AddColumn)
    assert (operation.default, operation.needs_empty_table) == (default, needs_empty_table)


def test_a_check_proves_what_set_not_null_would_look_for() -> None:
    proven, unproven = operations_of("ALTER TABLE users ALTER age SET NOT NULL; ALTER TABLE users ALTER name SET NOT NULL")
    assert isinstance(proven, SetNotNull)
    assert isinstance(unproven, SetNotNull)
    assert (proven.proven, unproven.proven) == (True, False)


def test_a_type_change_knows_both_types_and_its_expression() -> None:
    (operation,) = operations_of("ALTER TABLE users ALTER name TYPE int USING name::int")
    assert isinstance(operation, AlterColumnType)
    assert (operation.old_type, operation.new_type, operation.work) == ("character varying(20)", "integer", "rewrite")
    assert operation.using is not None


def test_what_if_not_exists_makes_idle_makes_nothing() -> None:
    assert operations_of("CREATE TABLE IF NOT EXISTS users (id int)") == []


def test_a_block_s_definitions_follow_it() -> None:
    found = operations_of("DO $$ BEGIN ALTER TABLE users ADD COLUMN x int; EXCEPTION WHEN duplicate_column THEN NULL; END $$")
    assert [type(operation).__name__ for operation in found] == ["RunBlock", "AddColumn"]


def test_the_functions_taken_for_harmless_are_never_volatile(throwaway_postgres: str) -> None:
    import psycopg

    with psycopg.connect(throwaway_postgres) as connection:
        rows = connection.execute(
            "SELECT proname, bool_or(provolatile = 'v') FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY 1"
        ).fetchall()
    volatile: dict[str, bool] = dict(rows)
    assert {name for name in NEVER_VOLATILE if volatile.get(name, True)} == set()
