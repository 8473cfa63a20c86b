"""Changes of rows. In: a `Scene`. Out: operations.

INSERT's tree is not kept, since its rows may be many: its beginning is read as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from advisor.model import ChangeRows, Name, Operation, Table
from advisor.sources.sql.operations.scene import Scene
from advisor.sources.sql.text.tree import Node, fields_of, strings, unwrap, walk

INSERT_TARGET = re.compile(
    r'\s*insert\s+into\s+(?:(?P<schema>"(?:[^"]|"")+"|[\w$]+)\s*\.\s*)?(?P<name>"(?:[^"]|"")+"|[\w$]+)', re.IGNORECASE
)
FIRST_OF_ROWS = re.compile(r"\b(select|table|values|default\s+values)\b", re.IGNORECASE)
COMMENT = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|--[^\n]*|/\*.*?\*/""", re.DOTALL)
BEGINNING = 2_000
"""Characters in which the target of an INSERT stands, and where its rows come from."""
LONGEST = 10_000
"""Characters of a statement whose strings are looked at."""
STRING = re.compile(r"'((?:[^']|'')*)'")
LIKELY_KEY = frozenset({"id", "uuid"})
"""Columns that are the key of a table that is not seen."""


def change_rows(scene: Scene) -> Iterator[Operation]:
    fields = scene.fields
    match scene.kind:
        case "UpdateStmt" | "DeleteStmt" | "MergeStmt" as kind:
            verb = {"UpdateStmt": "update", "DeleteStmt": "delete", "MergeStmt": "merge"}[kind]
            where = fields.get("whereClause")
            parts = tuple(conjuncts(where)) if where is not None else ()
            absent = tuple(column for part in parts if (column := column_tested(part, "IS_NULL")))
            yield ChangeRows(
                scene.location, verb, scene.name, where is not None or verb == "merge",  # type: ignore[arg-type]
                by_key=where is not None and is_by_key(where, scene.before.tables.get(scene.name)),
                texts=tuple(texts_in(scene)),
                sets=tuple(fields_of(target)["name"] for target in fields.get("targetList", ())) if verb == "update" else (),
                absent=absent,
                present=tuple(column for part in parts if (column := column_tested(part, "IS_NOT_NULL") or column_fixed(part))),
                by_absence=bool(absent) and len(absent) == len(parts),
            )  # fmt: skip
        case "CopyStmt" if "is_from" in fields and "relation" in fields:
            yield ChangeRows(scene.location, "copy", scene.name)
        case "InsertStmt":
            yield ChangeRows(scene.location, "insert", inserted_table(scene), inserts_query(scene), texts=tuple(texts_in(scene)))


def texts_in(scene: Scene) -> Iterator[str]:
    """The strings that the statement holds; of a long one (a table's worth of rows) none."""
    if len(scene.statement.text) <= LONGEST:
        for found in STRING.finditer(scene.statement.text):
            yield found[1].replace("''", "'")


def is_by_key(where: Node, table: Table | None) -> bool:
    """Whether it asks for single rows: a key of the table equals constants."""
    fixed = set(fixed_columns(where))
    return table.is_unique(fixed) if table is not None else bool(fixed & LIKELY_KEY)


def fixed_columns(where: Node) -> Iterator[str]:
    """The columns that must equal a constant, or one of a list of them."""
    yield from (column for part in conjuncts(where) if (column := column_fixed(part)))


def conjuncts(where: Node) -> Iterator[Node]:
    """What must all hold."""
    kind, fields = unwrap(where)
    if kind == "BoolExpr" and fields["boolop"] == "AND_EXPR":
        for part in fields["args"]:
            yield from conjuncts(part)
    else:
        yield where


def column_fixed(part: Node) -> str | None:
    """The column of `a = 1` and `a IN (1, 2)`; None of anything else."""
    kind, fields = unwrap(part)
    if kind != "A_Expr" or strings(fields["name"]) != ("=",) or fields["kind"] not in ("AEXPR_OP", "AEXPR_IN"):
        return None
    column, value = fields.get("lexpr", {}), fields.get("rexpr", {})
    if "ColumnRef" in column and all(name not in ("ColumnRef", "SubLink") for name, _ in walk(value)):
        return strings(fields_of(column)["fields"])[-1]
    return None


def column_tested(part: Node, test: str) -> str | None:
    """The column of `a IS NULL` or `a IS NOT NULL`; None of anything else."""
    kind, fields = unwrap(part)
    if kind != "NullTest" or fields["nulltesttype"] != test or "ColumnRef" not in fields["arg"]:
        return None
    return strings(fields_of(fields["arg"])["fields"])[-1]


def inserted_table(scene: Scene) -> Name | None:
    """INSERT's tree is not kept: its rows may be many. The table stands at the beginning."""
    found = INSERT_TARGET.match(beginning(scene))
    if found is None:
        return None
    schema, name = (identifier(found[part]) for part in ("schema", "name"))
    return scene.catalog.find(schema, name or "")


def identifier(text: str | None) -> str | None:
    if text is None or not text.startswith('"'):
        return text.lower() if text else None
    return text[1:-1].replace('""', '"')


def inserts_query(scene: Scene) -> bool:
    """Whether its rows come from a query: SELECT or TABLE stands there before any VALUES."""
    found = FIRST_OF_ROWS.search(INSERT_TARGET.sub("", beginning(scene), count=1))
    return found is not None and found[1].lower() in ("select", "table")


def beginning(scene: Scene) -> str:
    """The beginning of the statement, without comments."""
    return COMMENT.sub(lambda found: found[1] or " ", scene.statement.text[:BEGINNING])
