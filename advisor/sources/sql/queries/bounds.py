"""LIMIT and OFFSET. In: their expression. Out: a `Bound`."""

from __future__ import annotations

import re

from advisor.model import Bound
from advisor.sources.sql.queries.reader import Reader
from advisor.sources.sql.text.tree import Node, constant, unwrap

_MULTIPLIES = re.compile(r"\*|offset|skip", re.IGNORECASE)


def read_bound(node: Node, reader: Reader) -> Bound | None:
    """LIMIT or OFFSET; LIMIT ALL is none."""
    kind, fields = unwrap(node)
    if fields.get("isnull"):
        return None
    value = constant(node)
    text = reader.text_of(node)
    return Bound(
        text,
        reader.locate(fields),
        value if isinstance(value, int) and not isinstance(value, bool) else None,
        grows_with_page=kind != "A_Const" and _MULTIPLIES.search(text) is not None,
    )
