"""Relations. In: the relation fields of all models. Out: foreign keys, what each relation field leads to, and the join tables.

Source: `relations.rs` in prisma/prisma-engines. Two relation fields belong together when each has the other's model as its type and
both carry the same name (or none). A relation whose two sides are lists, without a key, has a table of its own that nobody wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from advisor.model import Column, ForeignKey, Index, IndexKey, Location, Name, Relation, Table
from advisor.remedies.sql import with_suffix
from advisor.sources.prisma import syntax
from advisor.sources.prisma.declarations import Declarations
from advisor.sources.prisma.errors import MeaningError
from advisor.sources.prisma.fields import RelationField, ResolvedModel
from advisor.sources.prisma.names import foreign_key_name, join_table_name
from advisor.sources.prisma.syntax import Attribute, Constant, argument, place, string_argument

ACTIONS = {
    "Cascade": "CASCADE",
    "NoAction": "NO ACTION",
    "Restrict": "RESTRICT",
    "SetDefault": "SET DEFAULT",
    "SetNull": "SET NULL",
}


Sides: TypeAlias = dict[tuple[str, str, str | None], list[RelationField]]
"""The relation fields by their model, their target and their name."""


@dataclass(slots=True)
class Relations:
    """What the relations of a schema come to; foreign keys and relation fields by model name."""

    foreign_keys: dict[str, list[ForeignKey]] = field(default_factory=dict)
    fields: dict[str, list[Relation]] = field(default_factory=dict)
    join_tables: list[Table] = field(default_factory=list)


def relate(models: dict[str, ResolvedModel], declarations: Declarations, *, foreign_keys: bool, keyed: bool) -> Relations:
    """Pair all relation fields.

    `foreign_keys` is False under `relationMode = "prisma"`, which makes relations without keys; `keyed` says whether join tables
    have a primary key.
    """
    result = Relations()
    sides = sides_by_pair(models.values())
    for resolved in models.values():
        keys = result.foreign_keys.setdefault(resolved.model.name.text, [])
        relations = result.fields.setdefault(resolved.model.name.text, [])
        for relation in resolved.relations:
            try:
                key = foreign_key_of(relation, models)
                relations.append(relation_of(relation, key, models))
                if key is not None and foreign_keys and not resolved.is_view and not models[relation.target].is_view:
                    keys.append(key)
                opposite = opposite_of(relation, sides)
                if opposite is not None and comes_first(relation, opposite) and is_implicit(relation, opposite):
                    result.join_tables += join_table_of(relation, opposite, models, foreign_keys=foreign_keys, keyed=keyed)
            except MeaningError as error:
                declarations.report(error.model or resolved.model, error.node, error.reason)
    return result


def sides_by_pair(models: Iterable[ResolvedModel]) -> Sides:
    sides: Sides = {}
    for resolved in models:
        for relation in resolved.relations:
            sides.setdefault((relation.model.name.text, relation.target, relation.name), []).append(relation)
    return sides


def opposite_of(relation: RelationField, sides: Sides) -> RelationField | None:
    """The first field of the other model that leads back under the same name."""
    candidates = sides.get((relation.target, relation.model.name.text, relation.name), [])
    return next((candidate for candidate in candidates if candidate is not relation), None)


def comes_first(relation: RelationField, opposite: RelationField) -> bool:
    """Whether it is side A: models go by name, the two fields of a self-relation by theirs."""
    if relation.target == relation.model.name.text:
        return relation.field.name.text < opposite.field.name.text
    return relation.model.name.text < relation.target


def is_implicit(relation: RelationField, opposite: RelationField) -> bool:
    return relation.many and opposite.many and not relation.holds_key and not opposite.holds_key


def relation_of(relation: RelationField, key: ForeignKey | None, models: dict[str, ResolvedModel]) -> Relation:
    return Relation(
        field=relation.field.name.text,
        target=models[relation.target].table,
        many=relation.many,
        location=place(relation.model, relation.field),
        columns=key.columns if key else (),
        referenced_columns=key.referenced_columns if key else (),
    )


def foreign_key_of(relation: RelationField, models: dict[str, ResolvedModel]) -> ForeignKey | None:
    """The foreign key of a side that names its columns, None of any other. Raises MeaningError where the columns are not there."""
    attribute = relation.attribute
    if attribute is None or relation.many or not relation.holds_key:
        return None
    here, there = models[relation.model.name.text], models[relation.target]
    columns = columns_named(attribute, "fields", here)
    referenced = columns_named(attribute, "references", there)
    if len(columns) != len(referenced):
        raise MeaningError(attribute, f"`fields` names {len(columns)} and `references` {len(referenced)}")
    names = tuple(column.name for column in columns)
    required = relation.field.type.arity == "required" or any(not column.nullable for column in columns)
    name = string_argument(attribute, "map")
    return ForeignKey(
        name=name or foreign_key_name(here.table.name, names),
        table=here.table,
        columns=names,
        referenced_table=there.table,
        referenced_columns=tuple(column.name for column in referenced),
        location=place(relation.model, attribute),
        on_delete=action_of(attribute, "onDelete", "RESTRICT" if required else "SET NULL"),
        on_update=action_of(attribute, "onUpdate", "CASCADE"),
        name_is_default=name is None,
    )


def columns_named(attribute: Attribute, side: str, resolved: ResolvedModel) -> list[Column]:
    """The columns of the fields that `fields:` or `references:` lists."""
    items = syntax.items_of(argument(attribute, side))
    if not items:
        raise MeaningError(attribute, f"`@relation` does not say its `{side}`")
    columns = []
    for item in items:
        column = resolved.columns.get(item.name) if isinstance(item, Constant) else None
        if column is None:
            name = item.name if isinstance(item, Constant) else "..."
            raise MeaningError(item, f"{resolved.model.name.text} has no field `{name}` with a column")
        columns.append(column)
    return columns


def action_of(attribute: Attribute, name: str, default: str) -> str:
    value = argument(attribute, name)
    if value is None:
        return default
    action = ACTIONS.get(value.name) if isinstance(value, Constant) else None
    if action is None:
        raise MeaningError(value, f"`{name}` is one of {', '.join(ACTIONS)}")
    return action


def join_table_of(
    a: RelationField, b: RelationField, models: dict[str, ResolvedModel], *, foreign_keys: bool, keyed: bool
) -> Iterator[Table]:
    """The table of an implicit many-to-many relation, with the columns `A` and `B`; none where a side is a view.

    Since version 6 of Prisma the two columns are its primary key (on PostgreSQL); before, they had a unique index.
    """
    sides = (models[a.model.name.text], models[b.model.name.text])
    if any(side.is_view for side in sides):
        return
    keys = [single_key(sides[0], b), single_key(sides[1], a)]
    table = Name(sides[0].table.schema, join_table_name(a.name or f"{a.model.name.text}To{b.model.name.text}"))
    location = place(a.model, a.field)
    columns = [Column(side, key.type, location, nullable=False) for side, key in zip("AB", keys, strict=True)]
    keys_to_sides = [join_table_key(table, column, side.table, key) for column, side, key in zip(columns, sides, keys, strict=True)]
    yield Table(
        name=table,
        columns=tuple(columns),
        location=location,
        indexes=join_table_indexes(table, location, keyed=keyed),
        foreign_keys=tuple(keys_to_sides) if foreign_keys else (),
        implicit=True,
    )


def join_table_key(table: Name, column: Column, side: Name, key: Column) -> ForeignKey:
    return ForeignKey(
        name=with_suffix(table.name, f"_{column.name}_fkey"),
        table=table,
        columns=(column.name,),
        referenced_table=side,
        referenced_columns=(key.name,),
        location=column.location,
        on_delete="CASCADE",
        on_update="CASCADE",
    )


def join_table_indexes(table: Name, location: Location, *, keyed: bool) -> tuple[Index, Index]:
    return (
        Index(
            name=with_suffix(table.name, "_AB_pkey" if keyed else "_AB_unique"),
            table=table,
            keys=(IndexKey("A"), IndexKey("B")),
            location=location,
            unique=True,
            constraint="primary key" if keyed else None,
            name_is_default=True,
        ),
        Index(with_suffix(table.name, "_B_index"), table, (IndexKey("B"),), location, name_is_default=True),
    )


def single_key(resolved: ResolvedModel, relation: RelationField) -> Column:
    """The one column of the `@id` of a model that a relation leads to.

    Raises MeaningError where it has none: the join table has nothing to point to.
    """
    for declared in resolved.model.fields:
        column = resolved.columns.get(declared.name.text)
        if column is not None and syntax.attribute_named(declared.attributes, "id"):
            return column
    whole = syntax.attribute_named(resolved.model.attributes, "id")
    items = syntax.items_of(argument(whole, "fields", default=True)) if whole else ()
    only = items[0] if len(items) == 1 else None
    column = resolved.columns.get(only.name) if isinstance(only, Constant) else None
    if column is None:
        reason = (
            f"{resolved.model.name.text} has no `@id` of one field, so it cannot be a side of an implicit many-to-many relation"
        )
        raise MeaningError(relation.attribute or relation.field, reason, relation.model)
    return column
