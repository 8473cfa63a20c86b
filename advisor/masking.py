"""Passwords in text: connection strings, client settings, SQL and shell assignments. In: a text. Out: the same without them.

Everything that is shown to people or written to a file goes through here: reports are handed on, and CI logs are public.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "***"
LONGEST = 512
"""Characters that a password may have: bounds the work on text that only looks like one."""

PATTERNS = tuple(
    re.compile(pattern.replace("LONGEST", str(LONGEST)), re.IGNORECASE)
    for pattern in (
        # postgres://user:secret@host; the secret may hold an @, and a / that nobody encoded. `${...}` is no secret, :5432/ a port.
        r"://[^\s:/?#@'\"`]{0,LONGEST}:(?!\$\{[^}\s]*\}@)(?P<secret>[^\s'\"`<>/?#]{1,LONGEST}(?=@)|(?!\d+[/?#])[^\s'\"`<>]{1,LONGEST}?(?=@))",
        # ...?user=u&password=secret
        r"[?&;](?:ssl)?password=(?!\$)(?P<secret>[^&\s'\"`;]{1,LONGEST})",
        # host=db user=u password=secret, in either order
        r"\b(?:host|hostaddr|port|dbname|user|sslmode)=[^\n]{0,200}?\bpassword=(?!\$)(?P<secret>'[^'\n]*'|[^\s'\"`&;]{1,LONGEST})",
        r"\bpassword=(?!\$)(?P<secret>[^\s'\"`&;]{1,LONGEST})(?=\s+(?:host|hostaddr|port|dbname|user|sslmode)=)",
        # PGPASSWORD=secret pg_dump
        r"\bPGPASSWORD=(?!\"?\$)(?P<secret>'[^'\n]*'|\"[^\"\n]*\"|[^\s'\"`;&|]{1,LONGEST})",
        # password: "secret" in a client's settings, PASSWORD 'secret' in SQL
        r"pass(?:word|wd|phrase)['\"]?\s{0,8}(?:[:=]|=>)?\s{0,8}(?P<quote>['\"`])(?!\$\{)(?P<secret>(?:\\.|(?!(?P=quote))[^\\\n]){1,LONGEST})(?P=quote)",
    )
)


def masked(text: str) -> str:
    """The text with three asterisks for each password in it."""
    return without(text, secrets_in(text))


def secrets_in(text: str) -> list[tuple[int, int]]:
    """Where passwords stand, in order, as offsets; the end is exclusive."""
    if "://" not in text and "pass" not in text.lower():
        return []
    found = sorted(match.span("secret") for pattern in PATTERNS for match in pattern.finditer(text))
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def without(text: str, secrets: Sequence[tuple[int, int]]) -> str:
    """The text with the mask in place of these stretches."""
    pieces, position = [], 0
    for start, end in secrets:
        pieces += [text[position:start], MASK]
        position = end
    return "".join([*pieces, text[position:]])


def moved(offset: int, secrets: Sequence[tuple[int, int]]) -> int:
    """Where an offset into the text lies after `without`."""
    shift = 0
    for start, end in secrets:
        if offset >= end:
            shift += len(MASK) - (end - start)
        elif offset > start:
            return start + shift + min(offset - start, len(MASK))
    return offset + shift
