"""Prisma schemas made by chance. In: a source of chance. Out: a schema that Prisma takes, in the form of version 7 and later.

Constraint and index names are all given or known to differ, so that nothing clashes but what a test makes clash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

NATIVE = {
    "String": ["Text", "VarChar(20)", "VarChar", "Char(3)", "Uuid", "Citext", "Inet", "Bit(4)", "VarBit(8)"],
    "Int": ["Integer", "SmallInt", "Oid"],
    "BigInt": ["BigInt"],
    "Float": ["Real", "DoublePrecision"],
    "Decimal": ["Decimal(10, 2)", "Money"],
    "DateTime": ["Timestamp(6)", "Timestamptz(6)", "Timestamptz", "Date", "Time(0)", "Timetz(3)"],
    "Json": ["Json", "JsonB"],
    "Bytes": ["ByteA"],
    "Boolean": ["Boolean"],
}
DEFAULTS = {
    "String": [
        '"it\'s"',
        '"a \\"b\\" \\\\"',
        '""',
        "uuid()",
        "uuid(7)",
        "cuid()",
        "cuid(2)",
        "nanoid(9)",
        "ulid()",
        "dbgenerated(\"lower('X')\")",
    ],
    "Int": ["0", "-5", "2147483647", "autoincrement()"],
    "BigInt": ["1", "-9007199254740993", "autoincrement()"],
    "Float": ["1.50", "-0.25", "3"],
    "Decimal": ["1.50", '"12.5"', "0"],
    "DateTime": ["now()", '"2024-02-29T23:30:00.5+02:00"', '"2020-01-01T00:00:00Z"', 'dbgenerated("now()")'],
    "Json": ['"{\\"a\\": [1, null]}"', '"[]"'],
    "Bytes": ['"aGVsbG8="'],
    "Boolean": ["true", "false"],
}
LISTS = {"String": '["a", "it\'s"]', "Int": "[1, -2]", "Boolean": "[true]", "Float": "[1.5]"}
PREDICATES = {
    "String": ['"a"', '"it\'s"', '{ not: "x" }'],
    "Int": ["3", "{ not: -1 }"],
    "Float": ["1.5"],
    "Boolean": ["false", "{ not: true }"],
    "DateTime": ['"2020-01-01T00:00:00Z"'],
}
ACTIONS = ["Cascade", "Restrict", "NoAction", "SetNull", "SetDefault"]
LONG = "a_rather_long_name_that_goes_on_until_postgresql_has_to_cut"


@dataclass
class Written:
    """A model in the making."""

    name: str
    id_type: str = "Int"
    compound: bool = False
    fields: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    scalars: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Name, type, arity, native type."""
    indexed: set[tuple[str, ...]] = field(default_factory=set)


@dataclass
class Maker:
    """The state of one schema: chance, and what there is already."""

    chance: Random
    schemas: bool = False
    emulated: bool = False
    enums: list[str] = field(default_factory=list)
    models: list[Written] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    names: int = 0
    related: set[frozenset[str]] = field(default_factory=set)

    def maybe(self, part: float = 0.5) -> bool:
        return self.chance.random() < part

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"


def schema(chance: Random, *, relation_mode: bool = True) -> str:
    maker = Maker(chance)
    maker.schemas = maker.maybe(0.2)
    maker.emulated = relation_mode and maker.maybe(0.15)
    parts = [datasource(maker), generator()]
    parts += [enum(maker) for _ in range(chance.randint(0, 2))]
    maker.models = [model(maker, f"M{number}" if maker.maybe(0.9) else f"{LONG}{number}") for number in range(chance.randint(1, 4))]
    for _ in range(chance.randint(0, 4)):
        relate(maker, chance.choice(maker.models), chance.choice(maker.models))
    for written in maker.models:
        add_indexes(maker, written)
    parts += [block(maker, written) for written in maker.models]
    if maker.maybe(0.15):
        parts.append(view(maker))
    return "\n".join(parts)


def datasource(maker: Maker) -> str:
    lines = ["datasource db {", '  provider = "postgresql"']
    if maker.schemas:
        lines.append('  schemas = ["public", "other"]')
    if maker.emulated:
        lines.append('  relationMode = "prisma"')
    return "\n".join([*lines, "}", ""])


def generator() -> str:
    features = '  previewFeatures = ["partialIndexes", "views"]'
    return "\n".join(["generator client {", '  provider = "prisma-client"', '  output = "../generated"', features, "}", ""])


def in_schema(maker: Maker) -> list[str]:
    return [f'  @@schema("{maker.chance.choice(["public", "other"])}")'] if maker.schemas else []


def enum(maker: Maker) -> str:
    name = maker.fresh("E")
    maker.enums.append(name)
    values = ["  X", '  Y @map("y y")' if maker.maybe() else "  Y"]
    mapped = [f'  @@map("{name.lower()}_type")'] if maker.maybe(0.3) else []
    return "\n".join([f"enum {name} {{", *values, *mapped, *in_schema(maker), "}", ""])


def model(maker: Maker, name: str) -> Written:
    written = Written(name)
    kind = maker.chance.choice(["int", "int", "text", "uuid", "serial", "compound", "unique"])
    if kind == "compound":
        written.compound = True
        written.fields += ["  ka Int", "  kb String"]
        options = maker.chance.choice(["", f', map: "{maker.fresh("pk")}"', ', name: "both"'])
        written.attributes.append(f"  @@id([ka, kb]{options})")
    else:
        written.id_type = "String" if kind in ("text", "uuid") else "Int"
        default = {"serial": " @default(autoincrement())", "uuid": " @default(uuid()) @db.Uuid"}.get(kind, "")
        mapped = f'(map: "{maker.fresh("pk")}")' if maker.maybe(0.15) else ""
        key = " @unique" if kind == "unique" else f" @id{mapped}"
        written.fields.append(f"  id {written.id_type}{key}{default}")
    for _ in range(maker.chance.randint(0, 6)):
        add_scalar(maker, written)
    return written


def add_scalar(maker: Maker, written: Written) -> None:
    name = maker.fresh("f") if maker.maybe(0.9) else maker.fresh(LONG)
    kind = maker.chance.choice([*NATIVE, *maker.enums, "Unsupported"])
    arity = maker.chance.choice(["", "", "", "?", "[]"])
    line, native = [f"  {name}"], ""
    if kind == "Unsupported":
        line.append(f'Unsupported("{maker.chance.choice(["tsvector", "geometry(Point, 4326)", "int4range"])}"){arity}')
        written.fields.append(" ".join(line))
        return
    line.append(kind + arity)
    if kind in NATIVE and maker.maybe(0.35):
        native = maker.chance.choice(NATIVE[kind])
        line.append(f"@db.{native}")
    if maker.maybe(0.35):
        line.append(default_of(maker, kind, arity, native))
    if kind == "DateTime" and arity != "[]" and not any(part.startswith("@default") for part in line) and maker.maybe(0.2):
        line.append("@updatedAt")
    if maker.maybe(0.15):
        line.append(f'@map("c_{name[-20:]}")')
    if maker.maybe(0.1):
        line.append("@ignore")
    if arity != "[]" and kind not in ("Json",) and native != "Json" and maker.maybe(0.1):
        line.append("@unique")
    written.fields.append(" ".join(part for part in line if part))
    written.scalars.append((name, kind, arity, native))


def default_of(maker: Maker, kind: str, arity: str, native: str) -> str:
    if arity == "[]":
        value = LISTS.get(kind, "[]") if kind not in maker.enums else "[X, Y]"
        return f"@default({value})" if native not in ("Uuid", "Inet", "Bit(4)", "VarBit(8)") else "@default([])"
    if kind in maker.enums:
        return f"@default({maker.chance.choice('XY')})"
    choices = DEFAULTS[kind]
    if native or arity == "?":
        choices = [value for value in choices if "autoincrement" not in value]
    return f"@default({maker.chance.choice(choices)})"


def relate(maker: Maker, one: Written, other: Written) -> None:
    """A relation between two models, always with a name of its own."""
    name = maker.fresh("R")
    related = frozenset({one.name, other.name})
    unnamed = one is not other and related not in maker.related
    maker.related.add(related)
    here, there = maker.fresh("r"), maker.fresh("r")
    plain = not one.compound and not other.compound
    keyed = plain and "@id" in one.fields[0] and "@id" in other.fields[0]
    kind = maker.chance.choice(["many", "many", "one", "lists"] if keyed else ["many", "many", "one"])
    if kind == "lists":
        named = "" if unnamed else f' @relation("{name}")'
        one.fields.append(f"  {here} {other.name}[]{named}")
        other.fields.append(f"  {there} {one.name}[]{named}")
        return
    optional = maker.chance.choice(["", "?"])
    columns = key_columns(maker, one, other, here, optional, unique=kind == "one")
    options = "".join(f", {event}: {action(maker, optional)}" for event in ("onDelete", "onUpdate") if maker.maybe(0.3))
    if maker.maybe(0.2):
        options += f', map: "{maker.fresh("fk")}"'
    references = "ka, kb" if other.compound else "id"
    keys = f"fields: [{', '.join(columns)}], references: [{references}]{options}"
    named = "" if unnamed else f'"{name}", '
    one.fields.append(f"  {here} {other.name}{optional} @relation({named}{keys})")
    back = "" if unnamed else f' @relation("{name}")'
    other.fields.append(f"  {there} {one.name}{'?' if kind == 'one' else '[]'}{back}")


def action(maker: Maker, optional: str) -> str:
    if maker.emulated:
        return maker.chance.choice(["Cascade", "Restrict", *(["SetNull"] if optional else [])])
    return maker.chance.choice(ACTIONS)


def key_columns(maker: Maker, one: Written, other: Written, here: str, optional: str, *, unique: bool) -> list[str]:
    if other.compound:
        one.fields += [f"  {here}A Int{optional}", f"  {here}B String{optional}"]
        if unique:
            one.attributes.append(f"  @@unique([{here}A, {here}B])")
        return [f"{here}A", f"{here}B"]
    native = " @db.Uuid" if "@db.Uuid" in other.fields[0] else ""
    one.fields.append(f"  {here}Id {other.id_type}{optional}{native}{' @unique' if unique else ''}")
    return [f"{here}Id"]


def add_indexes(maker: Maker, written: Written) -> None:
    single = [scalar for scalar in written.scalars if scalar[2] != "[]" and scalar[1] != "Json"]
    lists = [scalar for scalar in written.scalars if scalar[2] == "[]"]
    for _ in range(maker.chance.randint(0, 2) if single else 0):
        add_btree(maker, written, single)
    for name, *_ in lists[:1] if maker.maybe(0.4) else ():
        written.attributes.append(f"  @@index([{name}{'(ops: ArrayOps)' if maker.maybe() else ''}], type: Gin)")
    for name, kind, arity, native in written.scalars:
        if kind == "Json" and arity != "[]" and native != "Json" and maker.maybe(0.5):
            ops = maker.chance.choice(["", "(ops: JsonbPathOps)", "(ops: JsonbOps)", '(ops: raw("jsonb_path_ops"))'])
            written.attributes.append(f"  @@index([{name}{ops}], type: Gin)")
        elif kind == "DateTime" and not native and arity != "[]" and maker.maybe(0.2):
            ops = maker.chance.choice(["", "(ops: TimestampMinMaxMultiOps)", "(ops: TimestampBloomOps)"])
            written.attributes.append(f'  @@index([{name}{ops}], type: Brin, map: "{maker.fresh("brin")}")')


def add_btree(maker: Maker, written: Written, single: list[tuple[str, str, str, str]]) -> None:
    chosen = maker.chance.sample(single, maker.chance.randint(1, min(3, len(single))))
    kind = maker.chance.choice(["index", "index", "unique"])
    hashed = kind == "index" and len(chosen) == 1 and maker.maybe(0.3)
    keys = ", ".join(name + ("(sort: Desc)" if not hashed and maker.maybe(0.25) else "") for name, *_ in chosen)
    columns = tuple(name for name, *_ in chosen)
    options = f', map: "{maker.fresh("ix")}"' if columns in written.indexed or maker.maybe() else ""
    written.indexed.add(columns)
    if hashed:
        options += ", type: Hash"
    if maker.maybe(0.2):
        options += f", where: {predicate(maker, chosen[0])}"
    written.attributes.append(f"  @@{kind}([{keys}]{options})")


def predicate(maker: Maker, scalar: tuple[str, str, str, str]) -> str:
    name, kind, arity, _ = scalar
    if (kind in PREDICATES or kind in maker.enums) and maker.maybe():
        values = PREDICATES.get(kind, ['"X"', '{ not: "Y" }'])
        return f"{{ {name}: {maker.chance.choice(values)} }}"
    if kind == "Boolean":
        return f"{{ {name}: true }}"
    if arity == "?":
        return maker.chance.choice([f"{{ {name}: null }}", f"{{ {name}: {{ not: null }} }}"])
    return 'raw("1 < 2")'


def block(maker: Maker, written: Written) -> str:
    mapped = [f'  @@map("t_{written.name[-40:]}")'] if maker.maybe(0.2) else []
    lines = [f"model {written.name} {{", *written.fields, "", *written.attributes, *mapped, *in_schema(maker), "}", ""]
    return "\n".join(lines)


def view(maker: Maker) -> str:
    return "\n".join(["view V {", "  id Int @unique", "  other String?", *in_schema(maker), "}", ""])


MORE_ON_A_FIELD = """@id @unique @updatedAt @ignore @nothing @map("x") @map("id") @map("") @default(1) @default("x")
@default(now()) @default(uuid()) @default(autoincrement()) @default(cuid(3)) @default(true) @default([])
@default(X) @default(nanoid(1)) @default(dbgenerated("")) @default(foo()) @default(1.5) @db.Text @db.Uuid
@db.SmallInt @db.VarChar(5) @db.VarChar(a) @db.Decimal(5) @db.Decimal(2,3) @db.Timestamp(9) @db.Xml
@db.Nothing @pg.Text @relation("R2") @relation(fields:[id],references:[id]) @unique(sort:Desc) @unique(map:"")
@unique(length:3) @id(map:"i") @nothing @default() @map() @unique(where:{id:1}) @db.JsonB @db.Inet""".split()

KEY_OPTIONS = [
    "",
    "",
    ", type: Hash",
    ", type: Gin",
    ", type: Gist",
    ", type: SpGist",
    ", type: Brin",
    ", type: Nothing",
    ', map: "ix9"',
    ', map: ""',
    ', name: "n"',
    ', name: "a b"',
    ', name: "id"',
    f', map: "{LONG}{LONG}"',
    ", clustered: true",
    ', where: raw("")',
    ", where: { id: 1 }",
    ', where: { id: "x" }',
    ", nothing: 1",
]
FIELD_OPTIONS = [
    "",
    "",
    "",
    "(sort: Desc)",
    "(sort: Up)",
    "(length: 3)",
    "(ops: InetOps)",
    "(ops: TextOps)",
    "(ops: JsonbPathOps)",
    "(ops: ArrayOps)",
    "(ops: TextBloomOps)",
    "(ops: Int4MinMaxOps)",
    "(ops: TimestampTzMinMaxOps)",
    '(ops: raw("x"))',
    "(ops: nothing)",
]
SETTINGS = """url="x" schemas=["public"] schemas=[] schemas=["other"] relationMode="prisma" relationMode="x"
relationMode=prisma provider="mysql" provider="x" extensions=[citext] nothing=1 previewFeatures=["views"]
previewFeatures=["nothing"] directUrl=env("X") output=1 engineType=1 provider=1 provider=env("X")
referentialIntegrity="prisma" binaryTargets=[1]""".split()
BLOCKS = [
    "enum E1 {\n  X\n}\n",
    "enum Extra {\n}\n",
    "enum Extra {\n  X\n  X\n}\n",
    "model String {\n  id Int @id\n}\n",
    "model class {\n  id Int @id\n}\n",
    "model Extra {\n}\n",
    "model Extra {\n  id Int? @id\n}\n",
    "model Extra {\n  id Int[] @unique\n}\n",
    "model M0 {\n  id Int @id\n}\n",
    'model Extra {\n  id Int @id\n  @@map("M0")\n}\n',
    "model a-b {\n  id Int @id\n}\n",
    "type Extra {\n  x Int\n}\n",
    "view Extra {\n  id Int @id\n}\n",
    "view Extra {\n  id Int\n  @@index([id])\n}\n",
    'datasource two {\n  provider = "postgresql"\n}\n',
    "model Extra {\n  id Int @id\n  me Extra? @relation(fields: [id], references: [id])\n  other Extra?\n}\n",
    "model Extra {\n  id Int @id\n  @@ignore\n  x Int @ignore\n}\n",
    "model Extra {\n  id Int @id\n  m M0? @relation(fields: [id], references: [id])\n  @@ignore\n}\n",
    "thing Extra {\n  id Int @id\n}\n",
]


def with_mistake(text: str, chance: Random) -> str:
    """The schema with one thing more that may be wrong: on a field, as a line of a model, in the settings, or as a block."""
    lines = text.split("\n")
    kind = chance.choice(["field", "field", "key", "key", "relation", "relation", "argument", "setting", "block", "type"])
    fields = [number for number, line in enumerate(lines) if line.startswith("  ") and "=" not in line and "@@" not in line]
    place = chance.choice(fields or [0])
    match kind:
        case "field":
            lines[place] += " " + chance.choice(MORE_ON_A_FIELD)
        case "key":
            lines.insert(place + 1, more_key(lines, place, chance))
        case "relation":
            lines.insert(place + 1, more_relation(lines, place, chance))
        case "argument":
            lines = changed_argument(lines, chance)
        case "setting":
            opening = [number for number, line in enumerate(lines) if line.startswith(("datasource", "generator"))]
            lines.insert(chance.choice(opening) + 1, "  " + chance.choice(SETTINGS))
        case "block":
            lines.append(chance.choice(BLOCKS))
        case "type":
            words = lines[place].split(" ")
            if len(words) > 3:
                words[3] = chance.choice([*NATIVE, "M0", "M1[]", "E1", "Nothing", "Int?", "String[]"])
                lines[place] = " ".join(words)
    return "\n".join(lines)


def names_near(lines: list[str], place: int) -> list[str]:
    """The fields of the block that a line is in."""
    start = next((number for number in range(place, -1, -1) if lines[number].endswith("{")), 0)
    end = next((number for number in range(place, len(lines)) if lines[number] == "}"), len(lines))
    return [line.split()[0] for line in lines[start + 1 : end] if line.startswith("  ") and "@@" not in line and line.split()] or [
        "id"
    ]


def more_key(lines: list[str], place: int, chance: Random) -> str:
    fields = names_near(lines, place)
    chosen = [
        chance.choice([*fields, *fields, *fields, "nothing"]) + chance.choice(FIELD_OPTIONS) for _ in range(chance.randint(0, 2))
    ]
    word = chance.choice(["index", "index", "index", "unique", "unique", "id", "fulltext"])
    return f"  @@{word}([{', '.join(chosen)}]{chance.choice(KEY_OPTIONS)})"


def more_relation(lines: list[str], place: int, chance: Random) -> str:
    fields = names_near(lines, place)
    target = chance.choice(["M0", "M0", "M1", "M2"]) + chance.choice(["", "?", "[]"])
    here, there = chance.choice(fields), chance.choice(["id", "id", "ka", chance.choice(fields)])
    options = chance.choice(
        ["", "", ", onDelete: SetNull", ", onDelete: Nothing", ", onUpdate: SetDefault", ', map: "fk1"', ', map: ""']
    )
    name = chance.choice(["", "", '"R2", ', '"", '])
    relation = chance.choice(["", f"@relation({name}fields: [{here}], references: [{there}]{options})", "@relation(fields: [])"])
    return f"  more{chance.randint(0, 9)} {target} {relation}".rstrip()


def changed_argument(lines: list[str], chance: Random) -> list[str]:
    """One side of a relation loses its other, or its arguments change."""
    sides = [number for number, line in enumerate(lines) if "@relation" in line]
    if not sides:
        return lines
    place = chance.choice(sides)
    changes: list[Callable[[str], str]] = [
        lambda line: "",
        lambda line: line.split(" @relation")[0],
        lambda line: line.replace("[]", ""),
        lambda line: line.replace("?", ""),
        lambda line: line.replace("fields:", "references:", 1),
        lambda line: line.replace("references: [id]", "references: [id, id]"),
        lambda line: line.replace("references: [id]", "references: []"),
        lambda line: line.replace(")", ", onDelete: Cascade)") if "onDelete" not in line else line,
        lambda line: line.replace('("R', '("Q'),
        lambda line: line + "\n" + line.replace("r", "s", 1),
        lambda line: line.replace("? @relation", " @relation"),
        lambda line: line + " @ignore",
    ]
    return [*lines[:place], chance.choice(changes)(lines[place]), *lines[place + 1 :]]
