"""Where a project says that its schema lies. In: `prisma.config.ts` or package.json. Out: the path, as written there.

The configuration is a program; only a path that is written out is read, never computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

DOUBLE, SINGLE, TEMPLATE = r'"(?:[^"\\\n]|\\.)*+', r"'(?:[^'\\\n]|\\.)*+", r"`(?:[^`\\]|\\.)*+"
"""String literals without their closing quote, which a text that is cut off may lack."""
STRING = rf"(?:{DOUBLE}\"|{SINGLE}'|{TEMPLATE}`)"
COMMENT_OR_STRING = re.compile(rf"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|{DOUBLE}\"?|{SINGLE}'?|{TEMPLATE}`?", re.DOTALL)
SCHEMA = re.compile(
    rf"""(?<![\w.$])(?:schema|"schema"|'schema')\s*:\s*
    (?: (?P<text>{STRING}) | (?:path\s*\.\s*)?(?:join|resolve)\s*\((?P<parts>[^()]*)\) )""",
    re.VERBOSE,
)
PATH_PART = re.compile(STRING)


def schema_path_from_config(text: str) -> str | None:
    """`schema: "prisma/schema"`, or `path.join("prisma", "schema")`; None where it is not given or is computed.

    Words such as `__dirname` inside `join` stand for the folder of the configuration, which the path starts from anyway.
    """
    match = SCHEMA.search(COMMENT_OR_STRING.sub(without_comment, text))
    if match is None:
        return None
    if match["text"]:
        return plain(match["text"])
    parts = [plain(part) for part in PATH_PART.findall(match["parts"])]
    given = [part.strip("/") if number else part.rstrip("/") for number, part in enumerate(part for part in parts if part)]
    return "/".join(given) or None


def without_comment(match: re.Match[str]) -> str:
    """Strings stay, so that `//` in one is no comment."""
    return " " if match["comment"] else match[0]


def plain(literal: str) -> str | None:
    """What a string literal says; None for a template with something to fill in."""
    return None if literal.startswith("`") and "${" in literal else re.sub(r"\\(.)", r"\1", literal[1:-1])


def schema_path_from_manifest(package_json: Mapping[str, object]) -> str | None:
    """The `prisma.schema` of a package.json."""
    settings = package_json.get("prisma")
    path = settings.get("schema") if isinstance(settings, Mapping) else None
    return path if isinstance(path, str) and path else None
