"""Liquibase's formatted SQL. In: a text. Out: one migration for each changeset, its rollback as the way back.

Source: https://docs.liquibase.com/concepts/changelogs/sql-format.html and the patterns of FormattedSqlChangeLogParser.java.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from advisor.model import Skipped, SourceText
from advisor.sources.migrations.sections import blank, only
from advisor.sources.migrations.texts import MigrationText

FORMATTED = re.compile(r"\A\s*--\s*liquibase\s+formatted\s+sql\b", re.IGNORECASE)
CHANGESET = re.compile(
    r"^[ \t]*--[ \t]*changeset[ \t]+(?P<author>\"[^\"]*\"|[^\s:]+)[ \t]*:[ \t]*(?P<id>\"[^\"]*\"|\S+)(?P<attributes>[^\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
ROLLBACK = re.compile(r"^[ \t]*--[ \t]*rollback(?P<sql>[^\n]*)", re.IGNORECASE | re.MULTILINE)
ROLLBACK_BLOCK = re.compile(r"/\*[ \t]*liquibase[ \t]+rollback\b(?P<sql>.*?)\*/", re.IGNORECASE | re.DOTALL)
ATTRIBUTE = re.compile(r"(\w+):(\"[^\"]*\"|'[^']*'|\S+)")
ALONE = re.compile(r"^([ \t]*)(/|go)(?=[ \t\r]*$)", re.MULTILINE | re.IGNORECASE)
NOT_SQL = re.compile(r"^\s*(?:not required|empty|changeset(?:id|path|author)?\b.*)\s*;?\s*$", re.IGNORECASE)
POSTGRESQL = frozenset({"postgresql", "all", "edb", "yugabytedb", "cockroachdb"})


def is_formatted(text: str) -> bool:
    return FORMATTED.match(text) is not None


def read_changesets(source: SourceText) -> Iterator[MigrationText]:
    """The changesets of a file in order."""
    found = list(CHANGESET.finditer(source.text))
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(source.text)
        yield read_changeset(source, match, end)


def read_changeset(source: SourceText, head: re.Match[str], end: int) -> MigrationText:
    attributes = {name.lower(): value.strip("\"'") for name, value in ATTRIBUTE.findall(head["attributes"])}
    identity = head["id"].strip('"')
    body = only(source, [(head.end(), end)])
    name = f"{source.path.rpartition('/')[2]}::{identity}::{head['author'].strip(chr(34))}"
    problems: tuple[Skipped, ...] = ()
    ups: tuple[SourceText, ...] = (with_delimiter(without_rollback(body), attributes.get("enddelimiter", ";")),)
    if (reason := reason_not_to_run(identity, attributes)) is not None:
        problems = (Skipped(source.path, reason, "left alone", source.location(head.start(), head.end())),)
        ups = ()
    transactional = False if attributes.get("runintransaction", "").lower() == "false" else None
    repeatable = "true" in (attributes.get("runonchange", "").lower(), attributes.get("runalways", "").lower())
    return MigrationText(
        name, source.path, ups, rollbacks(body), transactional, problems, "liquibase", version=identity, repeatable=repeatable
    )


def reason_not_to_run(identity: str, attributes: Mapping[str, str]) -> str | None:
    if not is_for_postgresql(attributes.get("dbms", "")):
        return f"changeset {identity} is for {attributes['dbms']}"
    return f"changeset {identity} is ignored" if attributes.get("ignore", "").lower() == "true" else None


def is_for_postgresql(dbms: str) -> bool:
    """`dbms:postgresql,h2`, `dbms:!oracle`."""
    names = [name.strip().lower() for name in dbms.split(",") if name.strip()]
    if any(name.startswith("!") for name in names):
        return "!postgresql" not in names
    return not names or not POSTGRESQL.isdisjoint(names)


def without_rollback(body: SourceText) -> SourceText:
    """Rollbacks are comments to PostgreSQL too, but one that is left open swallows what follows."""
    return SourceText(body.path, ROLLBACK_BLOCK.sub(lambda match: blank(match.group()), body.text))


def rollbacks(body: SourceText) -> tuple[SourceText, ...]:
    """The SQL that stands in rollback comments, where it stands."""
    stretches = [match.span("sql") for match in ROLLBACK.finditer(body.text)]
    stretches += [match.span("sql") for match in ROLLBACK_BLOCK.finditer(body.text)]
    kept = [(start, end) for start, end in sorted(stretches) if not NOT_SQL.match(body.text[start:end])]
    return (only(body, kept),) if kept else ()


def with_delimiter(body: SourceText, delimiter: str) -> SourceText:
    """What ends a statement, as a semicolon: `/` and `GO` on a line of their own always do, another delimiter at the end of a line.

    Source: `isDelimiter` in https://github.com/liquibase/liquibase/blob/master/liquibase-standard/src/main/java/liquibase/util/StringUtil.java
    """
    if "\\" in delimiter:
        # A pattern, as people write one for a slash that stands alone: `\\n\\s*/\\s*\\n`.
        delimiter = "GO" if "go" in delimiter.lower() else "/"
    text = ALONE.sub(as_semicolon, body.text)
    if delimiter not in ("", ";", "/") and delimiter.lower() != "go":
        text = re.sub(rf"()({re.escape(delimiter)})(?=[ \t\r]*$)", as_semicolon, text, flags=re.MULTILINE)
    return SourceText(body.path, text)


def as_semicolon(match: re.Match[str]) -> str:
    return f"{match[1]};{' ' * (len(match[2]) - 1)}"
