"""Comments on what is neither a table nor a column: these have theirs with them."""

from __future__ import annotations

from msgspec import Struct


class Comment(Struct, frozen=True, order=True):
    """`COMMENT ON kind object IS text`, with `kind` in lower case and `object` as SQL names it, in full.

    `index` `public.posts_idx`; `constraint` `posts_pkey ON public.posts`; `function` `public.add(integer, integer)`.
    """

    kind: str
    object: str
    text: str
