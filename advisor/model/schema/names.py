"""Names of relations and types, and expressions: the words that everything else of a schema is written in."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location

ALWAYS_TRUE = ("true", "1 = 1", "true::boolean", "'t'::boolean")


class Name(Struct, frozen=True, order=True):
    """A relation's name with its schema. As text it is what people write: the schema is left out where it is `public`."""

    schema: str
    name: str

    def __str__(self) -> str:
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.name}"


class Call(Struct, frozen=True):
    """A call in an expression: its text as it stands there, and the functions called, its arguments' too (`auth.uid`, `lower`)."""

    text: str
    functions: tuple[str, ...]


class Expression(Struct, frozen=True):
    """A SQL expression: its text, and what rules ask of it.

    `strict_columns` are those whose NULL makes the whole expression NULL (`a || b` has both, `coalesce(a, '')` has none).
    `functions` are the names of the functions called, lower-case, without schema. `implied_not_null` are the columns for which a
    predicate says nothing but that they are not NULL (`author_id IS NOT NULL`); it is empty for any other predicate.
    `rowless_calls` are calls that no row decides and that are made for each all the same: outside of any subquery, and without a
    column among their arguments (`auth.uid()` of `user_id = auth.uid()`).
    """

    text: str
    columns: tuple[str, ...] = ()
    strict_columns: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    implied_not_null: tuple[str, ...] = ()
    rowless_calls: tuple[Call, ...] = ()
    unconfigured: str | None = None
    """A function of text search that is called without a configuration, so that a setting decides: `to_tsvector`."""
    cast_to: str | None = None
    """The type that the whole of it is cast to, as PostgreSQL prints it: `halfvec(1536)`."""

    @property
    def is_true(self) -> bool:
        """Whether it is `true` for every row, as its text shows: people write `1 = 1` too."""
        return self.text in ALWAYS_TRUE

    def __str__(self) -> str:
        return self.text


class WrittenName(Struct, frozen=True):
    """A name as some text writes it, which may not be what PostgreSQL calls the thing."""

    text: str
    location: Location

    @property
    def kept(self) -> str:
        """What PostgreSQL keeps of it: the first 63 bytes."""
        return self.text.encode(errors="surrogatepass")[:63].decode(errors="ignore")
