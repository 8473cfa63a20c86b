"""The fields of models. In: a model and what the schema declares. Out: its columns, and its relation fields still to be paired."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from advisor.model import Column, Expression, Location, Name
from advisor.model.schema import ClientDefault
from advisor.remedies.sql import quote_name
from advisor.sources.prisma import syntax
from advisor.sources.prisma.declarations import Declarations, mapped_name
from advisor.sources.prisma.defaults import default_of, serial_default
from advisor.sources.prisma.names import clipped
from advisor.sources.prisma.syntax import Attribute, Call, Constant, Field, Model, NumberValue, argument, attribute_named, place
from advisor.sources.prisma.types import SCALARS, native_type, unsupported_type

FIELD_ATTRIBUTES = frozenset({"id", "unique", "default", "map", "relation", "updatedAt", "ignore"})


class RelationField(Struct, frozen=True):
    """A field whose type is a model: one side of a relation."""

    model: Model
    field: Field
    target: str
    attribute: Attribute | None

    @property
    def many(self) -> bool:
        return self.field.type.arity == "list"

    @property
    def name(self) -> str | None:
        """The name that pairs it with its opposite where two models have several relations."""
        return syntax.string_argument(self.attribute, "name", default=True) if self.attribute else None

    @property
    def holds_key(self) -> bool:
        """Whether it says which columns make the key."""
        return self.attribute is not None and argument(self.attribute, "fields") is not None


@dataclass(slots=True)
class ResolvedModel:
    """A model with its columns by field name."""

    model: Model
    table: Name
    columns: dict[str, Column] = field(default_factory=dict)
    relations: list[RelationField] = field(default_factory=list)

    @property
    def is_view(self) -> bool:
        return self.model.keyword == "view"


def resolve_model(model: Model, declarations: Declarations, *, cockroach: bool) -> ResolvedModel:
    """Find out what each field is. A field that makes no sense is reported and left out."""
    resolved = ResolvedModel(model, declarations.tables[model.name.text])
    names: set[str] = set()
    columns: set[str] = set()
    for declared in model.fields:
        report_unknown_attributes(model, declared, declarations)
        if declared.name.text in names:
            declarations.report(model, declared.name, f"{model.name.text} already has a field `{declared.name.text}`")
            continue
        names.add(declared.name.text)
        if is_relation(declared, declarations):
            relation = attribute_named(declared.attributes, "relation")
            resolved.relations.append(RelationField(model, declared, declared.type.name, relation))
            continue
        column = column_of_field(model, declared, declarations, cockroach=cockroach)
        if column is not None and column.name in columns:
            declarations.report(model, declared, f"{model.name.text} already has a column `{column.name}`")
        elif column is not None:
            columns.add(column.name)
            resolved.columns[declared.name.text] = column
    return resolved


def is_relation(declared: Field, declarations: Declarations) -> bool:
    name = declared.type.name
    return not declared.type.unsupported and name not in SCALARS and name in declarations.models


def report_unknown_attributes(model: Model, declared: Field, declarations: Declarations) -> None:
    for attribute in declared.attributes:
        if attribute.name not in FIELD_ATTRIBUTES and "." not in attribute.name:
            declarations.report(model, attribute, f"no attribute of a field is called `@{attribute.name}`")


def column_of_field(model: Model, declared: Field, declarations: Declarations, *, cockroach: bool) -> Column | None:
    """The column of a field that is no relation; None (and a problem) where its type says nothing."""
    element = element_type(model, declared, declarations)
    if element is None:
        return None
    name = clipped(mapped_name(declared) or declared.name.text)
    is_list = declared.type.arity == "list"
    enum = declarations.enums.get(declared.type.name) if not declared.type.unsupported and not is_list else None
    column_type = element + "[]" if is_list else element
    call = default_call(declared)
    return Column(
        name=name,
        type=column_type,
        location=place(model, declared),
        # Prisma puts no NOT NULL on lists, although the client never hands out NULL for one.
        nullable=declared.type.arity != "required",
        default=default_of_field(model, declared, name, column_type, declarations, cockroach=cockroach),
        identity="by default" if cockroach and call == "sequence" else None,
        field=declared.name.text,
        enum=enum.name if enum else None,
        native_type=place_of_native_type(model, declared),
        ignored=any(attribute.name == "ignore" for attribute in declared.attributes),
        client_default=client_default(model, declared),
    )


CLIENT_FUNCTIONS = {"uuid": 4, "cuid": 1, "nanoid": None, "ulid": None}
"""What Prisma Client fills in itself, with the version that it takes where none is named."""


def client_default(model: Model, declared: Field) -> ClientDefault | None:
    """`@default(uuid(7))`."""
    attribute = attribute_named(declared.attributes, "default")
    value = argument(attribute, "value", default=True) if attribute else None
    if not isinstance(value, Call) or value.name not in CLIENT_FUNCTIONS:
        return None
    given = next((item.value.text for item in value.arguments if isinstance(item.value, NumberValue)), "")
    # The number of `nanoid(10)` is a length.
    version = int(given) if given.isdigit() and value.name in ("uuid", "cuid") else CLIENT_FUNCTIONS[value.name]
    return ClientDefault(value.name, version, place(model, value))


def place_of_native_type(model: Model, declared: Field) -> Location | None:
    """Where `@db.Char(2)` stands."""
    attribute = next((attribute for attribute in declared.attributes if "." in attribute.name), None)
    return place(model, attribute) if attribute else None


def element_type(model: Model, declared: Field, declarations: Declarations) -> str | None:
    """The type of one value of the field."""
    name = declared.type.name
    if declared.type.unsupported:
        return unsupported_type(name)
    if name in SCALARS:
        return scalar_type(model, declared, declarations)
    if name in declarations.enums:
        return quote_name(declarations.enums[name].name)
    if name in declarations.composites:
        declarations.report(model, declared.type, f"`{name}` is a composite type, which only MongoDB has")
    elif name not in declarations.unread:
        declarations.unknown_types.setdefault(name, []).append(place(model, declared.type))
    return None


def scalar_type(model: Model, declared: Field, declarations: Declarations) -> str:
    """The type that `@db.` names, or the one that Prisma takes by itself."""
    for attribute in declared.attributes:
        if "." in attribute.name:
            native = native_type(attribute)
            if native is not None:
                return native
            declarations.report(model, attribute, f"`@{attribute.name}` is no type of PostgreSQL that Prisma has")
    return SCALARS[declared.type.name]


def default_call(declared: Field) -> str | None:
    """The function of `@default(now())`."""
    attribute = attribute_named(declared.attributes, "default")
    value = argument(attribute, "value", default=True) if attribute else None
    return value.name if isinstance(value, Call) else None


def default_of_field(
    model: Model, declared: Field, column: str, column_type: str, declarations: Declarations, *, cockroach: bool
) -> Expression | None:
    attribute = attribute_named(declared.attributes, "default")
    value = argument(attribute, "value", default=True) if attribute else None
    if value is None:
        return None
    if isinstance(value, Call) and value.name == "autoincrement":
        return serial_default(declarations.tables[model.name.text], column, cockroach=cockroach)
    enum_values = declarations.enum_values.get(declared.type.name, {})
    for item in syntax.items_of(value):
        if enum_values and isinstance(item, Constant) and item.name not in enum_values:
            declarations.report(model, item, f"`{item.name}` is no value of {declared.type.name}")
            return None
    return default_of(value, declared.type.name, column_type, enum_values)
