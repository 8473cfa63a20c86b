"""Names, strings and lists as SQL writes them; and what a piece of SQL mentions. In: values, SQL text. Out: SQL, words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from advisor.model import Name
from advisor.remedies.sql import quote

IDENTIFIER = r'"(?:[^"]|"")*"|[^\W\d][\w$]*'
TOKEN = re.compile(
    rf"""--[^\n]*|/\*.*?\*/|E?'(?:[^'\\]|\\.|'')*'|(?P<tag>\$\w*\$).*?(?P=tag)|(?P<word>{IDENTIFIER})(?P<call>\s*\()?""",
    re.DOTALL | re.IGNORECASE,
)
"""A comment, a string, or a name and whether it is called."""

TYPE_NAME = re.compile(rf"(?P<first>{IDENTIFIER})(?:\.(?P<second>{IDENTIFIER}))?")

SESSION_ROLES = frozenset({"current_role", "current_user", "session_user"})


def full_name(name: Name) -> str:
    """With its schema even where that is `public`: for where another search path may be in force."""
    return f"{quote(name.schema)}.{quote(name.name)}"


def columns_sql(columns: Iterable[str]) -> str:
    return ", ".join(quote(column) for column in columns)


def literal(text: str) -> str:
    """A string constant, whatever it holds."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in text else quoted


def dollar_quoted(text: str) -> str:
    """A function's body between tags that it does not hold."""
    tag, number = "$$", 0
    while f"{text}{tag}".index(tag) < len(text):
        number += 1
        tag = f"$body{number if number > 1 else ''}$"
    return f"{tag}{text}{tag}"


def role_sql(role: str) -> str:
    """A role, `public` for everybody; `CURRENT_USER` and its like are words of SQL."""
    return role.upper() if role.lower() in SESSION_ROLES | {"public"} else quote(role)


def unquoted(word: str) -> str:
    """The identifier that a word of SQL is, folded as the server folds it."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()


def words_of(text: str) -> Iterator[tuple[str, bool]]:
    """The identifiers in SQL outside its strings and comments, each with whether an opening parenthesis follows."""
    for match in TOKEN.finditer(text):
        if match["word"] is not None:
            yield unquoted(match["word"]), match["call"] is not None


def name_of_type(text: str) -> Name | None:
    """The name of a type as `format_type` prints it, without brackets and modifiers; built-in ones are looked for in `public`."""
    found = TYPE_NAME.match(text)
    if found is None:
        return None
    if found["second"] is None:
        return Name("public", unquoted(found["first"]))
    return Name(unquoted(found["first"]), unquoted(found["second"]))
