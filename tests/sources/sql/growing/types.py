"""Statements about types. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import COLUMNS, PLAIN, Chance, Maker, quoted

TYPE_NAMES = ("mood", "pair", "span", "dom", '"My Type"')


def create_type(chance: Chance) -> str:
    name = chance.new(TYPE_NAMES)
    base = chance.one(["int", "text", "int[]", *PLAIN])
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


def collation(chance: Chance) -> str:
    name = chance.new(["coll", '"Other coll"'])
    return chance.one(
        [
            f'CREATE COLLATION {name} FROM "C"',
            f"CREATE COLLATION IF NOT EXISTS {name} (provider = builtin, locale = 'C.UTF-8')",
            f"ALTER COLLATION {name} RENAME TO {chance.one(['coll', 'coll2'])}",
            f"ALTER COLLATION {name} SET SCHEMA {chance.one(chance.standing.schemas)}",
            f"DROP COLLATION {name}",
            f"COMMENT ON COLLATION {name} IS 'said'",
        ]
    )


def comment_on_constraint(chance: Chance) -> str:
    place, constraint = chance.one(chance.standing.type_constraints)
    return f"COMMENT ON CONSTRAINT {quoted(constraint)} ON DOMAIN {chance.named(place)} IS 'said'"


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
            f"DROP {word} {chance.sometimes('IF EXISTS ', 20)}{name}{chance.sometimes(' CASCADE', 50)}",
            f"COMMENT ON {word} {name} IS 'said'",
            f"ALTER {word} {name} OWNER TO bob",
        ]
    )


MAKERS: list[tuple[int, Maker]] = [
    (5, create_type),
    (2, alter_enum),
    (2, alter_domain),
    (3, alter_composite),
    (4, change_type),
    (1, collation),
    (1, comment_on_constraint),
]
