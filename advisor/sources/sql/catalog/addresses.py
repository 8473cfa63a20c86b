"""Objects as GRANT and COMMENT speak of them. In: names. Out: `public.posts`, `public.add(integer, integer)`.

The model has them as a live server's catalogs give them: in privileges bare (`Name.qualified`), in comments quoted where SQL
needs it (`pg_identify_object`), functions bare in both (`Function.signature`).
"""

from __future__ import annotations

from collections.abc import Iterable

from advisor.model import Name
from advisor.sources.sql.text.quoting import quote_identifier


def in_full(name: Name) -> str:
    """`public."T 4"`; an object that stands in no schema (a server, an event trigger) has the empty one."""
    bare = quote_identifier(name.name)
    return f"{quote_identifier(name.schema)}.{bare}" if name.schema else bare


def routine_address(name: Name, types: Iterable[str]) -> str:
    """A function, procedure or aggregate with the types of its input arguments."""
    return f"{name.qualified}({', '.join(types)})"


def on_relation(part: str, relation: Name) -> str:
    """What belongs to a table and has its name there: `posts_pkey ON public.posts`."""
    return f"{quote_identifier(part)} ON {in_full(relation)}"
