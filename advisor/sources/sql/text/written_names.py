"""How a statement writes names. In: a statement. Out: the names that PostgreSQL cuts, and those of tables without their schema.

The trees do not tell: PostgreSQL's scanner has cut the names before, and the catalog has found the schemas.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from advisor.model import Location, WrittenName
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, unwrap

MAX_BYTES = 63
MAY_BE_CUT = re.compile(r'[\w$]{64}|"[^"]{64}')
"""What is not found in a statement that has a name of 64 ASCII characters or more."""
BARE = re.compile(r"[^\W\d][\w$]{15,}")
"""From 16 characters on a name may have more than 63 bytes."""
FOLDED = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
"""What PostgreSQL makes of letters without quotes: those beyond ASCII stay."""

ABOUT_TABLES = frozenset(
    """AlterTableStmt CreateStmt CreateTableAsStmt CreateForeignTableStmt IndexStmt ViewStmt CreateTrigStmt CreatePolicyStmt
    RuleStmt RenameStmt AlterObjectSchemaStmt CreateStatsStmt""".split()
)
DROPPED = frozenset({"OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE"})


def cut_names(statement: Statement) -> Iterator[WrittenName]:
    """The identifiers of more than 63 bytes. Rows of data are not looked at."""
    text = statement.text
    if statement.kind == "InsertStmt" or (text.isascii() and MAY_BE_CUT.search(text) is None):
        return
    start = statement.piece.start
    quoted = [(each.start - start, each.end - start) for each in statement.piece.opaque if each.kind == '"']
    bare = [match.span() for match in BARE.finditer(statement.masked)]
    for begin, end in sorted([*quoted, *bare]):
        name = text[begin + 1 : end - 1].replace('""', '"') if text[begin] == '"' else text[begin:end].translate(FOLDED)
        if len(name.encode(errors="surrogatepass")) > MAX_BYTES:
            yield WrittenName(name, statement.stretch(begin, end))


def unqualified_names(statement: Statement) -> Iterator[WrittenName]:
    """The tables and views that a statement makes, changes or refers to by their bare names."""
    if statement.kind == "DropStmt":
        yield from dropped_names(statement)
    elif statement.kind in ABOUT_TABLES:
        for node in relations_in(statement.fields):
            if "schemaname" not in node and "relname" in node and node.get("relpersistence", "p") != "t":
                yield WrittenName(node["relname"], place_of(statement, node))


def dropped_names(statement: Statement) -> Iterator[WrittenName]:
    for target in statement.fields.get("objects", []) if statement.fields["removeType"] in DROPPED else ():
        items = fields_of(target).get("items", [])
        if len(items) == 1:
            yield WrittenName(fields_of(items[0]).get("sval", ""), statement.location)


def relations_in(fields: Node) -> Iterator[Node]:
    """The relation that a statement is about, its parents and partitions, and those that its foreign keys refer to."""
    for name in ("relation", "view", "base"):
        if isinstance(fields.get(name), dict):
            node = fields[name]
            yield from relations_in(node) if "relation" in node else (node,)
    if isinstance(fields.get("into"), dict) and "rel" in fields["into"]:
        yield fields["into"]["rel"]
    for part in (*fields.get("tableElts", []), *fields.get("cmds", []), *fields.get("constraints", [])):
        yield from referred(fields_of(part))
    for parent in fields.get("inhRelations", []):
        yield fields_of(parent)


def referred(part: Node) -> Iterator[Node]:
    """The table behind REFERENCES, INHERIT or ATTACH PARTITION in a part of a statement."""
    if isinstance(part.get("pktable"), dict):
        yield part["pktable"]
    for constraint in part.get("constraints", []):
        yield from referred(fields_of(constraint))
    if isinstance(part.get("def"), dict):
        kind, inner = unwrap(part["def"])
        if kind == "RangeVar":
            yield inner
        elif kind == "PartitionCmd":
            yield inner["name"]
        else:
            yield from referred(inner)


def place_of(statement: Statement, node: Node) -> Location:
    offset = statement.offset(node) if "location" in node else None
    if offset is None:
        return statement.location
    opening = 2 if statement.text[offset : offset + 1] == '"' else 0
    return statement.stretch(offset, offset + len(node["relname"]) + opening)
