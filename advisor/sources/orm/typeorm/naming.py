"""Names as TypeORM makes them. In: what is named. Out: its name in the database.

Source: typeorm/src/naming-strategy/DefaultNamingStrategy.ts, and `SnakeNamingStrategy` of typeorm-naming-strategies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha1
from urllib.parse import quote

from msgspec import Struct


def snake_case(text: str) -> str:
    """`UserProfile` as `user_profile`."""
    text = re.sub(r"([A-Z])([A-Z])([a-z])", r"\1_\2\3", text)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text).lower()


def camel_case(text: str) -> str:
    """`author_id` as `authorId`; the first letter is made small."""
    return re.sub(r"^([A-Z])|[\s\-_](\w)", lambda match: match[2].upper() if match[2] else match[1].lower(), text)


def title_case(text: str) -> str:
    return re.sub(r"\w\S*", lambda match: match[0][0].upper() + match[0][1:].lower(), text)


class Naming(Struct, frozen=True):
    """A naming strategy: TypeORM's own, or the one with underscores."""

    snake: bool = False

    def table(self, class_name: str) -> str:
        return snake_case(class_name)

    def column(self, name: str, written: str | None, prefixes: Sequence[str]) -> str:
        """A column's name; `prefixes` are those of the embedded classes around it."""
        if self.snake:
            return snake_case("_".join([*prefixes, ""])) + (written or snake_case(name))
        return camel_case("_".join(prefixes)) + title_case(written or name) if prefixes else written or name

    def join_column(self, relation: str, referenced: str) -> str:
        name = f"{relation}_{referenced}"
        return snake_case(name) if self.snake else camel_case(name)

    def join_table(self, first: str, relation: str, second: str) -> str:
        return snake_case(f"{first}_{relation.replace('.', '_')}_{second}")

    def join_table_column(self, table: str, column: str) -> str:
        name = f"{table}_{column}"
        return snake_case(name) if self.snake else camel_case(name)


def shortened(name: str) -> str:
    """The name of a table between two others, cut where PostgreSQL does not take it whole.

    Source: `shorten` of typeorm/src/util/StringUtils.ts.
    """
    return "_".join(part[:3] for part in name.split("_")) if len(name) > MAX_NAME else name


MAX_NAME = 63

LENGTHS = {"PK": 27, "UQ": 27, "FK": 27, "REL": 26, "IDX": 26, "CHK": 26, "XCL": 26}


UNENCODED = "-_.!~*'()"
"""What `encodeURIComponent` leaves beside letters and digits."""


def hashed(kind: str, table: str, columns: Iterable[str], where: str | None = None) -> str:
    """`PK_`, `FK_`, ... and the start of a hash of the table and its columns in alphabetical order.

    What is hashed is encoded as in a URL before (`RandomGenerator.sha1`), which tells in a check's expression.
    """
    key = "_".join([table.replace(".", "_", 1), *sorted(columns)]) + (f"_{where}" if where else "")
    return f"{kind}_{sha1(quote(key, safe=UNENCODED).encode(), usedforsecurity=False).hexdigest()[: LENGTHS[kind]]}"
