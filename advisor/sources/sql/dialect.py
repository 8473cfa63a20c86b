"""Which database a SQL text is written for. In: the text. Out: a name.

It looks for what PostgreSQL has not, and parses nothing. A word inside quotes or comments counts for nothing; where nothing tells, the text is taken for PostgreSQL's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPAQUE = re.compile(r"--[^\n]*+|/\*.*?(?:\*/|\Z)|'[^']*+'|\"[^\"]*+\"|(\$(?:[^\W\d]\w*+)?\$).*?(?:\1|\Z)", re.DOTALL)

SIGNS = {
    "postgresql": (
        r"\bfrom\s+stdin\s*(?:with\b.*)?;",
        r"\blanguage\s+plpgsql\b",
        r"\bcreate\s+extension\b",
    ),
    "clickhouse": (
        r"\bengine\s*=\s*\w*(?:mergetree|distributed|kafka)\b",
        r"\bon\s+cluster\b",
        r"\b(?:nullable|lowcardinality)\s*\(",
        r"\bdatetime64\b",
        r"\bmaterialize\s+(?:column|index|projection)\b",
        r"\badd\s+index\s+(?:if\s+not\s+exists\s+)?\S+\s+\S+\s+type\b",
        r"\bformat\s+jsoneachrow\b",
    ),
    "mysql": (
        r"\bengine\s*=\s*(?:innodb|myisam)\b",
        r"\bauto_increment\b",
        r"\bint(?:eger)?(?:\(\d+\))?\s+unsigned\b",
        r"\bdefault\s+character\s+set\b",
        r"\bmodify\s+column\b",
        r"^\s*delimiter\s+(?:\$\$|//|;;)",
        r"`[\w-]+`",
    ),
    "sqlite": (r"\bautoincrement\b", r"^\s*pragma\s+\w+", r"\bwithout\s+rowid\b"),
    "sqlserver": (
        r"\[dbo\]",
        r"\bidentity\s*\(\s*\d+\s*,\s*\d+\s*\)",
        r"^\s*go\s*$",
        r"\bnvarchar\s*\(\s*(?:max|\d+)\s*\)",
        r"\bnonclustered\b",
    ),
}
"""What shows a dialect, in the order in which they are tried: data of a dump may hold any word, so PostgreSQL's own come first."""

_PATTERNS = {dialect: re.compile("|".join(signs), re.IGNORECASE | re.MULTILINE) for dialect, signs in SIGNS.items()}

EXAMINED_CHARACTERS = 200_000
"""The dialect of a file shows early; a dump of data need not be read to its end twice."""


def dialect_of(text: str) -> str:
    """`postgresql`, `mysql`, `sqlite`, `clickhouse` or `sqlserver`."""
    visible = without_quotes(text[:EXAMINED_CHARACTERS])
    return next((dialect for dialect, sign in _PATTERNS.items() if sign.search(visible)), "postgresql")


def without_quotes(text: str) -> str:
    """The text with quotes and comments taken out; names in double quotes too."""
    return "".join(visible_parts(text))


def visible_parts(text: str) -> Iterator[str]:
    position = 0
    for match in _OPAQUE.finditer(text):
        yield text[position : match.start()]
        yield " "
        position = match.end()
    yield text[position:]
