"""Schemas of ORM code for tests. In: files as texts or a folder of fixtures. Out: the schema, and what could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from advisor.model import Location, Schema, Skipped, SourceText, Table
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module, Modules
from advisor.sources.orm.ddl import relocated
from advisor.sources.orm.drizzle import read_drizzle

FIXTURES = Path(__file__).parents[3] / "fixtures" / "orm"
NOWHERE = Location("", 1, 1, 1, 1)


def modules_of(files: Mapping[str, str], entries: Sequence[str]) -> tuple[list[Module], Evaluator]:
    modules = Modules(files, lambda path: SourceText(path, files[path]))
    loaded = [module for entry in entries if (module := modules.load(entry)) is not None]
    return loaded, Evaluator(modules)


def drizzle(code: str, casing: str | None = None, **others: str) -> tuple[Schema, list[Skipped]]:
    """The schema of `schema.ts`; `others` are further files by their names without `.ts`."""
    files = {"schema.ts": code, **{f"{name}.ts": text for name, text in others.items()}}
    return read_drizzle(*modules_of(files, ["schema.ts"]), casing)


def files_below(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.[jt]s"))}


def facts(schema: Schema) -> dict[str, Table]:
    """The tables by name without places and without what only the code knows, so that two roads to them compare equal."""
    return {table.name.qualified: bare(table) for table in schema.tables if table.view is None and "view" not in table.kind}


def bare(table: Table) -> Table:
    moved = relocated(table, lambda _: NOWHERE)
    return replace(
        moved,
        model=None,
        name_location=None,
        implicit=False,
        left_to_hand=(),
        relations=(),
        columns=tuple(replace(column, field=None) for column in moved.columns),
        indexes=tuple(sorted((replace(index, name_is_default=False) for index in moved.indexes), key=repr)),
        foreign_keys=tuple(sorted(moved.foreign_keys, key=repr)),
        checks=tuple(sorted(moved.checks, key=repr)),
        not_nulls=tuple(sorted(moved.not_nulls, key=repr)),
        policies=tuple(sorted(moved.policies, key=repr)),
    )
