"""Which table a finding is about. In: a Review. Out: its findings by table, with the columns meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from advisor.finding import Finding
from advisor.model import Database, Name, Table
from advisor.remedies import CreateIndex, DropIndex, Remedy, ReplaceIndex

if TYPE_CHECKING:
    from advisor.engine.review import Review

Key = tuple[str, Name]
"""The folder of a database, and a table's name in it."""


def findings_by_table(review: Review) -> dict[Key, list[tuple[Finding, tuple[str, ...]]]]:
    """Findings and the columns that they name, by table, in the order of the findings."""
    found: dict[Key, list[tuple[Finding, tuple[str, ...]]]] = {}
    spellings = {database.folder: tables_by_spelling(database) for database in review.project.databases}
    for finding in review.findings:
        for database in review.project.databases:
            if finding.database in ("", database.folder) and (about := table_of(finding, database, spellings[database.folder])):
                table, columns = about
                found.setdefault((database.folder, table.name), []).append((finding, columns))
    return found


def tables_by_spelling(database: Database) -> dict[str, Table]:
    """Tables by every way to write their names: `public.posts`, `posts`."""
    return {spelling: table for table in database.schema.tables for spelling in (table.name.qualified, str(table.name))}


def table_of(finding: Finding, database: Database, spellings: dict[str, Table]) -> tuple[Table, tuple[str, ...]] | None:
    """The table and columns that a finding's subject names, else the table that its remedy changes."""
    if (table := spellings.get(finding.subject)) is not None:
        return table, ()
    if (listed := re.fullmatch(r"(.+?) ?\((.*)\)", finding.subject)) and (table := spellings.get(listed[1])) is not None:
        return table, tuple(name.strip() for name in listed[2].split(","))
    table_name, _, column = finding.subject.rpartition(".")
    if (table := spellings.get(table_name)) is not None:
        return table, (column,)
    changed = (database.schema.table(name) for remedy in finding.remedies if (name := table_changed(remedy)))
    return next(((table, ()) for table in changed if table is not None), None)


def table_changed(remedy: Remedy) -> Name | None:
    match remedy:
        case CreateIndex(table=table):
            return table
        case DropIndex(index=index) | ReplaceIndex(new=index):
            return index.table
    return None
