"""The ORM schemas of a project. In: what was read of its code. Out: one schema for each Drizzle configuration or package.

Nothing here runs in a project without such a schema, and tree-sitter is not loaded for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Orm, Schema, Skipped
from advisor.sources.code_files import modules_of
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.module_paths import joined
from advisor.sources.orm.mentions import CONFIGURATION
from advisor.sources.orm.patterns import matching
from advisor.sources.reading import Reading
from advisor.sources.roles import role_of

if TYPE_CHECKING:
    from advisor.sources.orm.drizzle import DrizzleSettings

Reader = Callable[[Sequence[Module], Evaluator], tuple[Schema, list[Skipped]]]


class OrmSchema(Struct, frozen=True):
    """What one ORM declares of one database. `migrations` is the folder of its history, where that is said."""

    orm: Orm
    folder: str
    schema: Schema
    paths: tuple[str, ...]
    migrations: str | None = None


def read_orm_schemas(reading: Reading) -> list[OrmSchema]:
    """All schemas of a project, by folder."""
    if not reading.orm_paths:
        return []
    evaluator = Evaluator(modules_of(reading))
    found = [*read_configured(reading, evaluator)]
    covered = {package_of(path, reading) for schema in found for path in files_of(schema)} | {schema.folder for schema in found}
    orms: tuple[Orm, ...] = ("drizzle", "sequelize", "typeorm")
    for orm in orms:
        for folder, paths in by_package(orm, reading).items():
            if orm == "drizzle" and folder in covered:
                continue
            schema = read_modules(orm, paths, evaluator, reading)
            if schema is not None and schema.tables:
                found.append(OrmSchema(orm, folder, schema, tuple(paths)))
    return found


def files_of(schema: OrmSchema) -> set[str]:
    """The files that a configuration names, and those that declare the tables which these export."""
    return {*schema.paths, *(table.location.path for table in schema.schema.tables)}


def read_modules(
    orm: Orm, paths: Sequence[str], evaluator: Evaluator, reading: Reading, casing: str | None = None
) -> Schema | None:
    """The schema that some files declare; None where none of them can be read."""
    modules = [module for path in paths if (module := evaluator.modules.load(path)) is not None]
    if not modules:
        return None
    if orm == "drizzle":
        from advisor.sources.orm.drizzle import read_drizzle

        schema, problems = read_drizzle(modules, evaluator, casing)
    else:
        schema, problems = reader_of(orm)(modules, evaluator)
    for module in modules:
        reading.take(module.tree.source)
    reading.skipped.extend(problems)
    return schema


def reader_of(orm: Orm) -> Reader:
    if orm == "sequelize":
        from advisor.sources.orm.sequelize import read_sequelize

        return read_sequelize
    from advisor.sources.orm.typeorm import read_typeorm

    return read_typeorm


def read_configured(reading: Reading, evaluator: Evaluator) -> Iterator[OrmSchema]:
    """The schemas that a drizzle.config.ts names."""
    from advisor.sources.orm.drizzle import read_settings

    chosen: dict[tuple[str, ...], tuple[str, DrizzleSettings]] = {}
    for path in sorted(path for path in reading.code_paths if CONFIGURATION.search(path)):
        module = evaluator.modules.load(path)
        settings = read_settings(module, evaluator) if module is not None else None
        if settings is None:
            continue
        settings, files = where_it_is_run(settings, reading)
        if files and (files not in chosen or is_inside(files[0], settings.folder)):
            chosen[files] = (path, settings)
    for files, (path, settings) in chosen.items():
        if settings.dialect is not None and not settings.dialect.startswith(("postgres", "pg", "gel")):
            reading.skipped.append(Skipped(path, f"a schema of another database ({settings.dialect})", "left alone"))
            continue
        schema = read_modules("drizzle", files, evaluator, reading, settings.casing)
        if schema is not None and schema.tables:
            folder = settings.folder if is_inside(files[0], settings.folder) else package_of(files[0], reading)
            yield OrmSchema("drizzle", folder, schema, files, joined(settings.folder, settings.out or "drizzle"))


def where_it_is_run(settings: DrizzleSettings, reading: Reading) -> tuple[DrizzleSettings, tuple[str, ...]]:
    """The settings with the folder that their paths start from, and the files that they name.

    drizzle-kit takes paths from the folder that it is run in, which is one above where the configuration lies deeper in a package.
    """
    folder = settings.folder
    while True:
        files = tuple(matching(settings.schema, folder, reading.code_paths))
        if files or not folder or folder == package_of(f"{settings.folder}/drizzle.config.ts", reading):
            return (replace(settings, folder=folder) if files else settings), files
        folder = folder.rpartition("/")[0]


def by_package(orm: Orm, reading: Reading) -> dict[str, list[str]]:
    """The files that declare an ORM's tables, by the folder of the package that they belong to; tests are nobody's schema."""
    groups: dict[str, list[str]] = {}
    for path, declares in sorted(reading.orm_paths.items()):
        if declares != orm or CONFIGURATION.search(path):
            continue
        if role_of(reading.relative.get(path, path)) in ("test", "migration", "seed") and path not in reading.named:
            continue
        groups.setdefault(package_of(path, reading), []).append(path)
    return groups


def package_of(path: str, reading: Reading) -> str:
    """The folder of the package.json nearest above a file; without one, the project's."""
    folders = (manifest.path.rpartition("/")[0] for manifest in reading.manifests)
    return max((folder for folder in folders if is_inside(path, folder)), key=len, default="")


def is_inside(path: str, folder: str) -> bool:
    return not folder or path.startswith(folder + "/")
