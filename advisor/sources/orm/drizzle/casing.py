"""Names as Drizzle's casing spells them. In: a key of the code. Out: the name in the database."""

from __future__ import annotations

import re

WORDS = re.compile(r"[\da-z]+|[A-Z]+(?![a-z])|[A-Z][\da-z]+")


def snake_case(name: str) -> str:
    """`createdAt` as `created_at`, the way Drizzle's casing does it (`drizzle-orm/src/casing.ts`)."""
    return "_".join(word.lower() for word in WORDS.findall(re.sub("['\u2019]", "", name)))


def camel_case(name: str) -> str:
    """`created_at` as `createdAt`, from the same place."""
    words = WORDS.findall(re.sub("['\u2019]", "", name))
    return "".join(word.lower() if number == 0 else word[0].upper() + word[1:] for number, word in enumerate(words))
