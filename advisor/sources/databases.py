"""Which files describe which database, put together: each Prisma schema with its history, other histories, loose SQL by folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from advisor.model import Database, Name, Query, Schema, Skipped, SourceText, Table
from advisor.model.project import shared_depth
from advisor.sources.histories import SqlGroup, group_sql
from advisor.sources.merging import merge_schemas, shape
from advisor.sources.reading import Reading
from advisor.sources.roles import role_of

TOOLS_OWN = frozenset(
    """__drizzle_migrations _prisma_migrations ar_internal_metadata flyway_schema_history goose_db_version gorp_migrations
    knex_migrations knex_migrations_lock migrations pgmigrations schema_migrations""".split()
)
"""Tables in which tools that run migrations note what they have run: a dump has them, the history has not."""


def assemble(reading: Reading) -> list[Database]:
    """The databases that the files describe. SQL that alters or indexes another one's tables joins that."""
    found = group_sql((source.path for source in reading.sql), reading.lock_folders)
    groups = [group for group in found if is_ours(group, reading)]
    sources = {source.path: source for source in reading.sql}
    databases: list[Database] = []
    histories = [group for group in groups if group.kind == "prisma"]
    for unit in group_prisma(reading.prisma, reading.schema_folders):
        history = nearest_history(unit, histories)
        if history is not None:
            histories.remove(history)
        databases.append(read_prisma_database(unit, history, sources, reading))
    for group in [*histories, *(group for group in groups if group.kind == "history")]:
        databases.append(read_sql_database(group, sources, reading))
    kept = len(databases)
    for group in groups:
        if group.kind == "loose":
            read_loose(group, sources, databases, reading, kept=kept)
    return [database for database in databases if database.schema.tables or database.migrations or database.prisma]


def is_ours(group: SqlGroup, reading: Reading) -> bool:
    """A history is of one database: where one of its files is another's, those that could be read either way are too."""
    dialect = None if group.kind == "loose" else reading.other_dialects.get(group.folder)
    for path in group.paths if dialect else ():
        reading.leave(reading.texts.pop(path), f"SQL of another database ({dialect})")
    return dialect is None


def group_prisma(sources: Sequence[SourceText], roots: Sequence[str]) -> list[list[SourceText]]:
    """Files that are one schema: a file with a datasource, and those without one in its folder or below, or below a named root."""
    mains = [source for source in sources if has_datasource(source)]
    units = {main.path: [main] for main in mains}
    alone: dict[str, list[SourceText]] = {}
    for source in sources:
        if source.path in units:
            continue
        folder = source.path.rpartition("/")[0]
        root = next((root for root in sorted(roots, key=len, reverse=True) if inside(folder, root)), None)
        above = [main for main in mains if inside(folder, main.path.rpartition("/")[0])]
        below = [main for main in mains if root is not None and inside(main.path.rpartition("/")[0], root)]
        owner = max(below or above, key=lambda main: len(main.path.rpartition("/")[0]), default=None)
        (units[owner.path] if owner else alone.setdefault(root or folder, [])).append(source)
    return [*units.values(), *alone.values()]


def has_datasource(source: SourceText) -> bool:
    return any(line.lstrip().startswith("datasource") for line in source.text.splitlines())


def inside(folder: str, root: str) -> bool:
    return root in ("", folder) or folder.startswith(root + "/")


def nearest_history(unit: Sequence[SourceText], histories: Sequence[SqlGroup]) -> SqlGroup | None:
    """The Prisma history that lies beside a schema, or beside the folder above it."""
    folder = unit[0].path.rpartition("/")[0]
    beside = [history for history in histories if history.folder.rpartition("/")[0] == folder]
    above = [history for history in histories if history.folder.rpartition("/")[0] == folder.rpartition("/")[0]]
    return next(iter(beside or above), None)


def read_prisma_database(
    unit: Sequence[SourceText], history: SqlGroup | None, sources: dict[str, SourceText], reading: Reading
) -> Database:
    from advisor.sources.prisma import read_prisma

    found = read_prisma(unit)
    for source in unit:
        reading.take(source)
    reading.skipped.extend(found.problems)
    database = Database(unit[0].path.rpartition("/")[0], found.schema, prisma=found.settings)
    if history is None or not found.settings.speaks_postgresql:
        return database
    replayed = read_sql_database(history, sources, reading)
    return replace(database, schema=merge_schemas(found.schema, replayed.schema), migrations=replayed.migrations)


def read_sql_database(group: SqlGroup, sources: dict[str, SourceText], reading: Reading) -> Database:
    from advisor.sources.sql import read_sql

    found = read_sql([sources[path] for path in group.paths], migrations="prisma" if group.kind == "prisma" else "sql")
    reading.skipped.extend(found.problems)
    reading.queries.extend(in_their_role(query, reading) for query in found.queries)
    return Database(group.folder, found.schema, found.migrations)


def read_loose(group: SqlGroup, sources: dict[str, SourceText], databases: list[Database], reading: Reading, *, kept: int) -> None:
    """SQL files outside any history: a database of their own, or changes of one that is known.

    They change another one where they alter or index its tables and make none that it has. The first `kept` databases have a
    Prisma schema or a history. A dump that only repeats one of them is left alone.
    """
    from advisor.sources.sql import read_sql

    texts = [sources[path] for path in group.paths]
    found = read_sql(texts, migrations="sql")
    if (known := next((database for database in databases[:kept] if repeats(found.schema, database.schema)), None)) is not None:
        for text in texts:
            reading.texts.pop(text.path, None)
            reading.skipped.append(Skipped(text.path, f"repeats the tables of {place_of(known)}", "left alone"))
        return
    host = host_of(found.touches, group.folder, databases)
    if host is not None and not any(databases[host].schema.table(table) for table in found.creates):
        found = read_sql(texts, before=databases[host].schema, migrations="sql")
        migrations = (*databases[host].migrations, *found.migrations)
        databases[host] = replace(databases[host], schema=found.schema, migrations=migrations)
    elif any(migration.operations for migration in found.migrations):
        databases.append(Database(group.folder, found.schema, found.migrations))
    reading.skipped.extend(found.problems)
    reading.queries.extend(in_their_role(query, reading) for query in found.queries)


def in_their_role(query: Query, reading: Reading) -> Query:
    """A query of a SQL file, with what the file is for in its own project."""
    path = query.location.path
    role = query.scope.role if query.scope.role == "migration" else role_of(reading.relative.get(path, path))
    return replace(query, scope=replace(query.scope, role=role))


def repeats(schema: Schema, known: Schema) -> bool:
    """Whether all tables of a schema are in another one just so; those in which migration tools keep their books do not count."""
    tables = [table for table in schema.tables if table.name.name not in TOOLS_OWN]
    return bool(tables) and all(
        (other := known.table(table.name)) is not None and shape_of(table) == shape_of(other) for table in tables
    )


def shape_of(table: Table) -> tuple[object, ...]:
    """What rules judge a table by, apart from names of constraints and from where it was written."""
    return (
        {(column.name, column.type, column.nullable) for column in table.columns},
        Counter(shape(index) for index in table.indexes),
        {(key.columns, key.referenced_table) for key in table.foreign_keys},
        table.kind,
    )


def place_of(database: Database) -> str:
    return database.prisma.location.path if database.prisma else database.folder or "."


def host_of(tables: Iterable[Name], folder: str, databases: Sequence[Database]) -> int | None:
    """The database that has one of the tables, the nearest folder first."""
    wanted = set(tables)
    having = [index for index, database in enumerate(databases) if any(table.name in wanted for table in database.schema.tables)]
    return max(having, key=lambda index: shared_depth(databases[index].folder + "/", folder + "/"), default=None)
