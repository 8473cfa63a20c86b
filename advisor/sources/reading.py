"""What has been read of a project so far: the one mutable value on the way from files to a Project."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from advisor.model import CodeFile, LockFault, Manifest, Orm, Outline, Plan, Query, Skipped, SourceText

if TYPE_CHECKING:
    from advisor.sources.callers import Caller
    from advisor.sources.code_readings import CodeText
    from advisor.sources.evaluation.modules import Modules
    from advisor.sources.prisma.project import PrismaConfig
    from advisor.sources.typescript import CodeReading
from advisor.sources.migrations.texts import MigrationText


@dataclass(slots=True)
class Reading:
    """What has been read so far. Texts are kept of the files that went into the model, for excerpts and inline ignores."""

    texts: dict[str, SourceText] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    prisma: list[SourceText] = field(default_factory=list)
    sql: list[SourceText] = field(default_factory=list)
    relative: dict[str, str] = field(default_factory=dict)
    """Paths from the folder under review, by the path that is shown."""
    other_dialects: dict[str, str] = field(default_factory=dict)
    """Folders with SQL of another database, and which."""
    lock_folders: list[str] = field(default_factory=list)
    other_locks: dict[str, LockFault] = field(default_factory=dict)
    """Folders whose migration_lock.toml names another database."""
    orders: dict[str, SourceText] = field(default_factory=dict)
    """Small files beside migrations that fix their order or their tool (`_journal.json`, `atlas.sum`, `sqitch.plan`), by path."""
    schema_folders: list[str] = field(default_factory=list)
    """Where a prisma.config.ts or package.json says that a schema of several files lies."""
    prisma_configs: list[tuple[str, PrismaConfig]] = field(default_factory=list)
    """Each prisma.config.ts, by the folder that it lies in."""
    manifests: list[Manifest] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    code: list[CodeFile] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    code_texts: list[CodeText] = field(default_factory=list)
    """Files of code that are still to be read."""
    outlines: dict[str, Outline] = field(default_factory=dict)
    """What each file of code offers to others and whom it calls, by path."""
    callers: list[Caller] = field(default_factory=list)
    """Files of code that mention no data access, and may call those that do."""
    code_paths: dict[str, Path] = field(default_factory=dict)
    """All files of code, those included that access no data: a schema may import its constants from them."""
    modules: Modules | None = None
    """The same as modules, once something asks for them (`code_files`)."""
    code_migrations: list[MigrationText] = field(default_factory=list)
    """Migrations written in TypeScript or JavaScript, as the SQL that they run."""
    orm_paths: dict[str, Orm] = field(default_factory=dict)
    """The files that may declare an ORM's tables, or say where they are."""

    def take(self, source: SourceText) -> None:
        self.texts[source.path] = source

    def take_code(self, found: CodeReading) -> None:
        """Keep what a file of code holds."""
        self.code.append(found.file)
        self.outlines[found.file.path] = found.outline
        self.queries.extend(found.queries)
        self.skipped.extend(found.problems)

    @property
    def has_transactions(self) -> bool:
        """Whether a call of code that has been read stands in a transaction."""
        return any(call.transaction is not None for outline in self.outlines.values() for call in outline.calls)

    def leave(self, source: SourceText, reason: str) -> None:
        """A file that is not for us: a failure where it was asked for by name, a decision elsewhere."""
        self.skipped.append(Skipped(source.path, reason, "failed" if source.path in self.named else "left alone"))

    def note_schema_place(self, settings_path: str, schema: str | None) -> None:
        """Remember a folder that the settings beside it name as the place of the schema."""
        if schema and not schema.endswith(".prisma"):
            folder = posixpath.normpath(posixpath.join(settings_path.rpartition("/")[0], schema))
            self.schema_folders.append("" if folder == "." else folder)
