"""Statements about views, types, schemas, functions, triggers, policies, privileges, comments. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing import COLUMNS, NAMES, ROLES, Chance, Maker, quoted
from tests.sources.sql.growing_tables import column_definition

TYPE_NAMES = ("mood", "pair", "span", "dom", '"My Type"')
SCHEMAS = ("public", "s", '"S 2"')


def query(chance: Chance) -> str:
    name, relation = chance.table("rrrpvm")
    first = chance.expression(relation)
    where = chance.sometimes(f" WHERE {chance.condition(relation)}")
    other_name, other = chance.table()
    return chance.made(
        [
            lambda: f"SELECT * FROM {name}",
            lambda: f"SELECT {chance.columns(relation)} FROM {name}{where}",
            lambda: f"SELECT {first} AS x, {chance.expression(relation)} AS y FROM {name}{where}",
            lambda: (
                f"SELECT q.{chance.column(relation)} AS x, p.{chance.column(other)} AS y FROM {name} q CROSS JOIN {other_name} p"
            ),
            lambda: f"SELECT q.* FROM {name} q WHERE EXISTS (SELECT 1 FROM {other_name} p WHERE p.{chance.column(other)} IS NULL)",
            lambda: f"SELECT {chance.column(relation)} AS x, count(*) AS n FROM {name} GROUP BY 1",
            lambda: f"WITH z AS (SELECT {chance.columns(relation)} FROM {name}) SELECT * FROM z",
            lambda: (
                f"SELECT {chance.column(relation, 'integer')} AS x FROM {name} UNION ALL SELECT"
                f" {chance.column(other, 'integer')} FROM {other_name}"
            ),
            lambda: f"SELECT 1 AS x, 'y'::text AS y, max({chance.column(relation, 'integer')}) AS z FROM {name}",
        ]
    )


def create_view(chance: Chance) -> str:
    options = chance.one(["", "", "", " WITH (security_barrier = true)", " WITH (security_invoker)"])
    return f"CREATE {chance.sometimes('OR REPLACE ', 20)}VIEW {chance.new()}{options} AS {query(chance)}"


def create_materialized(chance: Chance) -> str:
    return f"CREATE MATERIALIZED VIEW {chance.new()} AS {query(chance)}{chance.sometimes(' WITH NO DATA')}"


def create_table_as(chance: Chance) -> str:
    return f"CREATE TABLE {chance.new()} AS {query(chance)}"


def alter_view(chance: Chance) -> str:
    name, relation = chance.table("v")
    column = chance.column(relation)
    return chance.one(
        [
            f"ALTER VIEW {name} ALTER COLUMN {column} SET DEFAULT NULL",
            f"ALTER VIEW {name} SET (security_barrier = true)",
            f"ALTER VIEW {name} RESET (security_barrier)",
            f"CREATE OR REPLACE VIEW {name} AS {query(chance)}",
        ]
    )


def create_type(chance: Chance) -> str:
    name = chance.new(TYPE_NAMES)
    base = chance.one(["int", "text", "int[]", chance.type()])
    check = chance.one(
        ["", " CHECK (VALUE IS NOT NULL)", " NOT NULL", " CONSTRAINT named CHECK (VALUE IS NOT NULL)", " DEFAULT NULL"]
    )
    return chance.one(
        [
            f"CREATE TYPE {name} AS ENUM ('one', 'two', 'three')",
            f"CREATE TYPE {name} AS (a int, b text, c {chance.type()})",
            f"CREATE TYPE {name} AS RANGE (subtype = {chance.one(['int', 'text', 'float8'])})",
            f"CREATE DOMAIN {name} AS {base}{check}",
            f"CREATE DOMAIN {name} AS {base}{check}",
        ]
    )


def alter_enum(chance: Chance) -> str:
    place, label = chance.one(chance.standing.labels)
    where = chance.one(["", f" BEFORE '{label}'", f" AFTER '{label}'"])
    return f"ALTER TYPE {chance.named(place)} " + chance.one(
        [
            f"ADD VALUE {chance.sometimes('IF NOT EXISTS ')}'{chance.one(['four', 'five', 'six'])}'{where}",
            f"RENAME VALUE '{label}' TO '{chance.one(['new', 'two'])}'",
        ]
    )


def alter_domain(chance: Chance) -> str:
    name = chance.type_of("d")
    own = [quoted(constraint) for place, constraint in chance.standing.type_constraints if chance.named(place) == name]
    return f"ALTER DOMAIN {name} " + chance.made(
        [
            lambda: chance.one(
                ["SET NOT NULL", "DROP NOT NULL", "DROP DEFAULT", "SET DEFAULT NULL", "ADD CHECK (VALUE IS NOT NULL)"]
            ),
            lambda: "ADD CONSTRAINT other CHECK (VALUE IS NULL) NOT VALID",
            lambda: f"DROP CONSTRAINT {chance.one(own)}",
            lambda: f"RENAME CONSTRAINT {chance.one(own)} TO again",
            lambda: f"VALIDATE CONSTRAINT {chance.one(own)}",
        ]
    )


def alter_composite(chance: Chance) -> str:
    return (
        f"ALTER TYPE {chance.type_of('c')} "
        + chance.one(
            [
                f"ADD ATTRIBUTE {chance.one(COLUMNS)} {chance.type()}",
                f"DROP ATTRIBUTE {chance.one(COLUMNS)}",
                f"ALTER ATTRIBUTE {chance.one(COLUMNS)} TYPE bigint",
                f"RENAME ATTRIBUTE {chance.one(COLUMNS)} TO {chance.one(COLUMNS)}",
            ]
        )
        + chance.sometimes(" CASCADE", 60)
    )


def change_type(chance: Chance) -> str:
    place, kind = chance.one(chance.standing.types)
    name, word = chance.named(place), "DOMAIN" if kind == "d" and chance.random.randrange(2) else "TYPE"
    return chance.one(
        [
            f"ALTER {word} {name} RENAME TO {chance.one(TYPE_NAMES)}",
            f"ALTER {word} {name} SET SCHEMA {chance.one(chance.standing.schemas)}",
            f"DROP {word} {name}{chance.sometimes(' CASCADE', 50)}",
            f"COMMENT ON {word} {name} IS 'said'",
            f"ALTER {word} {name} OWNER TO bob",
        ]
    )


def change_schema(chance: Chance) -> str:
    schema = quoted(chance.one(chance.standing.schemas))
    return chance.one(
        [
            f"CREATE SCHEMA {chance.one(SCHEMAS)}",
            f"CREATE SCHEMA IF NOT EXISTS {chance.one(SCHEMAS)}",
            f"ALTER SCHEMA s RENAME TO {chance.one(['s3', 'public'])}",
            "ALTER SCHEMA s3 RENAME TO s",
            f"COMMENT ON SCHEMA {schema} IS 'said'",
            f"SET search_path TO {schema}, public",
            "SET search_path TO public",
            f"SET search_path TO {schema}",
            "RESET search_path",
            f"GRANT USAGE ON SCHEMA {schema} TO bob",
            f"DROP SCHEMA {schema}{chance.sometimes(' CASCADE', 20)}",
            f"CREATE SCHEMA s CREATE TABLE {chance.one(NAMES)} (a int PRIMARY KEY, b text) CREATE VIEW in_s AS SELECT 1 AS x",
        ]
    )


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
                f"CREATE FUNCTION {chance.new(['k'])}(n int) RETURNS TABLE (a int, b text) LANGUAGE sql STABLE"
                " ROWS 5 AS 'SELECT 1, NULL::text'"
            ),
            f"CREATE FUNCTION {chance.new(['k'])}(n int) RETURNS int IMMUTABLE RETURN n + 1",
        ]
    )


def change_function(chance: Chance) -> str:
    kind, signature = chance.function()
    return chance.one(
        [
            f"ALTER {kind} {signature} {chance.one(['STABLE', 'STRICT', 'SECURITY DEFINER', 'COST 7', 'PARALLEL SAFE'])}",
            (
                f"ALTER {kind} {signature}"
                f" {chance.one(['SET work_mem TO 8', 'RESET ALL', 'SET search_path TO s, public', 'SET search_path FROM CURRENT'])}"
            ),
            f"ALTER {kind} {signature} RENAME TO {chance.one(['f', 'g', 'h'])}",
            f"ALTER {kind} {signature} SET SCHEMA {chance.one(chance.standing.schemas)}",
            f"DROP {kind} {signature}{chance.sometimes(' CASCADE', 60)}",
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
            f"DROP TRIGGER {label} ON {name}",
            (
                f"ALTER TABLE {chance.sometimes('ONLY ', 20)}{name}"
                f" {chance.one(['DISABLE', 'ENABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'])} TRIGGER {which}"
            ),
            f"COMMENT ON TRIGGER {label} ON {name} IS 'said'",
        ]
    )


def policy(chance: Chance) -> str:
    name, relation = chance.table()
    using = f"USING ({chance.condition(relation)})"
    made = (
        f"CREATE POLICY {chance.one(['one', 'two'])} ON {name} {chance.one(['', 'AS RESTRICTIVE '])}FOR"
        f" {chance.one(['ALL', 'SELECT', 'DELETE'])} TO {chance.one(ROLES)} {using}"
    )
    if chance.random.randrange(2) or not chance.standing.policies:
        read = chance.named(chance.relation("rpv").place)
        reading = f"CREATE POLICY reader ON {name} USING (EXISTS (SELECT 1 FROM {read} WHERE current_user = 'x'))"
        return chance.one(
            [made, made, reading, f"ALTER TABLE {name} {chance.one(['ENABLE', 'DISABLE', 'FORCE', 'NO FORCE'])} ROW LEVEL SECURITY"]
        )
    table, found = chance.one(chance.standing.policies)
    on = f"{quoted(found)} ON {chance.named(table)}"
    return chance.one(
        [
            f"ALTER POLICY {on} RENAME TO {chance.one(['one', 'two', 'three'])}",
            f"ALTER POLICY {on} TO {chance.one(ROLES)} USING (true)",
            f"DROP POLICY {on}",
            f"COMMENT ON POLICY {on} IS 'said'",
        ]
    )


def privilege(chance: Chance) -> str:
    name, relation = chance.table("rpvmS")
    what = (
        chance.one(["SELECT", "ALL", "UPDATE"])
        if relation.kind == "S"
        else chance.one(["SELECT", "ALL", "INSERT, UPDATE", f"SELECT ({chance.columns(relation, 2)})"])
    )
    target = f"{'SEQUENCE ' if relation.kind == 'S' else ''}{name}"
    role, schema = chance.one(ROLES), quoted(chance.one(chance.standing.schemas))
    scope = chance.one(["", f"IN SCHEMA {schema} "])
    default = chance.one(["SELECT ON TABLES", "ALL ON FUNCTIONS", "USAGE ON SEQUENCES", "USAGE ON TYPES", "ALL ON TABLES"])
    return chance.one(
        [
            f"GRANT {what} ON {target} TO {role}",
            f"GRANT {what} ON {target} TO bob WITH GRANT OPTION",
            f"REVOKE {what} ON {target} FROM {role} CASCADE",
            f"GRANT ALL ON ALL {chance.one(['TABLES', 'SEQUENCES', 'FUNCTIONS', 'ROUTINES'])} IN SCHEMA {schema} TO {role}",
            f"ALTER DEFAULT PRIVILEGES {scope}GRANT {default} TO {role}",
            f"ALTER DEFAULT PRIVILEGES {scope}REVOKE {default} FROM {role}",
            f"ALTER {'SEQUENCE' if relation.kind == 'S' else 'TABLE'} {name} OWNER TO {chance.one(['alice', 'bob'])}",
            f"REVOKE SELECT ON ALL TABLES IN SCHEMA {schema} FROM {role}",
        ]
    )


def statistics(chance: Chance) -> str:
    if chance.standing.statistics and chance.random.randrange(2):
        found = chance.named(chance.one(chance.standing.statistics))
        return chance.one(
            [
                f"ALTER STATISTICS {found} SET STATISTICS 9",
                f"ALTER STATISTICS {found} RENAME TO st",
                f"DROP STATISTICS {found}",
                f"COMMENT ON STATISTICS {found} IS 'said'",
                f"ALTER STATISTICS {found} SET SCHEMA {chance.one(chance.standing.schemas)}",
            ]
        )
    name, relation = chance.table("rpm")
    return (
        f"CREATE STATISTICS {chance.sometimes('st ')}{chance.sometimes('(ndistinct) ')}ON"
        f" {chance.column(relation)}, {chance.expression(relation).join('()')} FROM {name}"
    )


def comment(chance: Chance) -> str:
    name, relation = chance.table("rpvmiIS")
    word = {"v": "VIEW", "m": "MATERIALIZED VIEW", "i": "INDEX", "I": "INDEX", "S": "SEQUENCE"}.get(relation.kind, "TABLE")
    text = chance.one(["'said'", "'it''s'", "NULL"])
    return chance.made(
        [
            lambda: f"COMMENT ON {word} {name} IS {text}",
            lambda: f"COMMENT ON COLUMN {chance.named(relation.place)}.{chance.column(relation)} IS {text}",
            lambda: f"COMMENT ON CONSTRAINT {chance.constraint(relation.place)} ON {name} IS {text}",
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
    (7, create_view),
    (3, create_materialized),
    (2, create_table_as),
    (2, alter_view),
    (5, create_type),
    (2, alter_enum),
    (2, alter_domain),
    (3, alter_composite),
    (4, change_type),
    (4, change_schema),
    (3, create_function),
    (4, change_function),
    (4, create_trigger),
    (3, change_trigger),
    (4, policy),
    (5, privilege),
    (3, statistics),
    (4, comment),
    (1, rule),
    (2, block),
]
