"""Statements about whole tables. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import COLUMNS, NAMES, Chance, Maker
from tests.sources.sql.growing.columns import body, column_definition


def create_table(chance: Chance) -> str:
    options = chance.one(["", "", "", " WITH (fillfactor = 70)", " WITH (autovacuum_enabled = off, fillfactor = 90)"])
    if chance.random.randrange(20) == 0:
        # Under a name of its own: nobody makes what lasts of what does not.
        return f"CREATE TEMP TABLE {chance.one(['passing', 'fleeting'])} ({body(chance)})"
    word = chance.one(["", "", "", "UNLOGGED "])
    return f"CREATE {word}TABLE {chance.sometimes('IF NOT EXISTS ', 10)}{chance.new()} ({body(chance)}){options}"


def create_usual_table(chance: Chance) -> str:
    key = chance.one(["PRIMARY KEY", "", "NOT NULL", "UNIQUE", "GENERATED ALWAYS AS IDENTITY PRIMARY KEY"])
    return f"CREATE TABLE {chance.new()} (a int {key}, b text, c int, d int{chance.sometimes(', r int4range')})"


def create_child(chance: Chance) -> str:
    name = chance.one(COLUMNS)
    inside = chance.sometimes(column_definition(chance, name), 50)
    parents = [chance.named(chance.relation("r", partition=False).place) for _ in range(chance.one([1, 1, 2]))]
    return f"CREATE TABLE {chance.new()} ({inside}) INHERITS ({', '.join(parents)})"


def inherit(chance: Chance) -> str:
    child = chance.relation("r", partition=False)
    if child.parent is not None and chance.random.randrange(2):
        return f"ALTER TABLE {chance.named(child.place)} NO INHERIT {chance.named(child.parent)}"
    return f"ALTER TABLE {chance.named(child.place)} INHERIT {chance.named(chance.relation('r', partition=False).place)}"


def create_like(chance: Chance) -> str:
    kinds = "ALL COMMENTS COMPRESSION CONSTRAINTS DEFAULTS GENERATED IDENTITY INDEXES STATISTICS STORAGE".split()
    source = chance.relation("rpvm")
    words = "".join(f" INCLUDING {kind}" for kind in chance.some(kinds, 3)) + chance.sometimes(" EXCLUDING INDEXES", 10)
    return f"CREATE TABLE {chance.new()} (LIKE {chance.named(source.place)}{words}{chance.sometimes(', extra int', 20)})"


def create_temporal(chance: Chance) -> str:
    """Keys of periods (18)."""
    key = f"{chance.one(['PRIMARY KEY', 'UNIQUE'])} (x, y WITHOUT OVERLAPS)"
    keyed = [
        found for found in chance.standing.relations if found.kind == "r" and {"x", "y"} <= {name for name, _, _ in found.columns}
    ]
    if keyed and chance.random.randrange(2):
        key = f"FOREIGN KEY (x, PERIOD y) REFERENCES {chance.named(chance.one(keyed).place)} (x, PERIOD y)"
    return f"CREATE TABLE {chance.new()} (x int4range, y daterange, {key})"


def create_typed(chance: Chance) -> str:
    return f"CREATE TABLE {chance.new()} OF {chance.type_of('c')}{chance.sometimes(' (a WITH OPTIONS NOT NULL)')}"


def rename(chance: Chance) -> str:
    name, relation = chance.table("rpvmiIS")
    words = {"v": "VIEW", "m": "MATERIALIZED VIEW", "i": "INDEX", "I": "INDEX", "S": "SEQUENCE"}
    word = chance.one([words.get(relation.kind, "TABLE"), "TABLE"])
    return chance.made(
        [
            lambda: f"ALTER {word} {name} RENAME TO {chance.one(NAMES)}",
            lambda: f"ALTER {word} {name} RENAME COLUMN {chance.column(relation)} TO {chance.one(COLUMNS)}",
            lambda: f"ALTER {word} {name} RENAME COLUMN {chance.column(relation)} TO {chance.one(COLUMNS)}",
            lambda: f"ALTER {word} {name} SET SCHEMA {chance.one(chance.standing.schemas)}",
            lambda: (
                f"ALTER TABLE {name} RENAME CONSTRAINT {chance.constraint(relation.place)} TO"
                f" {chance.one(['named', 'other', 'again'])}"
            ),
        ]
    )


def drop(chance: Chance) -> str:
    relation = chance.relation("rpvmiIS")
    words = {"v": "VIEW", "m": "MATERIALIZED VIEW", "i": "INDEX", "I": "INDEX", "S": "SEQUENCE"}
    names = chance.named(relation.place)
    if chance.random.randrange(6) == 0:
        other = chance.relation(relation.kind).place
        second = f"{chance.named(other)}, " if other != relation.place else ""
        names = f"IF EXISTS {names}, {second}none_of_this_name"
    return f"DROP {words.get(relation.kind, 'TABLE')} {names}{chance.sometimes(' CASCADE', 60)}"


MAKERS: list[tuple[int, Maker]] = [
    (6, create_usual_table),
    (4, create_table),
    (2, create_child),
    (2, inherit),
    (3, create_like),
    (2, create_typed),
    (1, create_temporal),
    (7, rename),
    (3, drop),
]
