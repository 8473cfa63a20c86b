"""Passwords in text: connection strings, client settings, SQL and shell assignments. In: a text. Out: the same without them.

Everything that is shown to people or written to a file goes through here: reports are handed on, and CI logs are public.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

MASK = "***"
LONGEST = 512
"""Characters that a password may have: bounds the work on text that only looks like one."""
NEAR = 200
"""Characters around `password=` in which another word of a connection string makes it one."""

PATTERNS = (
    # postgres://user:secret@host; the secret may hold an @, or a / that nobody encoded. `${...}` is no secret, :5432/ a port.
    r"""://[^\s:/?\#@'"`]{0,LONGEST}:
        (?!\$\{[^}\s]{0,LONGEST}\}@)
        (?P<secret>[^\s'"`<>/?\#]{1,LONGEST}(?=@) | (?!\d+[/?\#])(?:(?!://)[^\s'"`<>]){1,LONGEST}?(?=@))""",
    # ...?user=u&password=secret
    r"""[?&;](?:ssl)?password=(?!\$)(?P<secret>[^&\s'"`;]{1,LONGEST})""",
    # PGPASSWORD=secret pg_dump
    r"""\bPGPASSWORD=(?!"?\$)(?P<secret>'[^'\n]{0,LONGEST}'|"[^"\n]{0,LONGEST}"|[^\s'"`;&|]{1,LONGEST})""",
    # password: "secret" in a client's settings, PASSWORD 'secret' in SQL; ="$NAME" is a shell's variable
    r"""pass(?:word|wd|phrase)['"]?(?!="\$\w+")\s{0,8}(?:[:=]|=>)?\s{0,8}
        (?P<quote>['"`])(?!\$\{)(?P<secret>(?:\\.|(?!(?P=quote))[^\\\n]){1,LONGEST})(?P=quote)""",
)
KEYWORD_STYLE = re.compile(r"\bpassword=(?!\$)(?P<secret>'[^'\n]{0,512}'|[^\s'\"`&;]{1,512})", re.IGNORECASE)
"""`password=secret`: one where `host=...`, `user=...` or the like stands beside it, else perhaps an assignment in code."""
BESIDE = re.compile(r"\b(?:host|hostaddr|port|dbname|user|sslmode)=")


@cache
def compiled() -> tuple[re.Pattern[str], ...]:
    """The patterns, compiled when a text first looks as if one might fit: most runs never see one."""
    return tuple(re.compile(pattern.replace("LONGEST", str(LONGEST)), re.IGNORECASE | re.VERBOSE) for pattern in PATTERNS)


def masked(text: str) -> str:
    """The text with three asterisks for each password in it."""
    return without(text, secrets_in(text))


def secrets_in(text: str) -> list[tuple[int, int]]:
    """Where passwords stand, in order, as offsets; the end is exclusive."""
    if "://" not in text and "pass" not in text.lower():
        return []
    found = [match.span("secret") for pattern in compiled() for match in pattern.finditer(text)]
    if BESIDE.search(text):
        found += [match.span("secret") for match in KEYWORD_STYLE.finditer(text) if is_in_connection_string(match)]
    found.sort()
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def is_in_connection_string(match: re.Match[str]) -> bool:
    start, end, text = match.start(), match.end(), match.string
    before = text[max(0, start - NEAR) : start].rpartition("\n")[2]
    return BESIDE.search(before) is not None or BESIDE.search(text[end : end + NEAR].partition("\n")[0]) is not None


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
