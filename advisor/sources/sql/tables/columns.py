"""Column definitions. In: a `ColumnDef` node. Out: the model's `Column`, and the constraints written beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from advisor.model import Column, Expression, Location, Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.spelling.expressions import expression
from advisor.sources.sql.spelling.types import BUILT_IN, PLAIN, array_element, format_type, is_serial, names_of_type
from advisor.sources.sql.tables.not_nulls import PendingNotNull, pending_not_null
from advisor.sources.sql.tables.properties import stored, with_server_options
from advisor.sources.sql.tables.sequence_statements import identity_words, make_sequence, next_value_of
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.statements import Statement
from advisor.sources.sql.text.tree import Node, fields_of, string, strings, unwrap
from advisor.sources.sql.views.builtins import plain

ATTRIBUTES = {
    "CONSTR_ATTR_DEFERRABLE": "deferrable",
    "CONSTR_ATTR_DEFERRED": "initdeferred",
    "CONSTR_ATTR_NOT_ENFORCED": "not_enforced",
}
"""What PostgreSQL's grammar gives as constraints of their own and means the constraint before."""

BARE_STRING = re.compile(r"'(?:[^']|'')*'")
OF_THE_TABLE = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_FOREIGN", "CONSTR_CHECK"})


class PendingConstraint(Struct, frozen=True):
    """A constraint to be added once the table is there. `columns` are those it is written beside; none for one of its own."""

    fields: Node
    location: Location
    columns: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return str(self.fields["contype"])


class ReadColumn(Struct, frozen=True):
    column: Column
    constraints: tuple[PendingConstraint, ...]
    not_null: PendingNotNull | None = None


def read_column(catalog: Catalog, statement: Statement, fields: Node, table: Name, end: int) -> ReadColumn:
    """A column of a table to be. `end` is the offset behind its definition, in characters from the statement's start."""
    name = fields["colname"]
    start = statement.offset(fields) or 0
    written = [fields_of(node) for node in fields.get("constraints", [])]
    kinds = {constraint["contype"] for constraint in written}
    type_text, enum = read_type(catalog, fields["typeName"])
    serial = is_serial(fields["typeName"])
    identity = next((part for part in written if part["contype"] == "CONSTR_IDENTITY"), None)
    default = next((part for part in written if part["contype"] == "CONSTR_DEFAULT"), None)
    generated = next((part for part in written if part["contype"] == "CONSTR_GENERATED"), None)
    if serial or identity:
        options = identity.get("options", []) if identity else []
        sequence = make_sequence(catalog, table, name, type_text, options, identity=identity is not None)
    column = Column(
        name=name,
        type=type_text,
        location=statement.stretch(start, end),
        nullable=not (serial or identity or kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}),
        default=next_value_of(sequence) if serial else read_default(default["raw_expr"], type_text) if default else None,
        identity=("always" if identity["generated_when"] == "a" else "by default") if identity else None,
        generated=expression(generated["raw_expr"]) if generated else None,
        virtual=is_virtual(generated),
        identity_options=identity_words(catalog, table, name) if identity else (),
        enum=enum,
        collation=read_collation(fields.get("collClause")),
        storage=stored(catalog, type_text, fields.get("storage_name")),
        compression=None if fields.get("compression") in (None, "default") else fields["compression"].lower(),
        options=with_server_options((), fields.get("fdwoptions", [])),
    )
    constraints = tuple(constraints_beside(statement, name, written, end))
    return ReadColumn(column, constraints, None if column.nullable else not_null_beside(column, written))


def not_null_beside(column: Column, written: list[Node]) -> PendingNotNull:
    """The NOT NULL constraint of a column definition, written or implied."""
    constraints = [part for part in written if part["contype"] == "CONSTR_NOTNULL"]
    found = next((part for part in constraints if "conname" in part), constraints[0] if constraints else {})
    return pending_not_null(found, column.name, column.location)


def constraints_beside(statement: Statement, column: str, written: list[Node], end: int) -> Iterator[PendingConstraint]:
    """The constraints of a column definition that are the table's, each with its own stretch of the text."""
    for number, fields in enumerate(written):
        if fields["contype"] not in OF_THE_TABLE:
            continue
        attributes: Node = {}
        stop = end
        for following in written[number + 1 :]:
            if following["contype"] not in ATTRIBUTES:
                if following["contype"].startswith("CONSTR_ATTR"):
                    continue
                stop = statement.offset(following) or end
                break
            attributes[ATTRIBUTES[following["contype"]]] = True
        yield PendingConstraint({**fields, **attributes}, statement.stretch(statement.offset(fields) or 0, stop), (column,))


def read_type(catalog: Catalog, type_name: Node) -> tuple[str, Name | None]:
    """The type as PostgreSQL prints it, and the enum that it is."""
    schema, name = names_of_type(type_name)
    user_type = None if schema == "pg_catalog" else catalog.find_type(schema, name)
    element = catalog.find_type(schema, name[1:]) if user_type is None and name[:1] == "_" else None
    if element is not None:
        return f"{quote_name(element)}[]", None
    if user_type is None and schema not in (None, "pg_catalog"):
        user_type = Name(str(schema), name)
    elif user_type is None and schema is None and catalog.table(row_type := catalog.find(None, name)) is not None:
        user_type = row_type if name not in BUILT_IN and name not in PLAIN else None
    text = format_type(type_name, user_type)
    enum = user_type if user_type is not None and catalog.enum(user_type) and "arrayBounds" not in type_name else None
    return text, enum


def is_enum_type(catalog: Catalog, type_text: str) -> bool:
    return any(quote_name(enum) == array_element(type_text) for enum in catalog.enum_names())


def read_default(node: Node, type_text: str = "") -> Expression | None:
    """A default; None for NULL of the column's own type, which is none.

    Where a length must be seen to, or the NULL is of another type, PostgreSQL keeps it: of `character varying(20)`, of text that is
    `NULL::varchar` (`AddRelationNewConstraints` in heap.c). A boolean is stored as what its word means (`bool.c`).
    """
    casts, inner = [], node
    while "TypeCast" in inner:
        casts.append(inner["TypeCast"]["typeName"])
        inner = inner["TypeCast"]["arg"]
    if not inner.get("A_Const", {}).get("isnull"):
        value = boolean_in(inner) if type_text == "boolean" and all(format_type(cast) == "boolean" for cast in casts) else None
        return expression(node) if value is None else Expression(str(value).lower())
    if type_text and is_of_other_type(casts, type_text):
        return expression(node)
    return Expression(f"NULL::{constant_type(type_text)}") if "(" in type_text else None


def is_of_other_type(casts: list[Node], type_text: str) -> bool:
    """Whether these casts to built-in types, the last one first, make something else than a constant of the column's type."""
    names = [names_of_type(cast)[1] for cast in casts]
    if not casts or any(name not in BUILT_IN and name not in PLAIN for name in names):
        return False
    return len(casts) > 1 or format_type(casts[0]) != constant_type(type_text)


def boolean_in(node: Node) -> bool | None:
    """What a string means as a boolean; None for anything else (`parse_bool` in bool.c: the beginning of a word is enough)."""
    word = node.get("A_Const", {}).get("sval", {}).get("sval", "").strip().lower()
    if not word:
        return None
    if word in ("1", "on") or "true".startswith(word) or "yes".startswith(word):
        return True
    return False if word in ("0", "of", "off") or "false".startswith(word) or "no".startswith(word) else None


def constant_type(type_text: str) -> str:
    """The type of a constant that is written for a column of a type: lengths are seen to later."""
    found = plain(type_text)
    return found.replace("character", "bpchar", 1) if array_element(found) == "character" else found


def with_type_of_constant(default: Expression | None, before: str, after: str) -> Expression | None:
    """What a column's default becomes when the column gets another type: a bare string stays a constant of the old one."""
    if default is None or not BARE_STRING.fullmatch(default.text) or plain(before) == plain(after):
        return default
    return Expression(f"{default.text}::{constant_type(before)}")


def is_virtual(generated: Node | None) -> bool:
    return generated is not None and generated.get("generated_kind") == "v"


def read_collation(clause: Node | None) -> str | None:
    if clause is None:
        return None
    *schema, name = strings(clause["collname"])
    if schema and schema[-1] not in ("pg_catalog", "public"):
        return f"{schema[-1]}.{name}"
    return None if name == "default" else name


def column_names(nodes: Iterable[Node]) -> tuple[str, ...]:
    """The columns of a list of `String` or `IndexElem` nodes."""
    return tuple(
        string(node) if "String" in node else fields.get("name", "") for node, fields in ((n, unwrap(n)[1]) for n in nodes)
    )
