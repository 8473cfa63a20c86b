"""Statements about indexes and sequences. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import Chance, Maker, quoted
from tests.sources.sql.growing.standing import Relation


def index_key(chance: Chance, relation: Relation) -> str:
    name, kind, _ = chance.one(relation.columns)
    classes = {"text": ["text_pattern_ops", 'COLLATE "C"'], "integer": ["int4_ops"]}.get(kind, [""])
    order = chance.one(["", "", "DESC", "ASC NULLS FIRST", "DESC NULLS LAST"])
    if chance.random.randrange(5) == 0:
        return f"({chance.expression(relation)}) {order}"
    return f"{quoted(name)} {chance.sometimes(chance.one(classes))} {order}"


def create_index(chance: Chance) -> str:
    name, relation = chance.table("rrpm")
    keys = ", ".join(index_key(chance, relation) for _ in range(chance.one([1, 1, 2, 3])))
    label = chance.one(["", "", "", "named ", "other ", "IF NOT EXISTS named "])
    include = chance.sometimes(f" INCLUDE ({chance.columns(relation, 2)})", 15)
    where = chance.sometimes(f" WHERE {chance.condition(relation)}", 20)
    only = chance.sometimes("ONLY ", 10)
    options = chance.sometimes(" WITH (fillfactor = 70)", 10)
    return f"CREATE {chance.sometimes('UNIQUE ')}INDEX {label}ON {only}{name} ({keys}){include}{options}{where}"


def create_other_index(chance: Chance) -> str:
    name, relation = chance.table("rpm")
    method = chance.one(["hash", "brin", "gin", "gist", "spgist"])
    return chance.made(
        [
            lambda: f"CREATE INDEX ON {name} USING {method} ({chance.column(relation)})",
            lambda: f"CREATE INDEX ON {name} USING gin ({chance.column(relation, 'jsonb')} jsonb_path_ops)",
            lambda: (
                f"CREATE INDEX ON {name} USING brin ({chance.column(relation, 'integer')} int4_minmax_multi_ops"
                " (values_per_range = 16)) WITH (pages_per_range = 8)"
            ),
        ]
    )


def alter_index(chance: Chance) -> str:
    found = chance.index()
    name = chance.named(found.place)
    action = chance.one(
        [
            "RENAME TO named",
            "RENAME TO other",
            "RENAME TO t_a_idx",
            "RENAME TO u_pkey",
            "SET (fillfactor = 80)",
            "RESET (fillfactor)",
            "ALTER COLUMN 1 SET STATISTICS 50",
        ]
    )
    if chance.random.randrange(4) == 0:
        return f"ALTER INDEX {name} ATTACH PARTITION {chance.named(chance.index().place)}"
    return f"ALTER INDEX {name} {action}"


def sequence(chance: Chance) -> str:
    options = chance.one(["", " START 5", " AS smallint", " INCREMENT BY -1", " MINVALUE 0 MAXVALUE 99 CYCLE", " CACHE 7"])
    if chance.random.randrange(3) == 0:
        return f"CREATE SEQUENCE {chance.new(['s1', 's2', 't_a_seq', 'u_c_seq'])}{options}"
    found = chance.named(chance.relation("S").place)
    name, relation = chance.table()
    column = chance.column(relation, "integer", "bigint")
    return chance.one(
        [
            f"ALTER SEQUENCE {found} OWNED BY {chance.named(relation.place)}.{column}",
            f"ALTER SEQUENCE {found} OWNED BY NONE",
            f"ALTER SEQUENCE {found} RENAME TO {chance.one(['s1', 's2', 's3'])}",
            f"ALTER SEQUENCE {found} INCREMENT BY 2 NO CYCLE",
            f"ALTER SEQUENCE {found} SET SCHEMA {chance.one(chance.standing.schemas)}",
            f"ALTER SEQUENCE {found} AS {chance.one(['int', 'bigint', 'smallint'])}",
            f"ALTER TABLE {name} ALTER COLUMN {column} SET DEFAULT nextval('{found}')",
            f"ALTER SEQUENCE {found} RESTART WITH 4",
            f"ALTER SEQUENCE {found} MINVALUE -5 MAXVALUE 50 START 3",
        ]
    )


MAKERS: list[tuple[int, Maker]] = [
    (9, create_index),
    (2, create_other_index),
    (3, alter_index),
    (4, sequence),
]
