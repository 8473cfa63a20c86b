"""Liquibase's formatted SQL. In: a text. Out: one migration for each changeset, its rollback as the way back.

Source: https://docs.liquibase.com/concepts/changelogs/sql-format.html and the patterns of FormattedSqlChangeLogParser.java.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    if not is_for_postgresql(attributes.get("dbms", "")):
        place = source.location(head.start(), head.end())
        problems = (Skipped(source.path, f"changeset {identity} is for {attributes['dbms']}", "left alone", place),)
        ups = ()
    transactional = False if attributes.get("runintransaction", "").lower() == "false" else None
    repeatable = "true" in (attributes.get("runonchange", "").lower(), attributes.get("runalways", "").lower())
    return MigrationText(
        name, source.path, ups, rollbacks(body), transactional, problems, "liquibase", version=identity, repeatable=repeatable
    )


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
    """A delimiter on a line of its own (`/`, `GO`) as a semicolon."""
    if delimiter == ";" or not delimiter:
        return body
    if "\\" in delimiter:
        # A pattern, as people write one for a slash that stands alone: `\\n\\s*/\\s*\\n`.
        delimiter = "GO" if "go" in delimiter.lower() else "/"
    line = re.compile(rf"^([ \t]*){re.escape(delimiter)}([ \t\r]*)$", re.MULTILINE | re.IGNORECASE)
    return SourceText(body.path, line.sub(lambda match: f"{match[1]};{' ' * (len(delimiter) - 1)}{match[2]}", body.text))
