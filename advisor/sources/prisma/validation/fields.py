"""What each field says by itself. In: a model's fields. Out: its scalar fields and relation fields, and mistakes.

Source: `types.rs`, `attributes.rs`, `attributes/map.rs` and `attributes/id.rs` in prisma/prisma-engines.
"""

from __future__ import annotations

from advisor.sources.prisma.syntax import EnumBlock, Expression, Field, Model
from advisor.sources.prisma.types import SCALARS
from advisor.sources.prisma.validation.arguments import Arguments, Attributes
from advisor.sources.prisma.validation.defaults import check_default
from advisor.sources.prisma.validation.keys import sort_of
from advisor.sources.prisma.validation.mistakes import Mistakes
from advisor.sources.prisma.validation.resolved import Entity, Key, KeyField, Resolved, Scalar, ScalarKind, Side
from advisor.sources.prisma.validation.where import check_where

ACTIONS = frozenset({"Cascade", "NoAction", "Restrict", "SetDefault", "SetNull"})


def sort_fields(entity: Entity, resolved: Resolved, mistakes: Mistakes) -> None:
    """Tell columns from relations; a type that nothing has is a mistake."""
    for field in entity.model.fields:
        kind = kind_of(field, resolved)
        target = resolved.types.get(field.type.name)
        if kind is not None:
            entity.scalars[field.name.text] = Scalar(entity.model, field, kind)
            entity.every_scalar.append(entity.scalars[field.name.text])
            entity.sides.pop(field.name.text, None)
        elif isinstance(target, Model):
            entity.sides[field.name.text] = Side(entity.model, field, target)
            entity.every_side.append(entity.sides[field.name.text])
            entity.scalars.pop(field.name.text, None)
        elif field.type.name not in resolved.lost:
            reason = f"no type, model or enum is called `{field.type.name}`"
            mistakes.add_unknown_type(entity.model, field.type, reason)


def kind_of(field: Field, resolved: Resolved) -> ScalarKind | None:
    """What kind of column a field has; None for a relation, and for a type that is not known."""
    if field.type.unsupported:
        return "unsupported"
    if field.type.name in SCALARS:
        return "scalar"
    target = resolved.types.get(field.type.name)
    if isinstance(target, EnumBlock):
        return "enum"
    return "composite" if isinstance(target, Model) and target.keyword == "type" else None


def check_scalar(scalar: Scalar, entity: Entity, resolved: Resolved, mistakes: Mistakes) -> None:
    """The attributes of a field that has a column, in the order in which Prisma takes them."""
    attributes = Attributes(scalar.field.attributes, entity.model, mistakes)
    if arguments := attributes.take("map"):
        scalar.mapped = arguments.string(arguments.take_default("name"))
        arguments.finish()
    if arguments := attributes.take("ignore"):
        if scalar.kind == "unsupported":
            arguments.report("the client ignores fields of type `Unsupported` anyway: `@ignore` is not for them")
        arguments.finish()
    if arguments := attributes.take("relation"):
        arguments.report(f"`{scalar.type}` is no model: `@relation` is for fields whose type is one")
        arguments.finish()
    check_keys_of_field(scalar, entity, attributes)
    if arguments := attributes.take("updatedAt"):
        check_updated_at(scalar, arguments)
        arguments.finish()
    if arguments := attributes.take("default"):
        check_default(scalar, arguments, resolved)
        arguments.finish()
    if scalar.kind == "scalar":
        scalar.native = attributes.take_native_type()
    attributes.finish()


def check_keys_of_field(scalar: Scalar, entity: Entity, attributes: Attributes) -> None:
    if arguments := attributes.take("id"):
        entity.id = id_of_field(scalar, entity, arguments)
        arguments.finish()
    if arguments := attributes.take("unique"):
        entity.keys.append(unique_of_field(scalar, entity, arguments))
        arguments.finish()
    if arguments := attributes.take("shardKey"):
        entity.shard_key = arguments.attribute
        arguments.finish()


def id_of_field(scalar: Scalar, entity: Entity, arguments: Arguments) -> Key:
    if entity.id is not None:
        arguments.mistakes.add(
            entity.model, entity.model.name, "only one field may be `@id`; `@@id([a, b])` makes a key of several"
        )
        return entity.id
    return key_of_field(scalar, entity, arguments, Key(arguments.attribute, "id", on_field=True))


def unique_of_field(scalar: Scalar, entity: Entity, arguments: Arguments) -> Key:
    return key_of_field(scalar, entity, arguments, Key(arguments.attribute, "unique", on_field=True))


def key_of_field(scalar: Scalar, entity: Entity, arguments: Arguments, key: Key) -> Key:
    key.mapped = arguments.name_of_constraint()
    length = arguments.number(arguments.take("length"))
    order = sort_of(arguments, arguments.take("sort"))
    key.clustered = arguments.boolean(arguments.take("clustered")) is not None
    key.partial = key.kind == "unique" and check_where(entity, arguments)
    key.fields = (KeyField(scalar, sorted=order is not None, length=length is not None and length >= 0),)
    return key


def check_updated_at(scalar: Scalar, arguments: Arguments) -> None:
    if scalar.kind != "scalar" or scalar.type != "DateTime":
        arguments.report("`@updatedAt` is for fields of type `DateTime`")
    if scalar.arity == "list":
        arguments.report("`@updatedAt` is not for lists")


def check_mapped_columns(entity: Entity, mistakes: Mistakes) -> None:
    """No two fields have one column. Prisma goes by the order of the fields: it does not know yet what a later one is mapped to."""
    seen: set[str] = set()
    earlier: set[int] = set()
    for scalar in entity.every_scalar:
        earlier.add(id(scalar))
        if scalar.mapped is None:
            continue
        other = entity.scalars.get(scalar.mapped)
        if scalar.mapped in seen or (other not in (None, scalar) and other.mapped in (None, scalar.mapped)):
            mistakes.add(entity.model, scalar.field, f"{entity.name} already has a column `{scalar.mapped}`")
        elif other is not None and id(other) not in earlier:
            reason = (
                f"`{scalar.mapped}` is the name of a later field: Prisma wants that field, which has a `@map` too, before this one"
            )
            mistakes.add(entity.model, scalar.field, reason)
        seen.add(scalar.mapped)


def check_side(side: Side, resolved: Resolved, mistakes: Mistakes) -> None:
    """The attributes of a relation field."""
    attributes = Attributes(side.field.attributes, side.model, mistakes)
    if arguments := attributes.take("relation"):
        side.attribute = arguments.attribute
        check_relation(side, arguments, resolved)
        arguments.finish()
    for name, what in (("id", "a key"), ("default", "a default"), ("map", "a column"), ("unique", "a unique key")):
        if arguments := attributes.take(name):
            arguments.report(f"`{side.field.name.text}` is a relation field: {what} is for the fields that hold its key")
    if arguments := attributes.take("ignore"):
        side.ignored = True
        arguments.finish()
    attributes.finish()


def check_relation(side: Side, arguments: Arguments, resolved: Resolved) -> None:
    here = entity_of(side.model, resolved)
    there = entity_of(side.target, resolved)
    if (fields := arguments.take("fields")) is not None:
        side.fields = scalars_named(fields, here, arguments)
    if (references := arguments.take("references")) is not None:
        side.references = scalars_named(references, there, arguments)
    side.name = arguments.string(arguments.take_default("name", required=False))
    if side.name == "":
        arguments.report("the name of a relation must not be empty")
        side.name = None
    side.on_delete = action_of(arguments, arguments.take("onDelete"))
    side.on_update = action_of(arguments, arguments.take("onUpdate"))
    side.mapped = arguments.name_of_constraint()


def entity_of(model: Model, resolved: Resolved) -> Entity:
    found = resolved.entities.get(model.name.text)
    return found if found is not None and found.model is model else next(e for e in resolved.entities.values() if e.model is model)


def action_of(arguments: Arguments, value: Expression | None) -> str | None:
    action = arguments.constant(value)
    if action is not None and action not in ACTIONS:
        arguments.report(f"`{action}` is no referential action ({', '.join(sorted(ACTIONS))})", value)
        return None
    return action


def scalars_named(value: Expression, entity: Entity, arguments: Arguments) -> list[Scalar]:
    """The fields that `fields:` or `references:` lists; none where one of them is not there, which is a mistake."""
    names = arguments.list_of(value, arguments.constant)
    if names is None:
        return []
    missing = [name for name in names if name not in entity.scalars]
    for name in missing:
        if name in entity.sides:
            arguments.report(f"`{name}` is a relation field of {entity.name} and has no column", value)
        else:
            arguments.report(f"{entity.name} has no field `{name}`", value)
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None and not missing:
        arguments.report(f"`{twice}` is named twice", value)
    return [] if missing or twice is not None else [entity.scalars[name] for name in names]
