"""Which table a column's name speaks of. In: tables, the words of a name. Out: the one table that rows are called so after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from advisor.model import Table
from advisor.model.schema import words_of

IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "data": "datum", "media": "medium"}
Words = tuple[str, ...]


def tables_by_row(tables: Iterable[Table]) -> Mapping[Words, list[Table]]:
    """The tables by what one row of each may be called: `users`, `User` and `"appUsers"` by (user), (user) and (app, user)."""
    found: dict[Words, list[Table]] = {}
    for table in tables:
        names = {words_of(table.name.name), words_of(table.model or "")}
        for words in {called for name in names if name for called in (*singulars(name), name)}:
            found.setdefault(words, []).append(table)
    return found


def singulars(words: Words) -> Iterator[Words]:
    """What one of several things may be called; some are words that nobody uses, which does no harm."""
    *before, last = words
    if last in IRREGULAR:
        yield (*before, IRREGULAR[last])
    if last.endswith("ies"):
        yield (*before, last[:-3] + "y")
    if last.endswith("es"):
        yield (*before, last[:-2])
    if last.endswith("s") and not last.endswith("ss"):
        yield (*before, last[:-1])
