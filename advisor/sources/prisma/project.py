"""Where a project says that its schema lies. In: `prisma.config.ts` or package.json. Out: paths, as written there.

The configuration is a program; only a path that is written out is read, never computed.
Source: Prisma's documentation, "Prisma Config Reference" (`schema`, `migrations.path`, `datasource.url`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

DOUBLE, SINGLE, TEMPLATE = r'"(?:[^"\\\n]|\\.)*+', r"'(?:[^'\\\n]|\\.)*+", r"`(?:[^`\\]|\\.)*+"
"""String literals without their closing quote, which a text that is cut off may lack."""
STRING = rf"(?:{DOUBLE}\"|{SINGLE}'|{TEMPLATE}`)"
COMMENT_OR_STRING = re.compile(rf"(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|{DOUBLE}\"?|{SINGLE}'?|{TEMPLATE}`?", re.DOTALL)
PATH = rf"""(?: (?P<text>{STRING}) | (?:path\s*\.\s*)?(?:join|resolve)\s*\((?P<parts>[^()]*)\) )"""
SCHEMA = re.compile(rf"""(?<![\w.$])(?:schema|"schema"|'schema')\s*:\s*{PATH}""", re.VERBOSE)
MIGRATIONS = re.compile(rf"""(?<![\w.$])migrations\s*:\s*\{{[^{{}}]*?(?<![\w.$])path\s*:\s*{PATH}""", re.VERBOSE)
DATASOURCE = re.compile(r"(?<![\w.$])datasource\s*:\s*\{")
PATH_PART = re.compile(STRING)


class PrismaConfig(Struct, frozen=True):
    """What a prisma.config.ts says. `datasource` tells that the connection is named there, and not in the schema."""

    schema: str | None = None
    migrations: str | None = None
    datasource: bool = False


def read_config(text: str) -> PrismaConfig:
    """The configuration of Prisma's command line."""
    plain_text = COMMENT_OR_STRING.sub(without_comment, text)
    return PrismaConfig(path_found(SCHEMA, plain_text), path_found(MIGRATIONS, plain_text), bool(DATASOURCE.search(plain_text)))


def schema_path_from_config(text: str) -> str | None:
    """`schema: "prisma/schema"`, or `path.join("prisma", "schema")`; None where it is not given or is computed.

    Words such as `__dirname` inside `join` stand for the folder of the configuration, which the path starts from anyway.
    """
    return read_config(text).schema


def path_found(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
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
