"""Which files describe which database, put together: each Prisma schema with its history, other histories, loose SQL by folder."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from advisor.model import (
    Begin,
    ChangeRows,
    Commit,
    Database,
    LockFault,
    Migration,
    Name,
    Operation,
    OtherStatement,
    Query,
    Rollback,
    Savepoint,
    Schema,
    SetSetting,
    Skipped,
    SourceText,
    Table,
    Truncate,
)
from advisor.model.project import shared_depth
from advisor.model.schema.tools_own import TOOLS_OWN
from advisor.sources.merging import merge_schemas, name_as_declared, shape
from advisor.sources.migrations.histories import SqlGroup, group_sql
from advisor.sources.reading import Reading
from advisor.sources.roles import role_of

PROVIDER = re.compile(r"^\s*datasource\b[^}]*?^\s*provider\s*=\s*\"(\w+)\"", re.MULTILINE)
ROWS_ALONE = (ChangeRows, Truncate, SetSetting, Begin, Commit, Rollback, Savepoint)

if TYPE_CHECKING:
    from advisor.sources.orm.project import OrmSchema
    from advisor.sources.prisma.project import PrismaConfig


def assemble(reading: Reading) -> list[Database]:
    """The databases that the files describe. SQL that alters or indexes another one's tables joins that."""
    found = group_sql(reading.sql, reading.lock_folders, reading.orders, reading.code_migrations)
    reading.skipped.extend(problem for group in found for problem in group.problems)
    groups = [group for group in found if group.paths and is_ours(group, reading)]
    sources = {source.path: source for source in reading.sql}
    databases: list[Database] = []
    histories = [group for group in groups if group.kind == "prisma"]
    for unit in group_prisma(reading.prisma, reading.schema_folders):
        history = configured_history(unit, histories, reading) or nearest_history(unit, histories)
        if history is not None and is_of_another_database(unit):
            history = None
        if history is not None:
            histories.remove(history)
        databases.append(read_prisma_database(unit, history, reading))
    histories += [group for group in groups if group.kind == "history"]
    databases += read_orm_databases(histories, reading)
    for group in histories:
        databases.append(read_sql_database(group, reading))
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


def is_of_another_database(unit: Sequence[SourceText]) -> bool:
    """Whether a schema names another provider than PostgreSQL: the history beside it is another schema's (`mysql.prisma`)."""
    found = [match[1] for source in unit for match in PROVIDER.finditer(source.text)]
    return bool(found) and not {"postgresql", "postgres", "cockroachdb"} & set(found)


def inside(folder: str, root: str) -> bool:
    return root in ("", folder) or folder.startswith(root + "/")


def nearest_history(unit: Sequence[SourceText], histories: Sequence[SqlGroup]) -> SqlGroup | None:
    """The Prisma history that lies beside a schema, or beside the folder above it."""
    folder = unit[0].path.rpartition("/")[0]
    beside = [history for history in histories if history.folder.rpartition("/")[0] == folder]
    above = [history for history in histories if history.folder.rpartition("/")[0] == folder.rpartition("/")[0]]
    return next(iter(beside or above), None)


def configured_history(unit: Sequence[SourceText], histories: Sequence[SqlGroup], reading: Reading) -> SqlGroup | None:
    """The history in the folder that the schema's prisma.config.ts names."""
    for folder, config in reading.prisma_configs:
        if config.migrations and is_configured(unit, folder, config):
            place = join_folders(folder, config.migrations)
            return next((history for history in histories if history.folder == place), None)
    return None


def is_configured(unit: Sequence[SourceText], folder: str, config: PrismaConfig) -> bool:
    """Whether a configuration is this schema's: it names it, or names none and lies above it."""
    if config.schema is None:
        return inside(unit[0].path.rpartition("/")[0], folder)
    place = join_folders(folder, config.schema)
    return any(source.path == place or inside(source.path.rpartition("/")[0], place) for source in unit)


def join_folders(folder: str, path: str) -> str:
    """A path as a configuration in that folder writes it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined


def read_prisma_database(unit: Sequence[SourceText], history: SqlGroup | None, reading: Reading) -> Database:
    from advisor.sources.prisma import read_prisma
    from advisor.sources.prisma.versions import version_near

    path = unit[0].path
    elsewhere = any(config.datasource and is_configured(unit, folder, config) for folder, config in reading.prisma_configs)
    found = read_prisma(unit, version_near(path, reading.manifests), url_elsewhere=elsewhere)
    for source in unit:
        reading.take(source)
    reading.skipped.extend(found.problems)
    database = Database(unit[0].path.rpartition("/")[0], found.schema, prisma=found.settings, orm="prisma", declared=found.schema)
    if not found.settings.speaks_postgresql:
        return database
    if history is None:
        return replace(database, lock_fault=reading.other_locks.get(join_folders(database.folder, "migrations")))
    replayed = read_sql_database(history, reading)
    merged = merge_schemas(found.schema, replayed.schema)
    fault = missing_lock(history, replayed.migrations, reading)
    return replace(database, schema=merged, migrations=replayed.migrations, built=replayed.schema, lock_fault=fault)


def missing_lock(history: SqlGroup, migrations: Sequence[Migration], reading: Reading) -> LockFault | None:
    """That a Prisma history has no migration_lock.toml, be it that the file is there and was not to be read."""
    if not migrations or history.tool != "prisma" or history.folder in reading.lock_folders:
        return None
    return None if Path(history.folder, "migration_lock.toml").exists() else LockFault(migrations[0].location)


def read_orm_databases(histories: list[SqlGroup], reading: Reading) -> list[Database]:
    """The databases whose schema is code, each with the history that is its own, which is taken out of `histories`."""
    if not reading.orm_paths:
        return []
    from advisor.sources.orm.project import read_orm_schemas

    databases = []
    for found in read_orm_schemas(reading):
        database = Database(found.folder, found.schema, orm=found.orm, declared=found.schema, declares_all=found.orm != "sequelize")
        history = history_of(found.migrations, found.folder, histories) or history_that_builds(found, histories)
        if history is not None:
            histories.remove(history)
            replayed = read_sql_database(history, reading)
            if found.orm == "sequelize":
                merged = name_as_declared(replayed.schema, found.schema)
            else:
                merged = merge_schemas(found.schema, replayed.schema)
            makes_them = found.migrations is not None or history.tool == found.orm
            database = replace(
                database,
                schema=merged,
                migrations=replayed.migrations,
                built=replayed.schema,
                declares_all=database.declares_all and makes_them,
            )
        databases.append(database)
    return databases


def history_of(folder: str | None, package: str, histories: Sequence[SqlGroup]) -> SqlGroup | None:
    """The history in the folder that a configuration names; without one, the only one inside the package."""
    if folder is not None:
        return next((history for history in histories if history.folder == folder), None)
    within = [history for history in histories if inside(history.folder, package)]
    return within[0] if len(within) == 1 else None


def history_that_builds(found: OrmSchema, histories: Sequence[SqlGroup]) -> SqlGroup | None:
    """The only history of the ORM's own tool, elsewhere in a monorepo, that makes most of the declared tables."""
    from advisor.sources.comparing.drift import belong_together
    from advisor.sources.sql import read_history

    of_tool = [history for history in histories if history.tool == found.orm] if found.migrations is None else []
    fitting = [history for history in of_tool if belong_together(found.schema, read_history(history.migrations).schema)]
    return fitting[0] if len(fitting) == 1 else None


def read_sql_database(group: SqlGroup, reading: Reading) -> Database:
    from advisor.sources.migrations.versions import with_tool_versions
    from advisor.sources.sql import read_history

    found = read_history(with_tool_versions(group.migrations, reading.manifests))
    reading.skipped.extend(found.problems)
    reading.skipped.extend(problem for migration in group.migrations for problem in migration.problems)
    reading.queries.extend(in_their_role(query, reading) for query in found.queries)
    return Database(group.folder, found.schema, found.migrations, built=found.schema)


def read_loose(group: SqlGroup, sources: dict[str, SourceText], databases: list[Database], reading: Reading, *, kept: int) -> None:
    """SQL files outside any history: a database of their own, or changes of one that is known.

    They change another one where they alter or index its tables and make none that it has. The first `kept` databases have a
    Prisma schema or a history. A dump that only repeats one of them is left alone. A file of changes of rows alone is one that was
    asked for by name.
    """
    from advisor.sources.sql import read_sql

    texts = [sources[path] for path in group.paths]
    found = read_sql(texts, migrations="sql")
    if (known := next((database for database in databases[:kept] if repeats(found.schema, database.schema)), None)) is not None:
        for text in texts:
            reading.texts.pop(text.path, None)
            reading.skipped.append(Skipped(text.path, f"repeats the tables of {place_of(known)}", "left alone"))
        return
    steps = [step for migration in found.migrations for step in migration.operations]
    named = any(text.path in reading.named for text in texts)
    host = host_of(found.touches, group.folder, databases)
    for_tests = not named and all(is_for_tests(path, reading) for path in group.paths)
    if host is not None and for_tests:
        reading.skipped.extend(
            Skipped(path, f"changes {place_of(databases[host])} for tests", "left alone") for path in group.paths
        )
        return
    if host is not None and not any(databases[host].schema.table(table) for table in found.creates):
        found = read_sql(texts, before=databases[host].schema, migrations="sql")
        migrations = (*databases[host].migrations, *changes_in(found.migrations, named=named))
        databases[host] = replace(databases[host], schema=found.schema, migrations=migrations)
    elif any(not leaves_schema(step) for step in steps) or (named and any(not is_query(step) for step in steps)):
        # Nobody uses what tests make for themselves: how it changes there is of no interest.
        changes = () if for_tests else changes_in(found.migrations, named=named)
        databases.append(Database(group.folder, found.schema, changes))
    reading.skipped.extend(found.problems)
    reading.queries.extend(in_their_role(query, reading) for query in found.queries)


def is_for_tests(path: str, reading: Reading) -> bool:
    return role_of(reading.relative.get(path, path)) == "test"


def changes_in(migrations: Sequence[Migration], *, named: bool) -> tuple[Migration, ...]:
    return tuple(migration for migration in migrations if named or not all(map(leaves_schema, migration.operations)))


def leaves_schema(step: Operation) -> bool:
    """Whether a statement is about rows alone, or about the session: files of such (`seed.sql`) describe no database."""
    return isinstance(step, ROWS_ALONE) or is_query(step)


def is_query(step: Operation) -> bool:
    return isinstance(step, OtherStatement) and step.kind == "SelectStmt"


def in_their_role(query: Query, reading: Reading) -> Query:
    """A query of a SQL file, with what the file is for in its own project."""
    path = query.location.path
    role = query.scope.role if query.scope.role == "migration" else role_of(reading.relative.get(path, path))
    return replace(query, scope=replace(query.scope, role=role))


def repeats(schema: Schema, known: Schema) -> bool:
    """Whether all tables of a schema are in another one just so; those in which migration tools keep their books do not count."""
    tables = [table for table in schema.tables if table.name.name.lower() not in TOOLS_OWN]
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
