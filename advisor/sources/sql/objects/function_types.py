"""Types in signatures of functions. In: `TypeName` nodes. Out: the types as `format_type` prints them, without modifiers."""

from __future__ import annotations

from advisor.model import Name
from advisor.sources.sql.catalog.catalog import Catalog
from advisor.sources.sql.catalog.relations import qualified
from advisor.sources.sql.spelling.types import names_of_type
from advisor.sources.sql.tables.columns import read_type
from advisor.sources.sql.text.quoting import quote_name
from advisor.sources.sql.text.tree import Node, strings

WITHOUT_LENGTH = {"bpchar": "character", '"bit"': "bit"}
"""Types that are printed otherwise where no length belongs to them (`format_type_be`)."""


def signature_type(catalog: Catalog, type_name: Node) -> str:
    """The type of an argument or a result. `posts.id%TYPE` is the column's type, `posts` the rows of a table."""
    if type_name.get("pct_type"):
        return column_type(catalog, type_name)
    bare = {name: value for name, value in type_name.items() if name != "typmods"}
    brackets = "[]" if "arrayBounds" in bare else ""
    text = read_type(catalog, bare)[0]
    schema, name = names_of_type(bare)
    if text == quote_name(Name(schema or "public", name)) + brackets and schema is None:
        row_type = catalog.find(None, name, lambda found: catalog.table(found) is not None)
        text = quote_name(row_type) + brackets if catalog.table(row_type) is not None else text
    element = text.removesuffix("[]")
    return WITHOUT_LENGTH.get(element, element) + brackets


def column_type(catalog: Catalog, type_name: Node) -> str:
    """The type of a column, without its modifiers; as written where the table is not known."""
    *relation, column = strings(type_name["names"])
    table = catalog.table(catalog.find(*qualified([{"String": {"sval": part}} for part in relation]))) if relation else None
    found = table.column(column) if table is not None else None
    return without_modifiers(found.type) if found is not None else f"{'.'.join((*relation, column))}%TYPE"


def without_modifiers(type_text: str) -> str:
    """`timestamp(3) without time zone` -> `timestamp without time zone`."""
    opening, closing = type_text.find("("), type_text.find(")")
    bare = type_text[:opening] + type_text[closing + 1 :] if opening >= 0 else type_text
    brackets = "[]" if bare.endswith("[]") else ""
    element = bare.removesuffix("[]")
    return WITHOUT_LENGTH.get(element, element) + brackets
