"""A history's files as migrations: the way up with the way back, in the tool's order. In: files. Out: `MigrationText`s."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from advisor.model import Skipped, SourceText
from advisor.sources.migrations import liquibase
from advisor.sources.migrations.baselines import without_replaced
from advisor.sources.migrations.layouts import Files, Layout
from advisor.sources.migrations.order import FLYWAY, natural_order, order_of, version_in
from advisor.sources.migrations.sections import marks_of, parts_of
from advisor.sources.migrations.texts import MigrationText

DOWN_SUFFIX = re.compile(r"([._-])(down|undo|rollback|revert)\.sql$", re.IGNORECASE)
UP_SUFFIX = re.compile(r"([._-])up\.sql$", re.IGNORECASE)
POSTGRATOR = re.compile(r"(?P<version>\d+)\.(?P<way>do|undo)\.", re.IGNORECASE)
"""`001.do.users.sql` beside `001.undo.users.sql` (https://github.com/rickbergfalk/postgrator, "Filename conventions")."""
ATLAS_NO_TRANSACTION = re.compile(r"^--\s*atlas:txmode\s+none\b", re.MULTILINE)
SQLX_NO_TRANSACTION = re.compile(r"\A--\s*no-transaction\b")
OUT_OF_TRANSACTION = re.compile(r"^\s*(?:executeInTransaction|run_in_transaction)\s*=\s*false\b", re.MULTILINE | re.IGNORECASE)
PLAN_ENTRY = re.compile(r"^(?![%#\s])(\S+)", re.MULTILINE)
"""A change, or a tag (`@v1`)."""
PAIRED_BY_VERSION = frozenset({"golang-migrate", "pop"})
"""Tools for which a way back has its version in common with the way up, whatever the rest of the name says (`source.Parse` of
golang-migrate, `ParseMigrationFilename` of Pop)."""
NOT_FLYWAY = "its name is none of a migration of Flyway's: not run as one"

Found = tuple[tuple[MigrationText, ...], tuple[Skipped, ...]]


def migrations_of(tool: str, layout: Layout, folder: str, sources: Sequence[SourceText], beside: Files) -> Found:
    """The migrations in the order in which the tool runs them, and what it does not run."""
    if layout == "changelog":
        return in_order_of_changelog(sources, beside), ()
    if tool == "liquibase":
        return liquibase_migrations(sources, beside, folder)
    if layout == "folders":
        return folder_migrations(tool, sources, beside)
    if layout == "sqitch":
        return sqitch_migrations(folder, sources, beside)
    migrations, problems = file_migrations(tool, folder, sources, beside)
    journal = beside.beside(folder, "meta/_journal.json")
    if tool == "drizzle" and journal is not None:
        ordered, unknown = by_journal(migrations, journal)
        return ordered, (*problems, *unknown)
    running, replaced = without_replaced(tool, migrations)
    return running, (*problems, *replaced)


def folder_migrations(tool: str, sources: Sequence[SourceText], beside: Files) -> Found:
    """A folder for each: `migration.sql`, or `up.sql` with `down.sql`."""
    downs = {source.path.rpartition("/")[0]: source for source in sources if source.path.lower().rpartition("/")[2] == "down.sql"}
    found = []
    for source in sources:
        folder, _, file = source.path.rpartition("/")
        if file.lower() == "down.sql":
            continue
        name = folder.rpartition("/")[2] or file
        settings = beside.beside(folder, "metadata.toml")
        outside = settings is not None and OUT_OF_TRANSACTION.search(settings.text) is not None
        down = (downs[folder],) if folder in downs else ()
        version = version_in(name, tool)
        found.append(MigrationText(name, source.path, (source,), down, False if outside else None, tool=tool, version=version))
    key = order_of(tool)
    used = {migration.path.rpartition("/")[0] for migration in found}
    left = tuple(Skipped(one.path, "a down migration", "left alone") for folder, one in downs.items() if folder not in used)
    return tuple(sorted(found, key=lambda migration: key(migration.name))), left


def file_migrations(tool: str, folder: str, sources: Sequence[SourceText], beside: Files) -> Found:
    """A file for each, whose way back is a part of it or a file of its own."""
    downs = {stem: source for source in sources if (stem := stem_of_down(source.path)) is not None}
    ups = [source for source in sources if stem_of_down(source.path) is None]
    numbered = {numbered_stem(stem): source for stem, source in downs.items()} if tool in PAIRED_BY_VERSION else {}
    used: set[str] = set()
    found = []
    for source in ups:
        stem = stem_of_up(source.path)
        back = downs.get(stem) or numbered.get(numbered_stem(stem)) or beside.way_back_of(source.path)
        used |= {back.path} if back is not None else set()
        found.append(read_file(tool, folder, source, back, beside))
    left = tuple(Skipped(one.path, "a down migration", "left alone") for one in downs.values() if one.path not in used)
    if tool == "flyway":
        left += tuple(Skipped(one.path, NOT_FLYWAY, "left alone") for one in found if not FLYWAY.match(one.name))
        found = [one for one in found if FLYWAY.match(one.name)]
    return tuple(sorted(found, key=lambda migration: place_in_order(tool, migration))), left


def place_in_order(tool: str, migration: MigrationText) -> tuple[object, ...]:
    """Release by release where a history has a folder for each, but for Flyway, which looks at versions alone."""
    folder, _, file = migration.path.rpartition("/")
    return (() if tool == "flyway" else natural_order(folder), order_of(tool)(file))


def numbered_stem(stem: str) -> str:
    """The number that a file's name begins with, below its folder; a name without one as it is."""
    folder, _, name = stem.rpartition("/")
    number = re.match(r"\d+", name)
    return f"{folder}/{number.group()}" if number else stem


def stem_of_down(path: str) -> str | None:
    """What a way back has in common with its way up; None for any other file."""
    folder, _, name = path.rpartition("/")
    if DOWN_SUFFIX.search(name):
        return f"{folder}/{DOWN_SUFFIX.sub('', name)}"
    if (postgrator := POSTGRATOR.match(name)) is not None:
        return f"{folder}/{postgrator['version']}" if postgrator["way"].lower() == "undo" else None
    flyway = FLYWAY.match(name)
    return f"{folder}/V{flyway['version']}" if flyway and flyway["kind"] in "uU" else None


def stem_of_up(path: str) -> str:
    folder, _, name = path.rpartition("/")
    flyway = FLYWAY.match(name)
    if flyway and flyway["kind"] in "vV":
        return f"{folder}/V{flyway['version']}"
    if (postgrator := POSTGRATOR.match(name)) is not None:
        return f"{folder}/{postgrator['version']}"
    return f"{folder}/{UP_SUFFIX.sub('', name) if UP_SUFFIX.search(name) else name.removesuffix('.sql')}"


def read_file(tool: str, history: str, source: SourceText, down: SourceText | None, beside: Files) -> MigrationText:
    folder, _, name = source.path.rpartition("/")
    marks = marks_of(source.text)
    up, back = parts_of(source, marks) if marks is not None else (source, None)
    outside = marks is not None and marks.no_transaction is not None and marks.no_transaction.search(source.text) is not None
    settings = beside.beside(folder, f"{name}.conf")
    outside = outside or (settings is not None and OUT_OF_TRANSACTION.search(settings.text) is not None)
    outside = outside or (tool == "sqlx" and SQLX_NO_TRANSACTION.match(source.text) is not None)
    outside = outside or (tool == "atlas" and ATLAS_NO_TRANSACTION.search(source.text) is not None)
    outside = outside or (tool == "pop" and ".autocommit." in name)  # of Ory's Pop: github.com/ory/x/popx, match.go
    flyway = FLYWAY.match(name) if tool == "flyway" else None
    shown = name if tool == "flyway" else source.path.removeprefix(f"{history}/")
    return MigrationText(
        shown,
        source.path,
        (up,),
        tuple(part for part in (back, down) if part is not None),
        False if outside else None,
        tool=tool,
        version=version_in(shown, tool),
        repeatable=flyway is not None and flyway["kind"] in "rR",
    )


def by_journal(migrations: Sequence[MigrationText], journal: SourceText) -> Found:
    """Drizzle runs what its journal lists, in that order, and nothing else."""
    try:
        tags = [str(entry["tag"]) for entry in json.loads(journal.text)["entries"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        place = journal.location(error.pos if isinstance(error, json.JSONDecodeError) else 0)
        reason = "not a journal of Drizzle's: the order is that of the names"
        return tuple(migrations), (Skipped(journal.path, reason, location=place),)
    known = {migration.name.removesuffix(".sql"): migration for migration in migrations}
    if known.keys().isdisjoint(tags):
        return tuple(migrations), (
            Skipped(journal.path, "the journal names none of the files: the order is that of the names", "left alone"),
        )
    problems = [
        Skipped(migration.path, "not in the journal: Drizzle does not run it", "left alone")
        for name, migration in known.items()
        if name not in tags
    ]
    problems += [
        Skipped(journal.path, f"the journal names {tag}.sql, which is not there", "left alone") for tag in tags if tag not in known
    ]
    return tuple(known[tag] for tag in dict.fromkeys(tags) if tag in known), tuple(problems)


def sqitch_migrations(folder: str, sources: Sequence[SourceText], beside: Files) -> Found:
    """`deploy/x.sql` and `revert/x.sql` in the order of the plan; what only verifies is not run."""
    plan = beside.beside(folder, "sqitch.plan")
    files = {source.path.removeprefix(f"{folder}/" if folder else ""): source for source in sources}
    found = []
    for name, file in planned_files(plan.text if plan is not None else ""):
        if (deployed := files.get(f"deploy/{file}.sql")) is not None:
            back = files.get(f"revert/{file}.sql")
            found.append(MigrationText(name, deployed.path, (deployed,), (back,) if back else (), tool="sqitch"))
    run = {migration.path for migration in found}
    problems = [
        Skipped(source.path, "not in sqitch.plan: it is not deployed", "left alone")
        for path, source in files.items()
        if path.startswith("deploy/") and source.path not in run
    ]
    return tuple(found), tuple(problems)


def planned_files(plan: str) -> list[tuple[str, str]]:
    """The changes of a plan with the names of their files. One that is reworked later has its first files under the name of the
    next tag (`a@v1.sql`; https://sqitch.org/docs/manual/sqitch-rework/)."""
    entries = PLAN_ENTRY.findall(plan)
    found = []
    for number, name in enumerate(entries):
        if name.startswith("@"):
            continue
        later = entries[number + 1 :]
        again = name in later
        tag = next((entry for entry in later if entry.startswith("@")), "") if again else ""
        found.append((f"{name}{tag}", f"{name}{tag}"))
    return found


def in_order_of_changelog(sources: Sequence[SourceText], beside: Files) -> tuple[MigrationText, ...]:
    ordered = sorted(sources, key=lambda source: beside.changelogs[source.path].number)
    return tuple(one for source in ordered for one in changesets_of(source))


def liquibase_migrations(sources: Sequence[SourceText], beside: Files, folder: str) -> Found:
    """The changesets of all formatted files. A changelog that includes them may order them otherwise: it is not read."""
    changesets = [one for source in sorted(sources, key=lambda source: source.path) for one in changesets_of(source)]
    changelogs = [path for path in beside.orders if is_changelog(path, folder)]
    return tuple(changesets), tuple(
        Skipped(path, "a changelog is not read: its SQL files are taken in the order of their names", "left alone")
        for path in changelogs
    )


def changesets_of(source: SourceText) -> Iterator[MigrationText]:
    if liquibase.is_formatted(source.text):
        yield from liquibase.read_changesets(source)
    else:
        yield MigrationText(source.path.rpartition("/")[2], source.path, (source,), tool="liquibase")


def is_changelog(path: str, folder: str) -> bool:
    """Whether a changelog lies in the folder of the SQL or in one above it."""
    place, _, name = path.rpartition("/")
    return "changelog" in name.lower() and (place in ("", folder) or folder.startswith(place + "/"))
