"""Paths in, a Project out: every file found is read by its front end, and what describes one database is put together.

Front ends are imported where a file asks for them: a project without code never loads tree-sitter, one without SQL never pglast.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import (
    CodeFile,
    Database,
    LockFault,
    OutsideCall,
    Project,
    Query,
    Skipped,
    SourceText,
)
from advisor.model.prisma import POSTGRESQL_PROVIDERS
from advisor.sources.callers import caller_of, read_callers
from advisor.sources.changes import named_changes
from advisor.sources.code_files import modules_of
from advisor.sources.databases import assemble
from advisor.sources.discovery import Discovery, FoundFile, discover
from advisor.sources.files import decode, read_bytes
from advisor.sources.linking import link
from advisor.sources.migrations.code import dialect_of_migration, may_be_code_migration, read_code_migration
from advisor.sources.migrations.code.drivers import leave_other_databases
from advisor.sources.migrations.placeholders import with_stand_ins
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.module_paths import ModulePaths
from advisor.sources.orm.mentions import declares_schema_of
from advisor.sources.reading import Reading
from advisor.sources.roles import role_of

if TYPE_CHECKING:
    from advisor.sources.code_readings import CodeReader

MAX_CODE_BYTES = 1_500_000
"""Larger files of code are bundles, whatever they are called."""
NO_DATA_ACCESS = "no data access"
GENERATED_MARKS = ("@generated", "DO NOT EDIT", "Do not edit", "do not edit", "eslint-disable */\n// biome-ignore-all")
GENERATED_PROBE = 600
MINIFIED_LINE = 1000
PLAN_MARKS = (b'"Plan"', b"QUERY PLAN", b"(cost=", b"(actual ", b"  plan:", b"Node Type: ", b"<Node-Type>")
KNOWN_BY_NAME = frozenset({"snapshot.json"})
"""Files whose being there says all: Drizzle's may be large."""


class ReadProject(Struct, frozen=True):
    """A project, the texts it was read from, and the files and folders that the command line named."""

    project: Project
    texts: dict[str, SourceText]
    named: frozenset[str]


class Followed(Struct, frozen=True):
    """What following the calls of functions tells: the queries with the loops that reach them, and calls in transactions."""

    queries: list[Query]
    outside_calls: tuple[OutsideCall, ...] = ()


def read_project(paths: Sequence[str], *, db: str | None = None, jobs: int = 1, cache: bool = False) -> ReadProject:
    """Read everything below the paths, and the server at the address `db`.

    Code is read by up to `jobs` processes, and with `cache` what they read is kept for the next time. Never raises for what a file
    holds, see `Project.skipped`; raises InputError where the server cannot be asked.
    """
    return read_files(discover(paths), db=db, jobs=jobs, cache=cache)


def read_files(discovery: Discovery, *, db: str | None = None, jobs: int = 1, cache: bool = False) -> ReadProject:
    named = {*discovery.folders, *(file.shown for file in discovery.files if file.named)}
    reading = Reading(skipped=list(discovery.skipped), named=named)
    reading.code_paths.update((file.shown, file.path) for file in discovery.files if file.kind == "code")
    for file in discovery.files:
        read_file(file, reading)
    leave_other_databases(reading)
    databases, followed = read_databases_and_code(reading, db, jobs=jobs, cache=cache)
    linked = link(databases, followed.queries, reading.plans)
    project = Project(
        databases=linked.databases,
        queries=linked.queries,
        code=tuple(with_outside_calls(reading.code, followed.outside_calls)),
        plans=tuple(reading.plans),
        plan_changes=named_changes(reading.plans),
        manifests=tuple(reading.manifests),
        skipped=tuple(sorted(set(reading.skipped), key=Skipped.order)),
        examined=tuple(sorted(reading.texts)),
    )
    return ReadProject(project, reading.texts, frozenset(reading.named))


def read_databases_and_code(reading: Reading, db: str | None, *, jobs: int, cache: bool) -> tuple[list[Database], Followed]:
    """The databases, and what the code does with them. Other processes read code while this one reads schemas."""
    if not reading.code_texts:
        return with_server_and_drift(assemble(reading), db, reading), Followed(reading.queries)
    from advisor.sources.code_readings import CodeReader
    from advisor.sources.reading_cache import ReadingCache

    with CodeReader(jobs, ReadingCache() if cache else None) as reader:
        readings = reader.read(reading.code_texts)
        databases = with_server_and_drift(assemble(reading), db, reading)
        for found in readings:
            reading.take_code(found)
        return databases, follow(reading, reader)


def follow(reading: Reading, reader: CodeReader) -> Followed:
    """What the calls of functions tell."""
    if not reading.queries and not reading.has_transactions:
        return Followed(reading.queries)
    from advisor.sources.callees import calls_outside
    from advisor.sources.calls import Directory, Graph, with_rounds

    paths = ModulePaths(reading.code_paths, reading.manifests)
    read_callers(reading, paths, reader)
    outside = calls_outside(reading, paths, reader)
    return Followed(with_rounds(Graph(reading.queries, reading.outlines, Directory(reading.outlines, paths))), outside)


def with_server_and_drift(databases: Sequence[Database], db: str | None, reading: Reading) -> list[Database]:
    known = ask_server(db, databases, reading) if db is not None else databases
    return [with_drift(database, reading) for database in known]


def ask_server(db: str, databases: Sequence[Database], reading: Reading) -> list[Database]:
    """The databases with the live schema of the one that the server has."""
    from advisor.sources.living import join_live
    from advisor.sources.postgres import introspect

    found = introspect(db)
    reading.named.add(found.shown)
    reading.skipped.extend(found.problems)
    return join_live(databases, found)


def with_outside_calls(files: Iterable[CodeFile], calls: Iterable[OutsideCall]) -> Iterator[CodeFile]:
    by_path: dict[str, list[OutsideCall]] = {}
    for call in calls:
        by_path.setdefault(call.location.path, []).append(call)
    for file in files:
        yield replace(file, outside_calls=tuple(by_path[file.path])) if file.path in by_path else file


def with_drift(database: Database, reading: Reading) -> Database:
    """A database with what differs between its declared, built and live schemas, where it has two of them."""
    if sum(schema is not None for schema in (database.declared, database.built, database.live)) < 2:
        return database
    from advisor.sources.comparing.drift import drift

    found = replace(database, drift=drift(database))
    if not found.drift:
        return found
    from advisor.sources.comparing.doubts import with_doubts

    return with_doubts(found, reading.skipped, reading.texts)


def read_file(file: FoundFile, reading: Reading) -> None:
    """Read one file as what its name says, or its content where the name says nothing."""
    reading.relative[file.shown] = file.relative
    if file.kind == "migration order" and file.path.name in KNOWN_BY_NAME:
        reading.orders[file.shown] = SourceText(file.shown, "")
        return
    data = file.data if file.data is not None else read_bytes(file.path, file.shown)
    if isinstance(data, Skipped):
        reading.skipped.append(data)
        return
    if file.kind == "code" and (reason := reason_to_leave_code(data, named=file.named)):
        if reason != NO_DATA_ACCESS:
            reading.skipped.append(Skipped(file.shown, reason, "failed" if file.named else "left alone"))
        elif (caller := caller_of(file, data)) is not None:
            reading.callers.append(caller)
        return
    if file.kind == "perhaps a plan" and not file.named and not may_hold_plan(data):
        return
    decoded = decode(data, file.shown)
    reading.skipped.extend(decoded.problems)
    if decoded.source is not None:
        if not decoded.source.text.strip():
            reading.leave(decoded.source, "the file is empty")
        else:
            read_text(decoded.source, file, reading)


def read_text(source: SourceText, file: FoundFile, reading: Reading) -> None:
    match file.kind:
        case "prisma":
            reading.prisma.append(source)
        case "sql":
            read_sql_text(source, file, reading)
        case "code":
            read_code_text(source, file, reading)
        case "shell":
            read_shell_text(source, file, reading)
        case "manifest":
            read_manifest_text(source, reading)
        case "migration order":
            reading.orders[source.path] = source
        case "migration lock":
            read_migration_lock(source, reading)
        case "prisma config":
            read_prisma_config(source, reading)
        case _:
            read_unknown_text(source, reading)


def read_sql_text(source: SourceText, file: FoundFile, reading: Reading) -> None:
    from advisor.sources.explain import looks_like_plan
    from advisor.sources.migrations.dialects import named_dialect
    from advisor.sources.sql import dialect_of

    named = named_dialect(file.relative)
    if looks_like_plan(source.text):
        read_plan_text(source, reading)
    elif named not in (None, "postgresql"):
        reading.leave(source, f"SQL of another database ({named})")
    elif (dialect := dialect_of(source.text)) != "postgresql":
        reading.leave(source, f"SQL of another database ({dialect})")
        reading.other_dialects[source.path.rpartition("/")[0]] = dialect
    else:
        ready, told = with_stand_ins(source)
        reading.sql.append(ready)
        reading.take(source)
        reading.skipped.extend([told] if told is not None else [])


def read_code_text(source: SourceText, file: FoundFile, reading: Reading) -> None:
    """Note a file of code as one to be read, with what has to be known before: whether it is a migration, or declares a schema."""
    from advisor.sources.code_readings import CodeText

    migration = read_code_migration(source, lambda: modules_of(reading))
    if migration is not None:
        take_code_migration(migration, source, reading)
    reading.take(source)
    if (orm := declares_schema_of(source.path, source.text)) is not None:
        reading.orm_paths[source.path] = orm
    role = role_of(file.relative) if migration is None else "migration"
    reading.code_texts.append(CodeText(source, role, is_migration=migration is not None))


def take_code_migration(migration: MigrationText, source: SourceText, reading: Reading) -> None:
    """Keep a migration written in code, unless it is for another database."""
    if (dialect := dialect_of_migration(migration)) != "postgresql":
        reading.leave(source, f"a migration of another database ({dialect})")
        reading.other_dialects[source.path.rpartition("/")[0]] = dialect
    else:
        reading.code_migrations.append(migration)
        reading.skipped.extend(migration.problems)


def read_shell_text(source: SourceText, file: FoundFile, reading: Reading) -> None:
    from advisor.sources.shell_scripts import read_shell_script

    found = read_shell_script(source, role_of(file.relative))
    reading.take(source)
    if found.shell_commands:
        reading.code.append(found)


def read_manifest_text(source: SourceText, reading: Reading) -> None:
    from advisor.sources.manifest import read_manifest

    manifest = read_manifest(source)
    if isinstance(manifest, Skipped):
        reading.skipped.append(manifest)
    else:
        reading.manifests.append(manifest)
        reading.take(source)
        reading.note_schema_place(source.path, manifest.prisma_schema)


def read_migration_lock(source: SourceText, reading: Reading) -> None:
    """migration_lock.toml marks a folder as a Prisma history, and names the database that it is for."""
    try:
        provider = tomllib.loads(source.text).get("provider", "postgresql")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason, _, place = str(error or "nested too deeply").partition(" (at line ")
        location = source.location(source.offset(*map(int, re.findall(r"\d+", place))) if place else 0)
        reading.skipped.append(Skipped(source.path, f"not TOML: {reason.removesuffix(' (at end of document)')}", location=location))
        return
    folder = source.path.rpartition("/")[0]
    reading.take(source)
    reading.lock_folders.append(folder)
    if provider not in POSTGRESQL_PROVIDERS:
        reading.other_dialects[folder] = str(provider)
        reading.other_locks[folder] = LockFault(source.location(max(source.text.find("provider"), 0)), str(provider))


def read_prisma_config(source: SourceText, reading: Reading) -> None:
    from advisor.sources.prisma.project import read_config
    from advisor.sources.typescript import syntax_problem

    config, unread = read_config(source)
    reading.take(source)
    reading.skipped.extend(problem for problem in (syntax_problem(source), *unread) if problem is not None)
    reading.prisma_configs.append((source.path.rpartition("/")[0], config))
    reading.note_schema_place(source.path, config.schema)


def read_plan_text(source: SourceText, reading: Reading) -> None:
    from advisor.sources.explain import read_plans

    found = read_plans(source)
    reading.take(source)
    reading.plans.extend(found.plans)
    reading.skipped.extend(found.problems)


def read_unknown_text(source: SourceText, reading: Reading) -> None:
    from advisor.sources.explain import looks_like_plan

    if looks_like_plan(source.text):
        read_plan_text(source, reading)
    elif source.path in reading.named:
        reading.leave(source, "not recognised: neither a Prisma schema, SQL, TypeScript or JavaScript, nor EXPLAIN output")


def reason_to_leave_code(data: bytes, *, named: bool) -> str | None:
    """Why a file of code is not parsed, or None. One that was asked for by name is left only where parsing would take for ever."""
    from advisor.sources.typescript import mentions_data_access

    if not named and not mentions_data_access(data) and not may_be_code_migration(data):
        return NO_DATA_ACCESS
    if len(data) > MAX_CODE_BYTES:
        return f"over {MAX_CODE_BYTES / 1_000_000} MB of code: a bundle"
    if named:
        return None
    head = data[:GENERATED_PROBE].decode(errors="replace")
    if any(mark in head for mark in GENERATED_MARKS):
        return "generated code"
    return "minified code" if len(data) > MINIFIED_LINE * (data.count(b"\n") + 1) else None


def may_hold_plan(data: bytes) -> bool:
    """Whether a file whose name says nothing, such as a log, has a word in it that only plans have; a search of bytes."""
    return any(mark in data for mark in PLAN_MARKS)
