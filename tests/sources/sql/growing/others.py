"""Statements about schemas, statistics objects and comments. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import NAMES, Chance, Maker, quoted

SCHEMAS = ("public", "s", '"S 2"')


def change_schema(chance: Chance) -> str:
    schema = quoted(chance.one(chance.standing.schemas))
    return chance.one(
        [
            f"CREATE SCHEMA {chance.one(SCHEMAS)}",
            f"CREATE SCHEMA AUTHORIZATION {chance.one(['alice', 'bob'])}",
            f"CREATE SCHEMA IF NOT EXISTS {chance.one(SCHEMAS)}",
            "ALTER SCHEMA s RENAME TO s3",
            "ALTER SCHEMA s3 RENAME TO s",
            f"COMMENT ON SCHEMA {schema} IS 'said'",
            f"SET search_path TO {schema}, public",
            "SET search_path TO public",
            f"SET search_path TO {schema}",
            "RESET search_path",
            f"GRANT USAGE ON SCHEMA {schema} TO bob",
            f"DROP SCHEMA {chance.one(['s', 's3', quoted('S 2')])}{chance.sometimes(' CASCADE', 20)}",
            f"CREATE SCHEMA s CREATE TABLE {chance.one(NAMES)} (a int PRIMARY KEY, b text) CREATE VIEW in_s AS SELECT 1 AS x",
        ]
    )


def extension(chance: Chance) -> str:
    name = chance.one(["citext", "hstore", "btree_gist"])
    return chance.one(
        [
            f"CREATE EXTENSION IF NOT EXISTS {name} WITH SCHEMA public",
            f"COMMENT ON EXTENSION {name} IS 'said'",
            f"DROP EXTENSION IF EXISTS {name}{chance.sometimes(' CASCADE')}",
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


MAKERS: list[tuple[int, Maker]] = [
    (4, change_schema),
    (1, extension),
    (3, statistics),
    (4, comment),
]
