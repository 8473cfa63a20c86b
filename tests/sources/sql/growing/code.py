"""Statements about functions, triggers, rules and blocks. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import CALLED, COLUMNS, NAMES, Chance, Maker, quoted
from tests.sources.sql.growing.columns import column_definition

CALCULATIONS = ("calc", "calc", "other_calc", '"Calc 2"')
"""Names of functions that expressions call."""


def create_function(chance: Chance) -> str:
    return chance.one(
        [
            (
                f"CREATE {chance.sometimes('OR REPLACE ')}FUNCTION {chance.new(['f', 'g'])}() RETURNS trigger"
                " LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            ),
            (
                f"CREATE FUNCTION {chance.new(['f', 'h'])}(x {chance.type()} DEFAULT NULL) RETURNS"
                f" {chance.type()} LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
            ),
            (
                f"CREATE FUNCTION {chance.new(['h', 'k'])}(x int, OUT y text, VARIADIC z int[] DEFAULT '{{}}')"
                " LANGUAGE plpgsql AS 'BEGIN END'"
            ),
            f"CREATE PROCEDURE {chance.new(['f', 'h'])}(x int) LANGUAGE sql AS 'SELECT 1'",
            (
                f"CREATE FUNCTION {chance.new(['k'])}() RETURNS SETOF"
                f" {chance.named(chance.relation('rpvm').place)} LANGUAGE plpgsql AS 'BEGIN END'"
            ),
            (
                f"CREATE FUNCTION {chance.new(['k'])}(m int) RETURNS TABLE (a int, b text) LANGUAGE sql STABLE"
                " ROWS 5 AS 'SELECT 1, NULL::text'"
            ),
            f"CREATE FUNCTION {chance.new(CALCULATIONS)}(n int) RETURNS int IMMUTABLE RETURN n + 1",
            f"CREATE FUNCTION {chance.new(CALCULATIONS)}(n int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT n'",
            f"CREATE AGGREGATE {chance.new(['total'])}(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
        ]
    )


def change_function(chance: Chance) -> str:
    kind, signature = chance.function()
    names = CALCULATIONS if signature.endswith(f"({CALLED})") else ["f", "g", "h"]
    return chance.one(
        [
            f"ALTER {kind} {signature} {chance.one(['STABLE', 'STRICT', 'SECURITY DEFINER', 'COST 7', 'PARALLEL SAFE'])}",
            (
                f"ALTER {kind} {signature}"
                f" {chance.one(['SET work_mem TO 8', 'RESET ALL', 'SET search_path TO s, public', 'SET search_path FROM CURRENT'])}"
            ),
            f"ALTER {kind} {signature} RENAME TO {chance.one(names)}",
            f"ALTER {kind} {signature} SET SCHEMA {chance.one(chance.standing.schemas)}",
            f"DROP {kind} {chance.sometimes('IF EXISTS ', 20)}{signature}{chance.sometimes(' CASCADE', 60)}",
            f"COMMENT ON {kind} {signature} IS 'said'",
            f"GRANT EXECUTE ON {kind} {signature} TO bob",
            f"REVOKE ALL ON {kind} {signature} FROM PUBLIC",
        ]
    )


def create_trigger(chance: Chance) -> str:
    name, relation = chance.table()
    label, call = chance.one(["one", "two", '"Three"']), f"EXECUTE FUNCTION {chance.trigger_function()}()"
    when = chance.sometimes(f" WHEN (NEW.{chance.column(relation)} IS NOT NULL)")
    event = chance.one(["INSERT", f"UPDATE OF {chance.columns(relation)}", "INSERT OR UPDATE", "UPDATE"])
    return chance.one(
        [
            (
                f"CREATE {chance.sometimes('OR REPLACE ', 20)}TRIGGER {label}"
                f" {chance.one(['BEFORE', 'AFTER'])} {event} ON {name} FOR EACH ROW{when} {call}"
            ),
            f"CREATE TRIGGER {label} AFTER DELETE OR TRUNCATE ON {name} {call}",
            f"CREATE CONSTRAINT TRIGGER {label} AFTER {event} ON {name} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW{when} {call}",
            f"CREATE TRIGGER {label} AFTER INSERT ON {name} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT {call}",
        ]
    )


def change_trigger(chance: Chance) -> str:
    table, trigger = chance.one(chance.standing.triggers)
    name, label = chance.named(table), quoted(trigger)
    which = chance.one([label, label, "ALL", "USER"])
    return chance.one(
        [
            f"ALTER TRIGGER {label} ON {name} RENAME TO {chance.one(['one', 'two'])}",
            f"DROP TRIGGER {chance.sometimes('IF EXISTS ', 20)}{label} ON {name}",
            (
                f"ALTER TABLE {chance.sometimes('ONLY ', 20)}{name}"
                f" {chance.one(['DISABLE', 'ENABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'])} TRIGGER {which}"
            ),
            f"COMMENT ON TRIGGER {label} ON {name} IS 'said'",
        ]
    )


def rule(chance: Chance) -> str:
    name, _ = chance.table("rv")
    return chance.one(
        [
            f"CREATE RULE r AS ON INSERT TO {name} DO INSTEAD NOTHING",
            f"DROP RULE r ON {name}",
            f"COMMENT ON RULE r ON {name} IS 'said'",
            f"ALTER RULE r ON {name} RENAME TO r2",
        ]
    )


def block(chance: Chance) -> str:
    """DDL in a DO block, guarded against what may be there."""
    name, column = chance.one(NAMES[:4]), chance.one(COLUMNS)
    table, _ = chance.table("r")
    return (
        "DO $$ BEGIN "
        + chance.one(
            [
                "CREATE TYPE mood AS ENUM ('one', 'two'); EXCEPTION WHEN duplicate_object THEN null;",
                f"ALTER TABLE {table} ADD COLUMN {column_definition(chance, column)}; EXCEPTION WHEN duplicate_column THEN NULL;",
                "IF to_regtype('public.dom') IS NULL THEN CREATE DOMAIN public.dom AS int; END IF;",
                (
                    f"CREATE TABLE IF NOT EXISTS {name} (a int PRIMARY KEY, b text); CREATE INDEX IF NOT"
                    f" EXISTS {name}_b ON {name} (b);"
                ),
                f"CREATE TABLE {name} (a int, c text); EXCEPTION WHEN duplicate_table THEN NULL;",
            ]
        )
        + " END $$"
    )


MAKERS: list[tuple[int, Maker]] = [
    (3, create_function),
    (4, change_function),
    (4, create_trigger),
    (3, change_trigger),
    (1, rule),
    (2, block),
]
