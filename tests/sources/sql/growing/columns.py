"""How a column or a table's body is written. In: chance. Out: a part of a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import COLUMNS, DEFAULTS, Chance

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
            f"GENERATED ALWAYS AS ({chance.one(['1 + 1', 'a + 1', 'c * 2'])}) {chance.one(['STORED', 'VIRTUAL'])}",
            f"REFERENCES {chance.named(chance.relation().place)}{chance.one(ACTIONS)}" if chance.standing.relations else "",
        ]
    if spelled == "text":
        options += [
            'COLLATE "C"',
            "COLLATE coll",
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
