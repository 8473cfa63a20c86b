"""All checks in Prisma's order. In: the blocks of a schema. Out: what Prisma would refuse.

What blocks, fields and attributes say by themselves is looked at first; only where all of that is right is the schema looked at as
a whole, for one mistake of the first kind brings many of the second.
"""

from __future__ import annotations

from collections.abc import Sequence

from advisor.model import PrismaSchema
from advisor.model.prisma import POSTGRESQL_PROVIDERS
from advisor.sources.prisma.syntax import Attribute, Block, Call, EnumBlock, Model, StringValue, argument, items_of
from advisor.sources.prisma.validation.arguments import Arguments, Attributes
from advisor.sources.prisma.validation.constraint_names import ConstraintNames
from advisor.sources.prisma.validation.cycles import check_cycles
from advisor.sources.prisma.validation.defaults import check_default
from advisor.sources.prisma.validation.fields import check_mapped_columns, check_scalar, check_side, kind_of, sort_fields
from advisor.sources.prisma.validation.keys import check_id, check_indexes, fields_named
from advisor.sources.prisma.validation.mistakes import AmbiguousRelationsError, Mistakes
from advisor.sources.prisma.validation.models import ModelChecks, Setup
from advisor.sources.prisma.validation.names import resolve_names
from advisor.sources.prisma.validation.pairs import Pair, pairs_of
from advisor.sources.prisma.validation.relations import RelationChecks
from advisor.sources.prisma.validation.resolved import Entity, Resolved, Scalar
from advisor.sources.prisma.validation.settings import Dialect, check_datasources, check_generator, features_of

OF_COMPOSITE_FIELDS = ("id", "unique", "relation")


def validate(
    blocks: Sequence[Block], settings: PrismaSchema, lost: frozenset[str], dialect: Dialect | None, *, sound: bool
) -> Mistakes:
    """The mistakes of a schema. `lost` are blocks that could not be read, `sound` says that every line could be."""
    mistakes = Mistakes()
    resolved = resolve_names(blocks, lost, mistakes)
    read = check_datasources(resolved.configs, dialect, mistakes)
    postgresql = settings.datasource is None or (read and settings.datasource.provider in ("postgresql", "postgres"))
    for block in resolved.configs:
        if block.keyword == "generator":
            check_generator(block, dialect, mistakes, postgresql=postgresql)
    check_attributes(resolved, mistakes)
    if dialect == 6:
        check_no_partial_indexes(resolved, mistakes)
    if sound and not mistakes and (settings.datasource is None or settings.datasource.provider in POSTGRESQL_PROVIDERS):
        check_schema(resolved, setup_of(resolved, settings), mistakes)
    return mistakes


def check_no_partial_indexes(resolved: Resolved, mistakes: Mistakes) -> None:
    """Version 6 has no word for a condition."""
    for entity in resolved.entities.values():
        for attribute in (*entity.model.attributes, *(one for field in entity.model.fields for one in field.attributes)):
            if attribute.name in ("unique", "index") and argument(attribute, "where") is not None:
                mistakes.add(entity.model, attribute, "`where` is of Prisma 7 and later")


def check_attributes(resolved: Resolved, mistakes: Mistakes) -> None:
    for entity in resolved.entities.values():
        sort_fields(entity, resolved, mistakes)
    for entity in resolved.entities.values():
        for scalar in entity.every_scalar:
            check_scalar(scalar, entity, resolved, mistakes)
        check_mapped_columns(entity, mistakes)
        check_block(entity, mistakes)
    for entity in resolved.entities.values():
        for side in entity.every_side:
            check_side(side, resolved, mistakes)
    for enum in resolved.enums:
        check_enum(enum, mistakes)
    for composite in resolved.composites:
        check_composite(composite, resolved, mistakes)


def check_block(entity: Entity, mistakes: Mistakes) -> None:
    """The attributes of a model or view."""
    attributes = Attributes(entity.model.attributes, entity.model, mistakes)
    if arguments := attributes.take("ignore"):
        entity.ignored = True
        for scalar in entity.every_scalar:
            if scalar.kind != "unsupported" and any(one.name == "ignore" for one in scalar.field.attributes):
                mistakes.add(entity.model, scalar.field, f"{entity.name} is ignored as a whole: its fields need no `@ignore`")
        arguments.finish()
    if arguments := attributes.take("id"):
        check_id(entity, arguments)
        arguments.finish()
    if arguments := attributes.take("map"):
        entity.mapped = arguments.string(arguments.take_default("name"))
        arguments.finish()
    if arguments := attributes.take("schema"):
        entity.schema = arguments.string(arguments.take_default("map"))
        arguments.finish()
    check_indexes(entity, attributes)
    if arguments := attributes.take("shardKey"):
        entity.shard_key = arguments.attribute
        if (fields := arguments.take_default("fields")) is not None:
            fields_named(fields, entity, arguments)
        arguments.finish()
    if entity.id is not None and entity.id.on_field and not entity.ignored and entity.id.fields[0].scalar.arity != "required":
        mistakes.add(entity.model, entity.id.attribute, "a primary key is required: neither a list nor optional")
    attributes.finish()


def check_enum(block: EnumBlock, mistakes: Mistakes) -> None:
    for value in block.values:
        attributes = Attributes(value.attributes, block, mistakes)
        if arguments := attributes.take("map"):
            arguments.string(arguments.take_default("name"))
            arguments.finish()
        attributes.finish()
    attributes = Attributes(block.attributes, block, mistakes)
    for name, default in (("map", "name"), ("schema", "map")):
        if arguments := attributes.take(name):
            arguments.string(arguments.take_default(default))
            arguments.finish()
    attributes.finish()


def check_composite(block: Model, resolved: Resolved, mistakes: Mistakes) -> None:
    """A composite type, which only MongoDB has."""
    for attribute in block.attributes:
        mistakes.add(block, attribute, "a composite type has no attributes of its own")
    for field in block.fields:
        kind = kind_of(field, resolved)
        if kind is None:
            known = field.type.name in resolved.types
            reason = "a composite type has no relations" if known else f"no type, model or enum is called `{field.type.name}`"
            if known or field.type.name not in resolved.lost:
                (mistakes.add if known else mistakes.add_unknown_type)(block, field.type, reason)
            continue
        scalar = Scalar(block, field, kind)
        attributes = Attributes(field.attributes, block, mistakes)
        for name in OF_COMPOSITE_FIELDS:
            if arguments := attributes.take(name):
                arguments.report(f"a field of a composite type has no `@{name}`")
        if arguments := attributes.take("map"):
            arguments.string(arguments.take_default("name"))
            arguments.finish()
        if arguments := attributes.take("default"):
            check_default_of_composite(scalar, arguments, resolved)
            arguments.finish()
        if kind == "scalar":
            attributes.take_native_type()
        attributes.finish()


def check_default_of_composite(scalar: Scalar, arguments: Arguments, resolved: Resolved) -> None:
    check_default(scalar, arguments, resolved)
    if isinstance(scalar.default, Call) and scalar.default.name in ("autoincrement", "dbgenerated"):
        arguments.report(f"no field of a composite type can have `{scalar.default.name}()` as its default")


def setup_of(resolved: Resolved, settings: PrismaSchema) -> Setup:
    source = settings.datasource
    listed = next(
        (
            setting.value
            for block in resolved.configs
            if block.keyword == "datasource"
            for setting in block.settings
            if setting.name.text == "schemas"
        ),
        None,
    )
    return Setup(
        datasource=source.name if source else None,
        schemas=tuple(item.value for item in items_of(listed) if isinstance(item, StringValue)) if listed else None,
        foreign_keys=source is None or source.relation_mode != "prisma",
        cockroach=source is not None and source.provider == "cockroachdb",
        features=features_of(resolved.configs),
    )


def check_schema(resolved: Resolved, setup: Setup, mistakes: Mistakes) -> None:
    """The schema as a whole."""
    entity_of = {id(entity.model): entity for entity in resolved.entities.values()}
    pairs = pairs_of(resolved, entity_of)
    check_extensions_feature(resolved, setup, mistakes)
    for composite in resolved.composites:
        mistakes.add(composite, composite.name, "PostgreSQL's connector has no composite types: they are MongoDB's")
    check_tables(resolved, mistakes)
    names = ConstraintNames(resolved.entities.values(), pairs, entity_of)
    checks = ModelChecks(names, setup, mistakes, entity_of)
    try:
        for entity in resolved.models_then_views():
            checks.check(entity)
    except AmbiguousRelationsError:
        return
    check_enums(resolved, setup, mistakes)
    if not setup.foreign_keys:
        check_cycles(pairs, mistakes)
    relation_checks = RelationChecks(entity_of, mistakes, foreign_keys=setup.foreign_keys)
    for pair in pairs:
        if pair.kind != "many to many":
            check_name_of_key(pair, names, mistakes)
        relation_checks.check(pair)


def check_extensions_feature(resolved: Resolved, setup: Setup, mistakes: Mistakes) -> None:
    for block in resolved.configs:
        for setting in block.settings:
            if block.keyword == "datasource" and setting.name.text == "extensions" and "postgresqlextensions" not in setup.features:
                reason = '`extensions` is a preview feature: `previewFeatures = ["postgresqlExtensions"]`'
                mistakes.add(block, setting, reason)


def check_name_of_key(pair: Pair, names: ConstraintNames, mistakes: Mistakes) -> None:
    entity, name = names.of_pair(pair)
    if names.is_taken_in_model(entity, name):
        reason = f"two constraints of {entity.name} would be called `{name}`: give one another `map`"
        side = pair.forward or pair.back
        if side is not None:
            mistakes.add(side.model, side.field if pair.forward else side.model.name, reason)


def check_tables(resolved: Resolved, mistakes: Mistakes) -> None:
    """No two models have one table. The mistake is at a `@@map`: of the later model, or else of the earlier."""
    owners: dict[tuple[str | None, str], Entity] = {}
    for entity in resolved.models_then_views():
        owner = owners.get((entity.schema, entity.table))
        if owner is not None:
            blamed = entity if entity.mapped is not None else owner
            attribute = next(one for one in blamed.model.attributes if one.name == "map")
            mistakes.add(blamed.model, attribute, f"the table `{entity.table}` already belongs to {owner.name}")
        owners[entity.schema, entity.table] = entity


def check_enums(resolved: Resolved, setup: Setup, mistakes: Mistakes) -> None:
    taken: dict[tuple[str | None, str], str] = {}
    for block in resolved.enums:
        given = {one.name: one for one in block.attributes}
        schema = string_of(given.get("schema"))
        name = string_of(given.get("map")) or block.name.text
        if (schema, name) in taken:
            mistakes.add(block, block.name, f"the type `{name}` already belongs to {taken[schema, name]}")
        taken[schema, name] = block.name.text
        if schema is not None and setup.datasource is not None and schema not in (setup.schemas or ()):
            mistakes.add(block, given["schema"], f"the datasource does not list `{schema}` among its `schemas`")
        elif schema is None and setup.schemas is not None:
            mistakes.add(block, block.name, f"{block.name.text} does not say its `@@schema`, and the datasource lists several")


def string_of(attribute: Attribute | None) -> str | None:
    first = attribute.arguments[0].value if attribute and attribute.arguments else None
    return first.value if isinstance(first, StringValue) else None
