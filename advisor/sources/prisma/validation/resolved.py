"""A schema with its names looked up: what the checks of a whole schema look at.

Fields are told apart into scalar fields and sides of relations; keys and indexes know their fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from advisor.sources.prisma.syntax import Attribute, Config, EnumBlock, Expression, Field, Model

ScalarKind = Literal["scalar", "enum", "composite", "unsupported"]
KeyKind = Literal["id", "unique", "index", "fulltext"]


@dataclass(slots=True, eq=False)
class Scalar:
    """A field with a column. `type` is its Prisma type, or for `Unsupported("...")` what the quotes hold."""

    model: Model
    field: Field
    kind: ScalarKind
    native: Attribute | None = None
    default: Expression | None = None
    mapped: str | None = None

    @property
    def name(self) -> str:
        return self.field.name.text

    @property
    def type(self) -> str:
        return self.field.type.name

    @property
    def column(self) -> str:
        return self.mapped or self.name

    @property
    def arity(self) -> str:
        return self.field.type.arity

    @property
    def native_name(self) -> str | None:
        """`VarChar` of `@db.VarChar(20)`."""
        return self.native.name.partition(".")[2] if self.native else None


class KeyField(Struct, frozen=True):
    """A field as a key lists it. `operators` is one of Prisma's operator classes, or `raw`."""

    scalar: Scalar
    sorted: bool = False
    length: bool = False
    operators: str | None = None


@dataclass(slots=True, eq=False)
class Key:
    """`@id`, `@unique`, `@@id`, `@@unique`, `@@index`, `@@fulltext`."""

    attribute: Attribute
    kind: KeyKind
    fields: tuple[KeyField, ...] = ()
    on_field: bool = False
    name: str | None = None
    mapped: str | None = None
    method: str = "BTree"
    clustered: bool = False
    partial: bool = False

    @property
    def names(self) -> list[str]:
        return [field.scalar.name for field in self.fields]

    @property
    def scalars(self) -> list[Scalar]:
        return [field.scalar for field in self.fields]


@dataclass(slots=True, eq=False)
class Side:
    """A relation field. `fields` and `references` are None where they are not given."""

    model: Model
    field: Field
    target: Model
    attribute: Attribute | None = None
    fields: list[Scalar] | None = None
    references: list[Scalar] | None = None
    name: str | None = None
    on_delete: str | None = None
    on_update: str | None = None
    mapped: str | None = None
    ignored: bool = False

    @property
    def arity(self) -> str:
        return self.field.type.arity

    @property
    def label(self) -> str:
        return f"{self.model.name.text}.{self.field.name.text}"


@dataclass(slots=True, eq=False)
class Entity:
    """A model or a view with what it declares."""

    model: Model
    scalars: dict[str, Scalar] = field(default_factory=dict)
    sides: dict[str, Side] = field(default_factory=dict)
    every_scalar: list[Scalar] = field(default_factory=list)
    every_side: list[Side] = field(default_factory=list)
    """These hold fields whose name a later one has, too."""
    id: Key | None = None
    keys: list[Key] = field(default_factory=list)
    mapped: str | None = None
    schema: str | None = None
    ignored: bool = False
    shard_key: Attribute | None = None

    @property
    def name(self) -> str:
        return self.model.name.text

    @property
    def table(self) -> str:
        return self.mapped or self.name

    @property
    def is_view(self) -> bool:
        return self.model.keyword == "view"

    @property
    def unique_keys(self) -> Iterator[Key]:
        """What tells rows apart. For Prisma a unique key with a condition does, too."""
        if self.id is not None:
            yield self.id
        yield from (key for key in self.keys if key.kind == "unique")


@dataclass(slots=True)
class Resolved:
    """The whole schema. `types` finds models, views, enums and composite types by name."""

    types: dict[str, Model | EnumBlock] = field(default_factory=dict)
    entities: dict[str, Entity] = field(default_factory=dict)
    composites: list[Model] = field(default_factory=list)
    enums: list[EnumBlock] = field(default_factory=list)
    configs: list[Config] = field(default_factory=list)
    lost: frozenset[str] = frozenset()
    """Names of blocks that could not be read: nobody may call them unknown."""

    def models_then_views(self) -> list[Entity]:
        return sorted(self.entities.values(), key=lambda entity: entity.is_view)
