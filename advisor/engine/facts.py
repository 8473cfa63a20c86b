"""What rules may look at, and how it is found in a project.

A rule's first parameter is annotated with a type of `FACTS`, or with a kind of `Operation`: it runs once for each such value. Its
other parameters are annotated
with types of `CONTEXT`, or with its own `Options`: they are handed over with each fact, as pytest hands over fixtures.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import Any

from msgspec import Struct

from advisor.errors import ConfigurationError
from advisor.model import (
    AddForeignKey,
    ApiUse,
    ClientConfig,
    CodeFile,
    Column,
    CreateIndex,
    Database,
    ForeignKey,
    Index,
    LinkedQuery,
    Migration,
    Name,
    Operation,
    Plan,
    PlanChange,
    PrismaSchema,
    Project,
    Queries,
    Query,
    RawSql,
    RedisCommand,
    Schema,
    ShellCommand,
    Table,
    Target,
)
from advisor.rule import Options, Rule


class Surroundings(Struct, frozen=True):
    """Where a fact stands."""

    project: Project
    database: Database | None = None
    table: Table | None = None
    file: CodeFile | None = None
    migration: Migration | None = None


Fact = tuple[Any, Surroundings]
FactProvider = Callable[[Project], Iterator[Fact]]


def _databases(project: Project) -> Iterator[Fact]:
    for database in project.databases:
        yield database, Surroundings(project, database)


def _of_database(get: Callable[[Database], tuple[Any, ...]]) -> FactProvider:
    def provide(project: Project) -> Iterator[Fact]:
        for database in project.databases:
            for value in get(database):
                yield value, Surroundings(project, database, value if isinstance(value, Table) else None)

    return provide


def _migrations(project: Project) -> Iterator[Fact]:
    """A dump is no history: it says what is there, and is run on an empty server."""
    for database in project.databases:
        for migration in database.migrations:
            if migration.tool != "dump":
                yield migration, Surroundings(project, database, migration=migration)


def _operations(kind: type[Operation]) -> FactProvider:
    def provide(project: Project) -> Iterator[Fact]:
        for migration, around in _migrations(project):
            for operation in migration.operations:
                if isinstance(operation, kind):
                    yield operation, around

    return provide


def _columns(project: Project) -> Iterator[Fact]:
    for database in project.databases:
        for table, column in database.columns():
            yield column, Surroundings(project, database, table)


def _foreign_keys(project: Project) -> Iterator[Fact]:
    """The foreign keys of tables; those of partitions and heirs are their parents'. Of a table that the input never creates, those
    that it gets, with the indexes that it gets."""
    for database in project.databases:
        for table in (*database.schema.tables, *_unseen_tables(database)):
            if database.schema.parent_of(table) is None:
                for key in table.foreign_keys:
                    yield key, Surroundings(project, database, table)


def _unseen_tables(database: Database) -> Iterator[Table]:
    keys: dict[Name, list[ForeignKey]] = {}
    indexes: dict[Name, list[Index]] = {}
    for migration in database.migrations:
        for step in migration.operations:
            if isinstance(step, AddForeignKey) and migration.before.table(step.table) is None and migration.finds(step.table):
                keys.setdefault(step.table, []).append(step.foreign_key)
            elif isinstance(step, CreateIndex):
                indexes.setdefault(step.table, []).append(step.index)
    for name, found in keys.items():
        if database.schema.table(name) is None:
            known = tuple(indexes.get(name, ()))
            yield Table(name, (), found[0].location, indexes=known, foreign_keys=tuple(found), complete=False)


def _of_code(get: Callable[[CodeFile], tuple[Any, ...]]) -> FactProvider:
    def provide(project: Project) -> Iterator[Fact]:
        for file in project.code:
            for value in get(file):
                yield value, Surroundings(project, nearest_database(project, file.path), file=file)

    return provide


def _linked_queries(project: Project) -> Iterator[Fact]:
    for database in project.databases:
        for linked in database.queries:
            yield linked, Surroundings(project, database, linked.table)


def _queries(project: Project) -> Iterator[Fact]:
    homes: dict[int, tuple[Table | None, Database]] = {
        id(linked.query): (linked.table, database) for database in project.databases for linked in database.queries
    }
    homes |= {id(query): (None, database) for database in project.databases for query in database.queries_without_table}
    for query in project.queries:
        table, database = homes.get(id(query), (None, None))
        yield query, Surroundings(project, database, table)


def _plans(project: Project) -> Iterator[Fact]:
    homes = {id(plan): database for database in project.databases for plan in database.plans}
    for plan in project.plans:
        yield plan, Surroundings(project, homes.get(id(plan)))


def _plan_changes(project: Project) -> Iterator[Fact]:
    homes = {id(plan): database for database in project.databases for plan in database.plans}
    for change in project.plan_changes:
        yield change, Surroundings(project, homes.get(id(change.after)))


def _project(project: Project) -> Iterator[Fact]:
    yield project, Surroundings(project)


def nearest_database(project: Project, path: str) -> Database | None:
    """The one database, or the one whose folder is nearest to a file's."""
    from advisor.model.project import shared_depth

    return max(project.databases, key=lambda database: shared_depth(database.folder + "/", path), default=None)


FACTS: Mapping[type[Any], FactProvider] = {
    Column: _columns,
    ForeignKey: _foreign_keys,
    Table: _of_database(lambda database: database.schema.tables),
    Schema: _of_database(lambda database: (database.schema,)),
    Migration: _migrations,
    PrismaSchema: _of_database(lambda database: (database.prisma,) if database.prisma else ()),
    Database: _databases,
    Query: _queries,
    LinkedQuery: _linked_queries,
    Plan: _plans,
    PlanChange: _plan_changes,
    CodeFile: _of_code(lambda file: (file,)),
    RawSql: _of_code(lambda file: file.raw_sql),
    ClientConfig: _of_code(lambda file: file.clients),
    RedisCommand: _of_code(lambda file: file.redis_commands),
    ShellCommand: _of_code(lambda file: file.shell_commands),
    ApiUse: _of_code(lambda file: file.api_uses),
    Project: _project,
}

CONTEXT: Mapping[type[Any], Callable[[Surroundings], Any]] = {
    Project: lambda around: around.project,
    Database: lambda around: around.database,
    Schema: lambda around: around.database.schema if around.database else None,
    Table: lambda around: around.table,
    CodeFile: lambda around: around.file,
    Migration: lambda around: around.migration,
    Queries: lambda around: queries_of(around.database) if around.database and around.database.queries else None,
    PrismaSchema: lambda around: around.database.prisma if around.database else None,
}

EVIDENCE: Mapping[type[Any], str] = {
    Column: "a schema",
    ForeignKey: "a schema",
    Table: "a schema",
    Schema: "a schema",
    Database: "a schema",
    Migration: "migrations",
    PrismaSchema: "a Prisma schema",
    Query: "queries in code or SQL",
    LinkedQuery: "queries in code with the schema they go to",
    Queries: "queries in code with the schema they go to",
    Plan: "EXPLAIN output",
    PlanChange: "EXPLAIN output from before and after a change",
    CodeFile: "application code that uses a database",
    RawSql: "SQL in application code",
    ClientConfig: "a database client made in code",
    RedisCommand: "Redis commands in code",
    ShellCommand: "child processes in code",
    ApiUse: "library calls in code",
    Project: "a project",
}
"""What each kind of fact is called where it is missing."""


def facts_of(kind: type[Any], project: Project) -> Iterator[Fact]:
    """Every value of a kind in a project, with where it stands."""
    return (_operations(kind) if issubclass(kind, Operation) else FACTS[kind])(project)


def wider_kinds(kind: type[Any]) -> tuple[type[Any], ...]:
    """Kinds that would have held such facts: migrations without an operation of some kind were examined all the same."""
    if issubclass(kind, Operation):
        return (Migration,)
    return (Table,) if kind in (Column, ForeignKey) else (Plan,) if kind is PlanChange else ()


def evidence_for(kind: type[Any]) -> str:
    return EVIDENCE[Migration if issubclass(kind, Operation) else kind]


def is_fact(kind: type[Any]) -> bool:
    return kind in FACTS or issubclass(kind, Operation)


def queries_of(database: Database) -> Queries:
    return Queries(tuple(linked.query for linked in database.queries))


class Parameter(Struct, frozen=True):
    """A rule's parameter: a kind of fact, or its own options. A rule's first one may be one of several kinds (`Query | Plan`)."""

    kind: type[Any]
    optional: bool = False
    other_kinds: tuple[type[Any], ...] = ()

    @property
    def kinds(self) -> tuple[type[Any], ...]:
        return (self.kind, *self.other_kinds)


def parameters_of(rule: Rule) -> tuple[Parameter, ...]:
    """What a rule's annotations ask for; an error where they name a type that nobody provides."""
    hints = typing.get_type_hints(rule.function)
    names = list(inspect.signature(rule.function).parameters)
    found = tuple(parameter_from(hints.get(name)) for name in names)
    if not found or not all(map(is_fact, found[0].kinds)) or found[0].optional:
        raise ConfigurationError(
            f"rule {rule.name}: its first parameter must be annotated with a fact: {offered(FACTS)}, or a kind of Operation"
        )
    for name, parameter in zip(names[1:], found[1:], strict=True):
        if parameter.other_kinds or (parameter.kind not in (*CONTEXT, Target) and not is_options(parameter.kind)):
            raise ConfigurationError(
                f"rule {rule.name}: nobody provides what `{name}` asks for; on offer: {offered(CONTEXT)}, Target, Options"
            )
    return found


def parameter_from(annotation: Any) -> Parameter:
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        kinds = [kind for kind in typing.get_args(annotation) if kind is not NoneType]
        return Parameter(kinds[0], len(kinds) < len(typing.get_args(annotation)), tuple(kinds[1:]))
    return Parameter(annotation if isinstance(annotation, type) else NoneType)


def is_options(kind: type[Any]) -> bool:
    return issubclass(kind, Options)


def offered(kinds: Mapping[type[Any], object]) -> str:
    return ", ".join(sorted(kind.__name__ for kind in kinds))
