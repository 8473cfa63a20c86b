"""Statements about tables, their columns, constraints, indexes, partitions and sequences. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing import COLUMNS, DEFAULTS, NAMES, Chance, Maker, quoted
from tests.sources.sql.standing import Relation

ACTIONS = ("", "", " ON DELETE CASCADE", " ON DELETE SET NULL", " ON UPDATE CASCADE ON DELETE RESTRICT")
SPELLED = {
    "int": "integer",
    "serial": "integer",
    "varchar(9)": "character varying(9)",
    "timestamptz": "timestamp with time zone",
    "int[]": "integer[]",
    "bigserial": "bigint",
}


def column_definition(chance: Chance, name: str) -> str:
    kind = chance.type()
    spelled = SPELLED.get(kind, kind)
    identity = chance.one(["ALWAYS", "BY DEFAULT"]) + " AS IDENTITY" + chance.sometimes(" (START 5 INCREMENT 2)", 20)
    options = [
        "",
        "",
        "",
        "NOT NULL",
        "CONSTRAINT named NOT NULL",
        "NOT NULL NO INHERIT",
        "PRIMARY KEY",
        "UNIQUE",
        "NULL",
        f"DEFAULT {chance.default(spelled)}" if spelled in DEFAULTS else "",
        f"DEFAULT {chance.default(spelled)}" if spelled in DEFAULTS else "",
    ]
    if spelled in ("integer", "bigint") and "serial" not in kind:
        options += [
            f"GENERATED {identity}",
            f"CHECK ({name} > 0)",
            f"CHECK ({name} > 0) NOT ENFORCED",
            "GENERATED ALWAYS AS (1 + 1) STORED",
            f"REFERENCES {chance.named(chance.relation().place)}{chance.one(ACTIONS)}" if chance.standing.relations else "",
        ]
    if spelled == "text":
        options += [
            'COLLATE "C"',
            "STORAGE EXTERNAL",
            "COMPRESSION pglz",
            "GENERATED ALWAYS AS (upper('x')) VIRTUAL",
            "CHECK (b <> '')",
        ]
    return f"{name} {kind} {chance.one(options)}"


def body(chance: Chance) -> str:
    names = chance.some(COLUMNS, 5)
    parts = [column_definition(chance, name) for name in names]
    constraints = [
        f"PRIMARY KEY ({names[0]})",
        f"UNIQUE ({', '.join(names[:2])})",
        f"CONSTRAINT named CHECK ({names[0]} IS NOT NULL)",
        f"NOT NULL {names[-1]}",
        f"CHECK ({names[0]} IS NOT NULL) NO INHERIT",
        f"UNIQUE NULLS NOT DISTINCT ({names[-1]}) INCLUDE ({names[0]})",
        "EXCLUDE USING gist (r WITH &&)",
        f"UNIQUE ({names[0]}) DEFERRABLE INITIALLY DEFERRED",
    ]
    return ", ".join(parts + (chance.some(constraints, 2) if chance.random.randrange(2) else []))


def create_table(chance: Chance) -> str:
    options = chance.one(["", "", "", " WITH (fillfactor = 70)", " WITH (autovacuum_enabled = off, fillfactor = 90)"])
    word = chance.one(["", "", "", "UNLOGGED "])
    return f"CREATE {word}TABLE {chance.sometimes('IF NOT EXISTS ', 10)}{chance.new()} ({body(chance)}){options}"


def create_usual_table(chance: Chance) -> str:
    key = chance.one(["PRIMARY KEY", "", "NOT NULL", "UNIQUE", "GENERATED ALWAYS AS IDENTITY PRIMARY KEY"])
    return f"CREATE TABLE {chance.new()} (a int {key}, b text, c int, d int{chance.sometimes(', r int4range')})"


def create_partitioned(chance: Chance) -> str:
    way = chance.one(["RANGE (a)", "LIST (a)", "HASH (a)", "RANGE (a, c)", "LIST (lower(b))", "RANGE ((c + 1))"])
    key = chance.one(["", "", ", PRIMARY KEY (a)", ", UNIQUE (a, c)", ", CHECK (c > 0)"])
    return f"CREATE TABLE {chance.new()} (a int, b text, c int{key}) PARTITION BY {way}"


def bound(chance: Chance) -> str:
    low = chance.random.randrange(5)
    return chance.one(
        [
            f"FOR VALUES FROM ({low}0) TO ({low}9)",
            f"FOR VALUES FROM ({low}0) TO ({low}9)",
            f"FOR VALUES IN ({low}, {low + 10})",
            "DEFAULT",
            f"FOR VALUES WITH (modulus 5, remainder {low})",
            "FOR VALUES FROM (MINVALUE) TO (0)",
            f"FOR VALUES FROM ({low}0, 1) TO ({low}9, 2)",
            f"FOR VALUES IN ('{low}')",
        ]
    )


def create_partition(chance: Chance) -> str:
    parent = chance.named(chance.relation("p").place)
    inside = chance.sometimes(chance.one([" (b DEFAULT 'p')", " (c NOT NULL)", " (PRIMARY KEY (a))", " (CHECK (c < 5))"]))
    further = chance.sometimes(" PARTITION BY LIST (a)", 10)
    return f"CREATE TABLE {chance.new()} PARTITION OF {parent}{inside} {bound(chance)}{further}"


def attach(chance: Chance) -> str:
    parent = chance.relation("p")
    child = chance.relation("rp", partition=False)
    return f"ALTER TABLE {chance.named(parent.place)} ATTACH PARTITION {chance.named(child.place)} {bound(chance)}"


def detach(chance: Chance) -> str:
    child = chance.relation("rp", partition=True)
    assert child.parent is not None
    return f"ALTER TABLE {chance.named(child.parent)} DETACH PARTITION {chance.named(child.place)}"


def create_child(chance: Chance) -> str:
    name = chance.one(COLUMNS)
    inside = chance.sometimes(column_definition(chance, name), 50)
    return f"CREATE TABLE {chance.new()} ({inside}) INHERITS ({chance.named(chance.relation('r', partition=False).place)})"


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


def foreign_key(chance: Chance, relation: Relation) -> str:
    other = chance.relation()
    keys = [name for place, name, kind in chance.standing.constraints if place == other.place and kind in "pu"]
    if not keys and chance.random.randrange(3):
        other = relation
    column = chance.column(relation, "integer", "bigint")
    target = chance.sometimes(f" ({chance.column(other, 'integer', 'bigint')})", 60)
    return f"FOREIGN KEY ({column}) REFERENCES {chance.named(other.place)}{target}{chance.one(ACTIONS)}"


def constraint(chance: Chance, relation: Relation) -> str:
    named = chance.one(["", "", "", "CONSTRAINT named ", "CONSTRAINT other "])
    columns = chance.columns(relation)
    return named + chance.made(
        [
            lambda: f"PRIMARY KEY ({columns})",
            lambda: f"UNIQUE{chance.sometimes(' NULLS NOT DISTINCT')} ({columns}){chance.sometimes(' DEFERRABLE')}",
            lambda: f"UNIQUE ({columns}) WITH (fillfactor = 60)",
            lambda: f"CHECK ({chance.condition(relation)}){chance.one(['', '', ' NOT VALID', ' NO INHERIT', ' NOT ENFORCED'])}",
            lambda: f"NOT NULL {chance.column(relation)}{chance.one(['', '', ' NOT VALID', ' NO INHERIT'])}",
            lambda: (
                foreign_key(chance, relation)
                + chance.one(["", "", " NOT VALID", " DEFERRABLE INITIALLY DEFERRED", " NOT ENFORCED"])
            ),
            lambda: foreign_key(chance, relation),
            lambda: f"EXCLUDE ({chance.column(relation)} WITH =){chance.sometimes(f' WHERE ({chance.condition(relation)})')}",
            lambda: f"EXCLUDE USING gist ({chance.column(relation, 'int4range', 'daterange')} WITH &&)",
            lambda: f"UNIQUE ({chance.column(relation)}, {chance.column(relation, 'int4range', 'daterange')} WITHOUT OVERLAPS)",
        ]
    )


def command(chance: Chance, relation: Relation) -> str:
    column = chance.column(relation)
    kind = next((kind for name, kind, _ in relation.columns if quoted(name) == column), "integer")
    sequence = chance.one(
        ["SET START 9", "SET INCREMENT BY 3", "RESTART", "SET GENERATED BY DEFAULT", "SET NO MAXVALUE SET CACHE 4"]
    )
    return chance.made(
        [
            lambda: f"ADD COLUMN {chance.sometimes('IF NOT EXISTS ', 20)}{column_definition(chance, chance.one(COLUMNS))}",
            lambda: f"ADD COLUMN {column_definition(chance, chance.one(COLUMNS))}",
            lambda: f"DROP COLUMN {column}{chance.sometimes(' CASCADE', 60)}",
            lambda: f"ALTER COLUMN {column} TYPE {chance.type()} USING NULL",
            lambda: f"ALTER COLUMN {chance.column(relation, 'integer')} TYPE {chance.one(['bigint', 'text', 'numeric(8,2)'])}",
            lambda: f"ALTER COLUMN {chance.column(relation, 'text')} TYPE " + chance.one(["varchar(9)", 'text COLLATE "C"']),
            lambda: f"ALTER COLUMN {column} SET DEFAULT {chance.default(kind)}",
            lambda: f"ALTER COLUMN {column} {chance.one(['DROP DEFAULT', 'SET NOT NULL', 'SET NOT NULL', 'DROP NOT NULL'])}",
            lambda: f"ALTER COLUMN {column} SET STATISTICS {chance.one(['100', '-1', '0'])}",
            lambda: (
                f"ALTER COLUMN {chance.column(relation, 'text', 'jsonb')} SET STORAGE {chance.one(['MAIN', 'EXTERNAL', 'DEFAULT'])}"
            ),
            lambda: f"ALTER COLUMN {chance.column(relation, 'text', 'jsonb')} SET COMPRESSION {chance.one(['pglz', 'default'])}",
            lambda: f"ALTER COLUMN {column} {chance.one(['SET (n_distinct = 5)', 'RESET (n_distinct)'])}",
            lambda: f"ALTER COLUMN {column} ADD GENERATED {chance.one(['ALWAYS', 'BY DEFAULT'])} AS IDENTITY",
            lambda: f"ALTER COLUMN {quoted(chance.one([name for name, _, identity in relation.columns if identity]))} {sequence}",
            lambda: (
                f"ALTER COLUMN {quoted(chance.one([name for name, _, identity in relation.columns if identity]))} DROP IDENTITY"
            ),
            lambda: f"ALTER COLUMN {column} DROP EXPRESSION IF EXISTS",
            lambda: f"ADD {constraint(chance, relation)}",
            lambda: f"ADD {constraint(chance, relation)}",
            lambda: f"ADD {constraint(chance, relation)}",
            lambda: f"DROP CONSTRAINT {chance.constraint(relation.place)}{chance.sometimes(' CASCADE', 50)}",
            lambda: f"VALIDATE CONSTRAINT {chance.constraint(relation.place)}",
            lambda: (
                f"ALTER CONSTRAINT {chance.constraint(relation.place, 'f')}"
                f" {chance.one(['DEFERRABLE', 'NOT DEFERRABLE', 'NOT ENFORCED', 'ENFORCED'])}"
            ),
            lambda: f"ALTER CONSTRAINT {chance.constraint(relation.place, 'n')} {chance.one(['INHERIT', 'NO INHERIT'])}",
            lambda: f"ADD {chance.one(['UNIQUE', 'CONSTRAINT named PRIMARY KEY'])} USING INDEX {own_index(chance, relation)}",
            lambda: f"CLUSTER ON {own_index(chance, relation)}",
            lambda: f"REPLICA IDENTITY {chance.one(['FULL', 'NOTHING', 'DEFAULT', 'USING INDEX ' + own_index(chance, relation)])}",
            lambda: chance.one(
                ["SET (fillfactor = 50)", "RESET (fillfactor)", "SET LOGGED", "SET UNLOGGED", "SET WITHOUT CLUSTER"]
            ),
            lambda: f"OF {chance.type_of('c')}",
            lambda: "NOT OF",
        ]
    )


def own_index(chance: Chance, relation: Relation) -> str:
    return quoted(chance.one([found.place[1] for found in chance.standing.relations if found.indexed == relation.place]))


def alter_table(chance: Chance) -> str:
    name, relation = chance.table()
    commands = [command(chance, relation) for _ in range(chance.one([1, 1, 1, 2, 3]))]
    return f"ALTER TABLE {chance.sometimes('ONLY ', 8)}{name} {', '.join(commands)}"


def create_typed(chance: Chance) -> str:
    return f"CREATE TABLE {chance.new()} OF {chance.type_of('c')}{chance.sometimes(' (a WITH OPTIONS NOT NULL)')}"


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
    return f"CREATE INDEX ON {name} USING {method} ({chance.column(relation)})"


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
        ]
    )
    if chance.random.randrange(4) == 0:
        return f"ALTER INDEX {name} ATTACH PARTITION {chance.named(chance.index().place)}"
    return f"ALTER INDEX {name} {action}"


def rename(chance: Chance) -> str:
    name, relation = chance.table("rpvm")
    word = {"v": "VIEW", "m": "MATERIALIZED VIEW"}.get(relation.kind, "TABLE")
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
    return f"DROP {words.get(relation.kind, 'TABLE')} {chance.named(relation.place)}{chance.sometimes(' CASCADE', 60)}"


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
    (6, create_usual_table),
    (4, create_table),
    (3, create_partitioned),
    (5, create_partition),
    (3, attach),
    (1, detach),
    (2, create_child),
    (2, inherit),
    (3, create_like),
    (24, alter_table),
    (2, create_typed),
    (9, create_index),
    (2, create_other_index),
    (3, alter_index),
    (7, rename),
    (3, drop),
    (4, sequence),
]
