"""A schema's blocks in, the tables that its DDL would make out.

The names are those of the database: `@map`, `@@map` and `@@schema` applied, default names of keys and indexes as Prisma makes them.
What is ignored (`@ignore`, `@@ignore`) is still in the database and stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.model import Name, Schema, Table, WrittenName
from advisor.sources.prisma.declarations import Declarations, mapped_name
from advisor.sources.prisma.fields import ResolvedModel, resolve_model
from advisor.sources.prisma.indexes import indexes_of
from advisor.sources.prisma.names import clipped
from advisor.sources.prisma.relations import Relations, relate
from advisor.sources.prisma.settings import extensions_of
from advisor.sources.prisma.syntax import EnumBlock, Model, attribute_named, place, place_of_block, string_argument


def lower(declarations: Declarations, *, foreign_keys: bool, cockroach: bool, keyed_join_tables: bool) -> Schema:
    """The schema. What makes no sense is added to the declarations' problems and costs only itself."""
    models = {name: resolve_model(model, declarations, cockroach=cockroach) for name, model in declarations.models.items()}
    declarations.report_unknown_types()
    relations = relate(models, declarations, foreign_keys=foreign_keys, keyed=keyed_join_tables)
    tables = [table_of(resolved, relations, declarations) for resolved in without_clashes(models, declarations)]
    return Schema(
        tables=(*tables, *relations.join_tables),
        enums=tuple(declarations.enums.values()),
        extensions=extensions_of(declarations.configs),
        cut_names=tuple(cut_names(declarations)),
    )


def cut_names(declarations: Declarations) -> Iterator[WrittenName]:
    """The names of tables, columns and enums that PostgreSQL cuts. Names of keys and indexes Prisma cuts or refuses itself."""
    blocks: list[Model | EnumBlock] = [*declarations.models.values(), *declarations.enum_blocks.values()]
    for block in blocks:
        mapped = attribute_named(block.attributes, "map")
        name = (string_argument(mapped, "name", default=True) if mapped else None) or block.name.text
        if clipped(name) != name:
            yield WrittenName(name, place(block, mapped or block.name))
    for model in declarations.models.values():
        for field in model.fields:
            name = mapped_name(field) or field.name.text
            if field.type.name not in declarations.models and clipped(name) != name:
                yield WrittenName(name, place(model, attribute_named(field.attributes, "map") or field.name))


def without_clashes(models: dict[str, ResolvedModel], declarations: Declarations) -> list[ResolvedModel]:
    """The models that have a table to themselves: of two with one table the first."""
    owners: dict[Name, str] = {}
    kept = []
    for name, resolved in models.items():
        if resolved.table in owners:
            node = attribute_named(resolved.model.attributes, "map") or resolved.model.name
            declarations.report(resolved.model, node, f"the table `{resolved.table}` already belongs to {owners[resolved.table]}")
        else:
            owners[resolved.table] = name
            kept.append(resolved)
    return kept


def table_of(resolved: ResolvedModel, relations: Relations, declarations: Declarations) -> Table:
    name = resolved.model.name.text
    return Table(
        name=resolved.table,
        columns=tuple(resolved.columns.values()),
        location=place_of_block(resolved.model),
        indexes=indexes_of(resolved, declarations),
        foreign_keys=tuple(relations.foreign_keys[name]),
        relations=tuple(relations.fields[name]),
        kind="view" if resolved.is_view else "table",
        model=name,
        name_location=place(resolved.model, resolved.model.name),
    )
