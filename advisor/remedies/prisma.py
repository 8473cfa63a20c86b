"""Writing Prisma: the attribute that declares an index, and where it goes or stood."""

from __future__ import annotations

from advisor.model import Index, IndexKey, Location, Table
from advisor.remedies.remedy import Edit

METHODS = {"btree": "BTree", "hash": "Hash", "gin": "Gin", "gist": "Gist", "spgist": "SpGist", "brin": "Brin"}


def attribute_of_index(index: Index, table: Table) -> str | None:
    """`@@index([authorId, createdAt(sort: Desc)])`; None where Prisma cannot say it (expressions, predicates, INCLUDE).

    `map:` goes in where the index has a name that is not the default one, so that Prisma does not rename it.
    """
    if table.model is None or index.predicate or index.include or index.method not in METHODS:
        return None
    fields = [field_of_key(key, table) for key in index.keys]
    if None in fields:
        return None
    arguments = [f"[{', '.join(str(field) for field in fields)}]"]
    if index.method != "btree":
        arguments.append(f"type: {METHODS[index.method]}")
    if not index.name_is_default and index.name:
        arguments.append(f'map: "{index.name}"')
    return f"{'@@unique' if index.unique else '@@index'}({', '.join(arguments)})"


def field_of_key(key: IndexKey, table: Table) -> str | None:
    column = table.column(key.column) if key.column else None
    if column is None or key.collation or key.nulls_first is not None:
        return None
    arguments = [f'ops: raw("{key.opclass}")'] if key.opclass else []
    if key.descending:
        arguments.append("sort: Desc")
    return (column.field or column.name) + (f"({', '.join(arguments)})" if arguments else "")


def declaration_of_index(index: Index, table: Table) -> str | None:
    """How the schema declares an index that is there: a field's own `@unique`, or a line of its own."""
    if is_field_attribute(index, table):
        column = table.column(index.keys[0].column or "")
        return f"{'@id' if index.constraint == 'primary key' else '@unique'} of {column.field or column.name}" if column else None
    return attribute_of_index(index, table)


def is_field_attribute(index: Index, table: Table) -> bool:
    """Whether an index stands on the line of a field (`email String @unique`)."""
    return any(column.location.line == index.location.line for column in table.columns)


def insertion_into_model(table: Table, line: str) -> tuple[Edit, ...]:
    """A line behind the last index that has one of its own, or before the closing brace of a model's block, then with a blank line
    before it where no other attribute of the block can be there; none where the block has no lines of its own."""
    place = table.location
    if not place.path.endswith(".prisma") or place.end_line == place.line:
        return ()
    own = [index.location for index in table.indexes if index.location.path == place.path and not is_field_attribute(index, table)]
    if own:
        below = max(one.end_line for one in own) + 1
        return (Edit(Location(place.path, below, 1, below, 1), f"  {line}\n"),)
    first = table.model == table.name.name
    return (Edit(Location(place.path, place.end_line, 1, place.end_line, 1), f"{chr(10) * first}  {line}\n"),)


def removal_of_index(index: Index, table: Table) -> tuple[Edit, ...]:
    """The attribute taken out: with its whole line, or with the blank before it where it belongs to a field."""
    place = index.location
    if not place.path.endswith(".prisma"):
        return ()
    if is_field_attribute(index, table):
        return (Edit(Location(place.path, place.line, max(place.column - 1, 1), place.end_line, place.end_column), ""),)
    return (Edit(Location(place.path, place.line, 1, place.end_line + 1, 1), ""),)


def replacement_of_index(old: Index, new: Index, table: Table) -> tuple[Edit, ...]:
    """The old attribute written as the new one; none where a field carries it, since it says more than the index."""
    line = attribute_of_index(new, table)
    if line is None or not old.location.path.endswith(".prisma") or is_field_attribute(old, table):
        return ()
    return (Edit(old.location, line),)


def prisma_type(type_name: str) -> tuple[str, str] | None:
    """The scalar and the native type attribute (empty for the scalar's own) that Prisma has for a type of PostgreSQL's.

    Source: https://www.prisma.io/docs/orm/reference/prisma-schema-reference#model-field-scalar-types
    """
    base, _, rest = type_name.partition("(")
    modifier, _, zone = rest.partition(")")
    found = SCALARS.get((base + zone).strip())
    if found is None:
        return None
    scalar, native, modified = found
    if not modifier:
        return scalar, native
    return (scalar, modified.format(modifier.replace(",", ", "))) if modified else None


SCALARS: dict[str, tuple[str, str, str]] = {
    "text": ("String", "", ""),
    "character varying": ("String", "@db.VarChar", "@db.VarChar({})"),
    "character": ("String", "@db.Char", "@db.Char({})"),
    "uuid": ("String", "@db.Uuid", ""),
    "citext": ("String", "@db.Citext", ""),
    "boolean": ("Boolean", "", ""),
    "smallint": ("Int", "@db.SmallInt", ""),
    "integer": ("Int", "", ""),
    "bigint": ("BigInt", "", ""),
    "real": ("Float", "@db.Real", ""),
    "double precision": ("Float", "", ""),
    "money": ("Decimal", "@db.Money", ""),
    "numeric": ("Decimal", "@db.Decimal", "@db.Decimal({})"),
    "timestamp without time zone": ("DateTime", "@db.Timestamp(6)", "@db.Timestamp({})"),
    "timestamp with time zone": ("DateTime", "@db.Timestamptz(6)", "@db.Timestamptz({})"),
    "timestamptz": ("DateTime", "@db.Timestamptz(6)", "@db.Timestamptz({})"),
    "date": ("DateTime", "@db.Date", ""),
    "time without time zone": ("DateTime", "@db.Time(6)", "@db.Time({})"),
    "json": ("Json", "@db.Json", ""),
    "jsonb": ("Json", "", ""),
    "bytea": ("Bytes", "", ""),
}
"""Types to the scalar, its attribute without a modifier, and its attribute with one."""
