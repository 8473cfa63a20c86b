"""Relations between models, as an ORM schema declares them."""

from __future__ import annotations

from msgspec import Struct

from advisor.model.location import Location
from advisor.model.schema.names import Name


class Relation(Struct, frozen=True):
    """An ORM relation field: `Post.author` (one, with its columns) or `User.posts` (many, none).

    `columns` are the database columns on this table's side, empty on the side that holds no key.
    """

    field: str
    target: Name
    many: bool
    location: Location
    columns: tuple[str, ...] = ()
    referenced_columns: tuple[str, ...] = ()
