"""Statements with queries: views, materialized views, tables made of a query. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import Chance, Maker


def query(chance: Chance, kinds: str = "rrrpvm") -> str:
    name, relation = chance.table(kinds)
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
    if chance.random.randrange(8) == 0:
        return f"CREATE VIEW {chance.new()} (k, l) AS SELECT a, b FROM {chance.table()[0]} WHERE a > 0 WITH LOCAL CHECK OPTION"
    if chance.random.randrange(5) == 0:
        # Of tables alone: PostgreSQL lets a view be replaced by one that reads itself, which nobody can query.
        return f"CREATE OR REPLACE VIEW {chance.new()}{options} AS {query(chance, 'rp')}"
    return f"CREATE VIEW {chance.new()}{options} AS {query(chance)}"


def create_materialized(chance: Chance) -> str:
    return f"CREATE MATERIALIZED VIEW {chance.new()} AS {query(chance)}{chance.sometimes(' WITH NO DATA')}"


def create_table_as(chance: Chance) -> str:
    return chance.made(
        [
            lambda: f"CREATE TABLE {chance.new()} AS {query(chance)}{chance.sometimes(' WITH NO DATA')}",
            lambda: f"CREATE TABLE IF NOT EXISTS {chance.new()} (k) AS {query(chance)}",
            lambda: f"SELECT a, b INTO {chance.new()} FROM {chance.table()[0]}",
        ]
    )


def alter_view(chance: Chance) -> str:
    name, relation = chance.table("v")
    column = chance.column(relation)
    return chance.one(
        [
            f"ALTER VIEW {name} ALTER COLUMN {column} SET DEFAULT NULL",
            f"ALTER VIEW {name} SET (security_barrier = true)",
            f"ALTER VIEW {name} RESET (security_barrier)",
            f"CREATE OR REPLACE VIEW {name} AS {query(chance, 'rp')}",
        ]
    )


MAKERS: list[tuple[int, Maker]] = [
    (7, create_view),
    (3, create_materialized),
    (2, create_table_as),
    (2, alter_view),
]
