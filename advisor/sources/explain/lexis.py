"""The little grammar that all forms of EXPLAIN share: quoted stretches, brackets, lists at the top level.

Expressions come as `ruleutils.c` writes them: strings in single quotes, identifiers in double quotes, a quote inside doubled.
"""

from __future__ import annotations

import math
import re

QUOTED = r"'[^']*'|\"[^\"]*\""
SPECIAL = re.compile(rf"{QUOTED}|['\"()\[\],]")
CLOSED, ONE_QUOTE = re.compile(QUOTED), re.compile("['\"]")

SHOWN = 60
"""Characters of a text that a problem's reason shows."""
SHORT = 15
"""Characters of a number that is finite however it is written, but for an exponent."""
MAX_DIGITS = 30
"""Longer numbers are no counts or milliseconds; int() would refuse or take quadratic time on very long ones."""


def open_quote(text: str) -> str | None:
    """The quote character that is still open at the end of the text; None where all are closed."""
    if "'" not in text and '"' not in text:
        return None
    # The first quote that nothing closes is open to the end, whatever comes after it.
    left = ONE_QUOTE.search(CLOSED.sub("", text))
    return left.group() if left is not None else None


def is_balanced(text: str) -> bool:
    """Whether quotes and brackets that the text opens are closed again."""
    if "'" in text or '"' in text:
        text = CLOSED.sub("", text)
        if "'" in text or '"' in text:
            return False
    if "(" not in text and ")" not in text and "[" not in text and "]" not in text:
        return True
    return text.count("(") + text.count("[") == text.count(")") + text.count("]")


def split_list(text: str) -> list[str]:
    """The elements of `a, f(b, c), 'd, e'`: split at the commas outside brackets and quotes."""
    if "(" not in text and "'" not in text and '"' not in text and "[" not in text:
        return text.split(", ")
    parts, start, depth = [], 0, 0
    for match in SPECIAL.finditer(text):
        sign = match.group()
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(text[start : match.start()].strip())
            start = match.end()
    return [*parts, text[start:].strip()]


def unquote(identifier: str) -> str:
    """The name that `quote_identifier` wrote: without its double quotes, and each doubled one inside as one."""
    if len(identifier) >= 2 and identifier[0] == identifier[-1] == '"':
        return identifier[1:-1].replace('""', '"')
    return identifier


def beginning(text: str) -> str:
    """The beginning of a text on one line, in quotes, for a problem's reason."""
    return f"“{' '.join(text[:SHOWN].split())}”"


def number(text: str) -> int | float:
    """A number as JSON would hold it: whole without a point, else a float. Raises ValueError for what is no finite number."""
    if len(text) <= SHORT and "e" not in text and "E" not in text:
        return float(text) if "." in text else int(text)
    if len(text) > MAX_DIGITS:
        raise ValueError(f"{text[:MAX_DIGITS]}... is no number")
    value = float(text) if "." in text or "e" in text.lower() else int(text)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{text} is not finite")
    return value
