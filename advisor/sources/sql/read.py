"""SQL files read in order. In: their texts, and the schema before them. Out: the schema after them, and what each of them does.

Statements are applied one after another to one catalog. What PostgreSQL would refuse (a second CREATE TABLE of one name, a change
of a column that is not there) is left alone and said; what speaks of a table that no statement makes is taken on trust.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from json import loads

from msgspec import Struct
from msgspec.structs import replace
from pglast.parser import parse_sql_json

from advisor.model import (
    AddForeignKey,
    AlterTable,
    CreateIndex,
    CreateTable,
    ForeignKey,
    Index,
    Location,
    Migration,
    Name,
    Operation,
    Query,
    RenameTable,
    Schema,
    Scope,
    Skipped,
    SourceText,
    Tool,
    WrittenName,
    tool_named,
)
from advisor.model.migration.tools import SQL
from advisor.sources.migrations.texts import MigrationText
from advisor.sources.migrations.transactions import begins_one, transaction_of
from advisor.sources.roles import role_of
from advisor.sources.sql.apply import apply
from advisor.sources.sql.catalog.catalog import DEFAULT_SEARCH_PATH, Catalog, RefusedError
from advisor.sources.sql.queries import Reader, query_of
from advisor.sources.sql.text.statements import Statement, read_statements
from advisor.sources.sql.text.tree import Node, fields_of
from advisor.sources.sql.text.written_names import cut_names, unqualified_names
from advisor.sources.sql.transactions import begin_file

DUMP_HEADERS = (
    "-- PostgreSQL database dump",
    "-- PostgreSQL database cluster dump",
    "SELECT pg_catalog.set_config('search_path', '', false);",
)
"""What pg_dump writes at the head; its comments are taken out of a structure.sql by Rails (postgresql_database_tasks.rb,
`remove_sql_header_comments`)."""
DUMP_END = "-- PostgreSQL database dump complete"
HEADER_CHARACTERS = 2_000

FOLDER_NAMES_IT = frozenset({"migration.sql", "up.sql"})
"""Files that all have one name: the folder tells which migration it is."""

NUMBERED = re.compile(r"[VR]?_*\d", re.IGNORECASE)
INCLUDE = re.compile(r"^\\(?:i|ir|include|include_relative)\b[^\r\n]*", re.MULTILINE)
QUERY_KINDS = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})
FROM_SOMEWHERE = ("fromClause", "larg", "withClause")
MAX_INSERT = 20_000
"""Characters of an INSERT; a longer one is data."""


class SqlReading(Struct, frozen=True):
    """What SQL files say. `creates` are the tables that they make, `touches` those that they change without having made them."""

    schema: Schema
    migrations: tuple[Migration, ...] = ()
    queries: tuple[Query, ...] = ()
    problems: tuple[Skipped, ...] = ()
    creates: frozenset[Name] = frozenset()
    touches: frozenset[Name] = frozenset()
    dump: bool = False
    """Whether one of them is what pg_dump writes."""


@dataclass
class Replay:
    """Files while they are applied."""

    catalog: Catalog
    migrations: list[Migration] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    problems: list[Skipped] = field(default_factory=list)
    cut: list[WrittenName] = field(default_factory=list)
    unqualified: list[WrittenName] = field(default_factory=list)

    def take_names(self, statement: Statement) -> None:
        """Keep how a statement writes names."""
        self.cut += cut_names(statement)
        if self.catalog.search_path == DEFAULT_SEARCH_PATH:
            self.unqualified += unqualified_names(statement)

    def given_names(self) -> tuple[tuple[WrittenName, ...], tuple[WrittenName, ...]]:
        """The names kept since this was last asked: those that are cut, those without a schema."""
        found = (tuple(dict.fromkeys(self.cut)), tuple(dict.fromkeys(self.unqualified)))
        self.cut, self.unqualified = [], []
        return found


def read_sql(sources: Sequence[SourceText], *, before: Schema | None = None, migrations: str | None = None) -> SqlReading:
    """Apply files in order to the schema before them.

    `migrations` names the tool that runs each file as a migration; without it there are none in the result.
    """
    tool = migrations or "sql"
    texts = [MigrationText(migration_name(source.path), source.path, (source,), tool=tool) for source in sources]
    found = replay_all(texts, before)
    return replace(found, migrations=found.migrations if migrations else ())


def read_history(migrations: Sequence[MigrationText], *, before: Schema | None = None) -> SqlReading:
    """Apply migrations in order to the schema before them. Each knows how many come after it."""
    found = replay_all(migrations, before)
    return replace(found, migrations=tuple(with_places(found.migrations)))


def with_places(migrations: Sequence[Migration]) -> Iterator[Migration]:
    """SQL files that no tool runs are in order only where they are numbered."""
    later = sum(has_order(migration) for migration in migrations)
    for migration in migrations:
        later -= has_order(migration)
        yield replace(migration, later=later) if has_order(migration) else migration


def has_order(migration: Migration) -> bool:
    return migration.tool != SQL.name or NUMBERED.match(migration.name) is not None


def replay_all(migrations: Sequence[MigrationText], before: Schema | None) -> SqlReading:
    replay = Replay(Catalog(before))
    for migration in migrations:
        read_migration(replay, migration)
    operations = [operation for migration in replay.migrations for operation in migration.operations]
    made, touched = tables_made_and_touched(operations)
    return SqlReading(
        schema=replay.catalog.snapshot(),
        migrations=tuple(replay.migrations),
        queries=tuple(replay.queries),
        problems=tuple(replay.problems),
        creates=made,
        touches=touched,
        dump=any(is_dump(source.text) for migration in migrations for source in migration.up),
    )


def read_migration(replay: Replay, text: MigrationText) -> None:
    before = replay.catalog.snapshot()
    tool = tool_named("dump" if text.tool == "sql" and any(is_dump(source.text) for source in text.up) else text.tool)
    operations = [operation for source in text.up for operation in read_file(replay, source, tool)]
    cut, unqualified = replay.given_names()
    replay.catalog.end_session()
    after = replay.catalog.snapshot()
    down, problems = read_way_back(text.down, after)
    replay.problems += problems
    first = next(iter((*text.up, *text.down)), SourceText(text.path, ""))
    replay.migrations.append(
        Migration(
            text.name, first.location(0, len(first.text)), tuple(operations), before, tool.name, after, down,
            has_down=bool(text.down),
            transaction=transaction_of(tool, text.transactional, operations, text.tool_version),
            begun_by_tool=begins_one(tool, text.transactional, operations, text.tool_version),
            version=text.version,
            repeatable=text.repeatable,
            cut_names=cut,
            unqualified_names=unqualified,
        )
    )  # fmt: skip


def read_way_back(sources: Sequence[SourceText], after: Schema) -> tuple[tuple[Operation, ...], list[Skipped]]:
    """What undoes a migration, as operations; nothing is changed by them. Only the tables that it names are looked at."""
    if not sources:
        return (), []
    words = {word for source in sources for word in re.findall(r"\w+", source.text)}
    tables = tuple(
        table for table in after.tables if table.name.name in words or any(index.name in words for index in table.indexes)
    )
    scratch = Replay(Catalog(Schema(tables, after.enums)))
    operations = [operation for source in sources for operation in read_file(scratch, source, SQL)]
    return tuple(operations), [problem for problem in scratch.problems if problem.kind == "failed"]


def read_file(replay: Replay, source: SourceText, tool: Tool) -> list[Operation]:
    """Apply the statements of one file."""
    operations: list[Operation] = []
    scope = Scope("seed" if tool.name == "dump" else role_of(source.path) if tool.name == "sql" else "migration")
    begin_file(replay.catalog, source.text)
    for statement in read_statements(source):
        if isinstance(statement, Skipped):
            replay.problems.append(statement)
            continue
        replay.take_names(statement)
        try:
            operations.extend(apply(replay.catalog, statement))
            collect_query(replay, statement, scope)
        except RefusedError as refused:
            replay.problems.append(Skipped(source.path, refused.reason, "left alone", refused.location))
        except RecursionError:
            reason = "the statement is nested too deeply to be read"
            replay.problems.append(Skipped(source.path, reason, "failed", statement.location))
        replay.problems.extend(replay.catalog.take_unexamined())
    replay.problems.extend(includes_of(source))
    replay.problems.extend(end_of_dump(source))
    return operations


def includes_of(source: SourceText) -> Iterator[Skipped]:
    """psql's `\\i other.sql`: the other file is read if it was found, but not at this place."""
    for match in INCLUDE.finditer(source.text) if "\\i" in source.text else ():
        reason = f"{match.group()} is not followed"
        yield Skipped(source.path, reason, "left alone", source.location(match.start(), match.end()))


def end_of_dump(source: SourceText) -> Iterator[Skipped]:
    """A dump between two statements cut off reads like a smaller one, but for its last comment."""
    if DUMP_HEADERS[0] + "\n" in source.text[:HEADER_CHARACTERS] and DUMP_END not in source.text:
        reason = f"the dump may be cut off: its last line, `{DUMP_END}`, is missing"
        yield Skipped(source.path, reason, "left alone", source.location(len(source.text)))


def collect_query(replay: Replay, statement: Statement, scope: Scope) -> None:
    """Keep a statement that reads or changes rows of a table."""
    select = statement.kind == "SelectStmt"
    if statement.kind not in QUERY_KINDS or (select and not any(part in statement.fields for part in FROM_SOMEWHERE)):
        return
    insert = statement.kind == "InsertStmt"
    if insert and (len(statement.text) > MAX_INSERT or scope.role != "application"):
        return

    def locate(node: Node) -> Location:
        offset = statement.offset(node)
        return statement.location if offset is None else statement.stretch(offset, offset)

    def between(first: Node, last: Node, length: int) -> Location | None:
        start, end = statement.offset(first), statement.offset(last)
        return statement.stretch(start, end + length) if start is not None and end is not None else None

    reader = Reader(locate, between=between)
    fields = fields_of(loads(parse_sql_json(statement.text))["stmts"][0]["stmt"]) if insert else statement.fields
    query = query_of(statement.kind, fields, statement.text, statement.location, scope, reader)
    if query is not None:
        replay.queries.append(query)


def migration_name(path: str) -> str:
    """The name of a migration: its file's, or its folder's where all files are called alike."""
    folder, _, file = path.rpartition("/")
    return folder.rpartition("/")[2] or file if file in FOLDER_NAMES_IT else file


def is_dump(text: str) -> bool:
    return any(header in text[:HEADER_CHARACTERS] for header in DUMP_HEADERS)


def tables_made_and_touched(operations: Iterable[Operation]) -> tuple[frozenset[Name], frozenset[Name]]:
    """The tables that operations make, and those that they alter or index without having made them."""
    made: set[Name] = set()
    touched: set[Name] = set()
    for operation in operations:
        match operation:
            case CreateTable(table=table):
                made.add(table)
            case RenameTable(table=old, new_name=new):
                (made if old in made else touched).update((old, new) if old in made else (old,))
            case (
                AlterTable(table=table) | CreateIndex(index=Index(table=table)) | AddForeignKey(foreign_key=ForeignKey(table=table))
            ):
                if table not in made:
                    touched.add(table)
    return frozenset(made), frozenset(touched)
