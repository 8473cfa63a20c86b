"""Everything that was read of one project: what rules are run on."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from advisor.model.code import CodeFile, Dependency, Manifest
from advisor.model.difference import Difference
from advisor.model.location import Location
from advisor.model.migration import AddColumn, AlterColumnType, DropColumn, DropTable, Migration, RenameColumn
from advisor.model.plan import Plan, PlanChange
from advisor.model.prisma import PrismaSchema
from advisor.model.query import LinkedQuery, Query
from advisor.model.schema import Column, Expression, Name, Schema, Table
from advisor.model.schema.tools_own import platform_schemas


class Skipped(Struct, frozen=True):
    """Something that was not examined, and why.

    `left alone` was a decision (node_modules, another database's dialect), `failed` was not (unreadable, a syntax error).
    """

    path: str
    reason: str
    kind: Literal["left alone", "failed"] = "failed"
    location: Location | None = None

    def order(self) -> tuple[object, ...]:
        """Sorts by file and place; what has no place comes first."""
        return (self.path, (self.location.line, self.location.column) if self.location else (0, 0), self.reason, self.kind)


Orm = Literal["prisma", "drizzle", "typeorm", "sequelize"]


class LockFault(Struct, frozen=True):
    """What is wrong with the migration_lock.toml of a Prisma history."""

    location: Location
    """Of the provider in it; of the first migration where there is no such file."""
    provider: str | None = None
    """The other provider that it names; None where there is no such file."""


class Database(Struct, frozen=True, dict=True):
    """One database as the project describes it: a Prisma schema with its migrations, a migration folder, or SQL files.

    `folder` is where the description lies; code and plans belong to the nearest one that has their tables.
    """

    folder: str
    schema: Schema
    migrations: tuple[Migration, ...] = ()
    prisma: PrismaSchema | None = None
    queries: tuple[LinkedQuery, ...] = ()
    queries_without_table: tuple[Query, ...] = ()
    """Those that read its tables in subqueries only, and are about no one table."""
    plans: tuple[Plan, ...] = ()
    orm: Orm | None = None
    """The ORM whose schema `declared` is."""
    declared: Schema | None = None
    """What the ORM's schema alone says."""
    declares_all: bool = True
    """False where no migrations are made from the ORM's schema, which then may leave out what the code does not need."""
    built: Schema | None = None
    """What the migration history alone builds."""
    live: Schema | None = None
    """What the server has that was asked (`--db`)."""
    drift: tuple[Difference, ...] = ()
    """Where these differ, in what rules and users care for."""
    lock_fault: LockFault | None = None

    @property
    def may_be_prisma(self) -> bool:
        """Whether a change may be said in Prisma too: no other library declares the tables."""
        return self.orm in (None, "prisma")

    def columns(self) -> Iterator[tuple[Table, Column]]:
        """The columns of tables, where they are declared: partitions and heirs repeat their parents', views and those of Prisma's
        implicit tables nobody wrote, nor those in which tools keep their books, nor, in a whole database of Supabase's, the host's.
        A table that the input never creates has those that migrations give it."""
        return iter(self._columns)

    @cached_property
    def _columns(self) -> tuple[tuple[Table, Column], ...]:
        return tuple(self._list_columns())

    def _list_columns(self) -> Iterator[tuple[Table, Column]]:
        of_host = platform_schemas(self.schema.schemas)
        for table in self.schema.tables:
            of_others = table.implicit or table.of_tool or table.name.schema in of_host
            if table.kind in ("table", "partitioned table") and not of_others:
                parents = [parent for name in table.inherits if (parent := self.schema.table(name)) is not None]
                for column in table.columns:
                    if all(parent.column(column.name) is None for parent in parents):
                        yield table, column
        yield from columns_of_unseen_tables(self.migrations, self.schema)


def columns_of_unseen_tables(migrations: tuple[Migration, ...], schema: Schema) -> Iterator[tuple[Table, Column]]:
    """What migrations add to tables that the input never creates or give another type there, as the last of them leaves it."""
    found: dict[tuple[Name, str], Column] = {}
    for migration in migrations:
        for step in migration.operations:
            match step:
                case (
                    AddColumn(table=table, column=str(column), type=kind)
                    | AlterColumnType(table=table, column=str(column), new_type=kind)
                ):
                    if migration.before.table(table) is None and not migration.creates(table):
                        known = Column(column, kind, step.location)
                        found[table, column] = as_added(step, known) if isinstance(step, AddColumn) else known
                case DropColumn(table=table, column=str(column)):
                    found.pop((table, column), None)
                case RenameColumn(table=table, column=str(column), new_name=name) if (table, column) in found:
                    found[table, name] = replace(found.pop((table, column)), name=name)
                case DropTable(table=table):
                    found = {place: column for place, column in found.items() if place[0] != table}
    for (table, _), left in found.items():
        if schema.table(table) is None:
            yield Table(table, (left,), left.location, complete=False), left


def as_added(step: AddColumn, column: Column) -> Column:
    """The column with what the statement that adds it says of its values."""
    identity: Literal["always", "by default"] | None = ("always" if step.always else "by default") if step.identity else None
    # The name that PostgreSQL gives to a serial column's sequence where nothing else has it.
    text = f"nextval('{step.table.name}_{column.name}_seq'::regclass)" if step.serial else step.default_text
    return replace(column, nullable=not step.not_null, default=Expression(text) if text else None, identity=identity)


class Project(Struct, frozen=True):
    """The model of a whole project."""

    databases: tuple[Database, ...] = ()
    queries: tuple[Query, ...] = ()
    code: tuple[CodeFile, ...] = ()
    plans: tuple[Plan, ...] = ()
    plan_changes: tuple[PlanChange, ...] = ()
    """Plans of one statement, before and after a change."""
    manifests: tuple[Manifest, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    examined: tuple[str, ...] = ()
    """Paths of the files that were read and understood, in order."""

    def version_of(self, package: str, near: str) -> tuple[int, ...] | None:
        """The lowest version of a package that the manifest nearest to a file asks for; None where no manifest names it.

        In a monorepo the package may be declared in a sibling: then any manifest's word counts, the deepest shared folder first.
        """
        named = [(manifest, version) for manifest in self.manifests if (version := manifest.version_of(package)) is not None]
        return max(named, key=lambda pair: shared_depth(pair[0].path, near), default=(None, None))[1]

    def dependency_on(self, package: str, near: str) -> Dependency | None:
        """The word of that manifest on a package, with the range as written."""
        found = [(one.path, dependency) for one in self.manifests for dependency in one.dependencies if dependency.name == package]
        return max(found, key=lambda pair: shared_depth(pair[0], near), default=(None, None))[1]


def shared_depth(one: str, other: str) -> int:
    """How many leading folders two paths have in common."""
    depth = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        depth += 1
    return depth
