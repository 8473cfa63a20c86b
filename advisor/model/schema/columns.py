"""Columns."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Expression, Name
from advisor.model.schema.words import words_of

FEW_VALUED = frozenset(
    "status state type kind role category priority severity gender currency locale language country plan tier".split()
)
"""Last words of the names of columns that hold one of a handful of values."""

NEXT_VALUE = re.compile(r"nextval\('((?:[^']|'')+)'::regclass\)")
MODIFIERS = re.compile(r"\(([\d, -]*)\)")


class ClientDefault(Struct, frozen=True):
    """What an ORM's client fills in, with no default in the database: `uuid(7)`, `cuid()`, which is version 1."""

    function: str
    version: int | None
    location: Location


class Column(Struct, frozen=True):
    """A column. `type` is what `format_type` prints: `integer`, `character varying(20)`, `time without time zone`, `text[]`.

    It is `unknown`, which no column of PostgreSQL's ever is, where the type of a view's column could not be derived from its query.
    """

    name: str
    type: str
    location: Location
    nullable: bool = True
    default: Expression | None = None
    identity: Literal["always", "by default"] | None = None
    generated: Expression | None = None
    field: str | None = None
    """The ORM's own name for it, where an ORM schema declares it."""
    comment: str | None = None
    enum: Name | None = None
    """The enum that `type` names, where it is one."""
    collation: str | None = None
    """The collation, where it is not its type's own."""
    virtual: bool = False
    """True for a generated column that is computed when it is read (PostgreSQL 18), not stored."""
    identity_options: tuple[str, ...] = ()
    """What the identity's sequence was told: `START WITH 10`, `SEQUENCE NAME orders_seq`."""
    storage: str | None = None
    """How long values are kept (`plain`, `external`, `extended`, `main`), where it is not its type's own way."""
    compression: str | None = None
    """`pglz` or `lz4`, where it was said."""
    statistics_target: int | None = None
    options: tuple[str, ...] = ()
    """Attribute options: `n_distinct=-0.5`; of a foreign table's column, those for its server: `column_name 'id'`."""

    native_type: Location | None = None
    """Where an ORM's schema names the type of the database beside its own (`@db.Char(2)`)."""
    ignored: bool = False
    """Whether the ORM's client does not know it: Prisma's `@ignore`."""
    client_default: ClientDefault | None = None

    @property
    def base_type(self) -> str:
        """Its type without length, precision and array: `character`, `timestamp without time zone`."""
        plain = self.type.rstrip("[]")
        return MODIFIERS.sub("", plain) if "(" in plain else plain

    @property
    def modifiers(self) -> tuple[int, ...]:
        """The length of its type, its precision, its precision and scale; none where it has none."""
        found = MODIFIERS.search(self.type)
        return tuple(int(number) for number in found[1].split(",") if number.strip()) if found else ()

    @property
    def is_array(self) -> bool:
        return self.type.endswith("[]")

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name, in lower case."""
        return words_of(self.name)

    @property
    def draws_from(self) -> str | None:
        """The sequence that its default is the next number of, as the default names it: `posts_id_seq`, `app."Post_id_seq"`."""
        found = NEXT_VALUE.fullmatch(self.default.text) if self.default else None
        return found[1].replace("''", "'") if found else None

    @property
    def has_default(self) -> bool:
        """Whether a row that leaves the column out gets a value: NULL is kept as the default of some types."""
        return self.default is not None and not self.default.text.startswith("NULL")

    @property
    def few_values(self) -> Literal["by type", "by name"] | None:
        """Whether many rows share each value: a boolean or an enum surely, a text called `status` in all likelihood."""
        if self.type == "boolean" or self.enum:
            return "by type"
        textual = self.type in ("text", "citext") or self.type.startswith("character")
        return "by name" if textual and self.words[-1:] and self.words[-1] in FEW_VALUED else None
