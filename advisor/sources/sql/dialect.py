"""Which database a SQL text is written for. In: the text. Out: a name.

It looks for what PostgreSQL has not, and parses nothing. A word inside quotes or comments counts for nothing. Where nothing tells,
the text is taken for PostgreSQL's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OPAQUE = re.compile(r"--[^\n]*+|/\*.*?(?:\*/|\Z)|'[^']*+'|\"[^\"]*+\"|(\$(?:[^\W\d]\w*+)?\$).*?(?:\1|\Z)", re.DOTALL)

SIGNS: dict[str, dict[str, str]] = {
    "postgresql": {
        "stdin": r"\bfrom\s+stdin\s*(?:with\b.*)?;",
        "plpgsql": r"\blanguage\s+plpgsql\b",
        "extension": r"\bcreate\s+extension\b",
    },
    "cockroachdb": {
        ":::": r":::",
        "unique_rowid(": r"\bunique_rowid\(\)",
    },
    "clickhouse": {
        "engine": r"\bengine\s*=\s*\w*(?:mergetree|distributed|kafka)\b",
        "cluster": r"\bon\s+cluster\b",
        "nullable(": r"\bnullable\(",
        "lowcardinality": r"\blowcardinality\s*\(",
        "datetime64": r"\bdatetime64\b",
        "materialize": r"\bmaterialize\s+(?:column|index|projection)\b",
        "type": r"\badd\s+index\s+(?:if\s+not\s+exists\s+)?\S+\s+\S+\s+type\b",
        "jsoneachrow": r"\bformat\s+jsoneachrow\b",
        "modify": r"\bmodify\s+(?:setting|query|ttl)\b",
        "settings": r"\bsettings\s+\w+\s*=",
        "drop": r"\balter\s+table\s+\S+\s+drop\s+index\s+if\s+exists\b",
        "materialized": r"\bcreate\s+materialized\s+view\s+(?:if\s+not\s+exists\s+)?\S+\s+to\b",
        "string": r"\bcolumn\s+(?:if\s+not\s+exists\s+)?\S+\s+string\b",
        "uniq": r"\buniq(?:exact)?\(",
    },
    "mysql": {
        "engine": r"\bengine\s*=\s*(?:innodb|myisam)\b",
        "auto_increment": r"\bauto_increment\b",
        "unsigned": r"\bint(?:eger)?(?:\(\d+\))?\s+unsigned\b",
        "character": r"\bdefault\s+character\s+set\b",
        "modify": r"\bmodify\s+column\b",
        "delimiter": r"^\s*delimiter\s+(?:\$\$|//|;;)",
        "`": r"`[\w-]+`",
    },
    "sqlite": {
        "autoincrement": r"\bautoincrement\b",
        "pragma": r"^\s*pragma\s+\w+",
        "rowid": r"\bwithout\s+rowid\b",
    },
    "sqlserver": {
        "[dbo]": r"\[dbo\]",
        "identity": r"\bidentity\s*\(\s*\d+\s*,\s*\d+\s*\)",
        "go": r"^\s*go\s*$",
        "nvarchar": r"\bnvarchar\s*\(\s*(?:max|\d+)\s*\)",
        "nonclustered": r"\bnonclustered\b",
    },
}
"""What shows a dialect: a pattern, and a word that must be there for it to be worth looking.

The dialects are tried in this order. PostgreSQL's own signs come first, since the data of a dump may hold any word.
"""

EXAMINED_CHARACTERS = 200_000
"""The dialect of a file shows early; a dump of data need not be read to its end twice."""


def dialect_of(text: str) -> str:
    """`postgresql` or another one of `SIGNS`."""
    visible = without_quotes(text[:EXAMINED_CHARACTERS]).lower()
    for dialect, signs in SIGNS.items():
        for word, pattern in signs.items():
            if word in visible and re.search(pattern, visible, re.MULTILINE):
                return dialect
    return "postgresql"


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
