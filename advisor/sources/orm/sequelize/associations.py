"""Associations: the foreign keys that `belongsTo`, `hasOne`, `hasMany` and `belongsToMany` add to models.

Source: `_injectAttributes` of sequelize/src/associations, version 6: whose `onDelete` is taken, and when it is CASCADE or SET NULL.
"""

from __future__ import annotations

from msgspec import Struct

from advisor.model import Location, Name, Relation
from advisor.sources.evaluation.containers import ObjectValue, entry, text_entry
from advisor.sources.evaluation.values import UNDEFINED, Place, Value
from advisor.sources.orm.sequelize.models import Attribute, Model, add_defaults, make_model, read_attribute
from advisor.sources.orm.sequelize.plurals import camelize, singularize
from advisor.sources.orm.sequelize.registry import Models


class Association(Struct, frozen=True):
    """`source.kind(target, options)` as written."""

    kind: str
    source: Model
    target: Model
    options: Value
    place: Place

    @property
    def location(self) -> Location:
        return self.place.location


def foreign_key_name(options: Value, key: str = "foreignKey") -> str | None:
    """The attribute that `foreignKey` names, alone or in an object."""
    given = entry(options, key)
    if isinstance(given, ObjectValue):
        return text_entry(given, "name") or text_entry(given, "fieldName")
    return given if isinstance(given, str) else None


def belongs_to(found: Association) -> None:
    """The source gets the key."""
    target_key = text_entry(found.options, "targetKey")
    referenced = found.target.attributes.get(target_key) if target_key else found.target.primary
    alias = text_entry(found.options, "as") or found.target.singular
    if referenced is None:
        return
    name = foreign_key_name(found.options) or camelize(f"{alias}_{referenced.name}")
    existing = found.source.attributes.get(name)
    key = new_key(found, found.source, name, referenced)
    null = existing.null if existing is not None else key.null
    put_key(found, found.source, key, found.target, referenced, "SET NULL" if null else "NO ACTION")
    relate(found, found.source, alias, found.target, many=False, key=name, referenced=referenced)


def has(found: Association) -> None:
    """`hasMany` and `hasOne`: the target gets the key."""
    source_key = text_entry(found.options, "sourceKey")
    referenced = found.source.attributes.get(source_key) if source_key else found.source.primary
    if referenced is None:
        return
    own = text_entry(found.options, "as") if found.kind == "hasOne" and foreign_key_name(found.options) is None else None
    base = singularize(own) if own and found.source is found.target else found.source.singular
    name = foreign_key_name(found.options) or camelize(f"{base}_{referenced.name}")
    existing = found.target.attributes.get(name)
    key = new_key(found, found.target, name, referenced)
    null = existing.null if existing is not None else key.null
    put_key(found, found.target, key, found.source, referenced, "SET NULL" if null else "CASCADE")
    many = found.kind == "hasMany"
    alias = text_entry(found.options, "as") or (found.target.plural if many else found.target.singular)
    relate(found, found.source, alias, found.target, many=many, key=None, referenced=None)


def new_key(found: Association, holder: Model, name: str, referenced: Attribute) -> Attribute:
    """The attribute that an association would make: nullable, unless its `foreignKey` object says otherwise."""
    given = entry(found.options, "foreignKey")  # a text is the name, not a type
    attribute = read_attribute(holder, name, given if isinstance(given, ObjectValue) else UNDEFINED, found.location)
    attribute.type = attribute.type or referenced.type
    attribute.null = True if attribute.null is None else attribute.null
    return attribute


def put_key(found: Association, holder: Model, key: Attribute, other: Model, referenced: Attribute, default: str) -> None:
    """Give a model the key, or an attribute that it has what it does not say itself."""
    if entry(found.options, "constraints") is not False:
        key.references = key.references or (other.table, referenced.column)
        key.on_delete = text_entry(found.options, "onDelete") or key.on_delete or default
        key.on_update = text_entry(found.options, "onUpdate") or key.on_update or "CASCADE"
    existing = holder.attributes.get(key.name)
    if existing is None:
        holder.attributes[key.name] = key
        return
    existing.type = existing.type or key.type
    existing.null = key.null if existing.null is None else existing.null
    existing.references = existing.references or key.references
    existing.on_delete = existing.on_delete or key.on_delete
    existing.on_update = existing.on_update or key.on_update


def belongs_to_many(found: Association, models: Models) -> None:
    """A table between two models: the one that `through` names, or one that is made of it."""
    own, other = found.source.primary, found.target.primary
    through = join_model(found, models)
    if through is None or own is None or other is None:
        return
    is_self = found.source is found.target
    foreign = foreign_key_name(found.options) or camelize(f"{found.source.singular}_{own.name}")
    alias = text_entry(found.options, "as")
    base = singularize(alias) if is_self and alias else found.target.singular
    opposite = foreign_key_name(found.options, "otherKey") or camelize(f"{base}_{other.name}")
    keyless = [name for name, attribute in through.attributes.items() if attribute.primary and attribute.made_up]
    for name in keyless:
        del through.attributes[name]
    keyed = bool(keyless) or through.joins
    for name, model, referenced in ((foreign, found.source, own), (opposite, found.target, other)):
        attribute = through.attributes.get(name)
        if attribute is None:
            attribute = Attribute(name, through.column_name(name), referenced.type, found.location)
            through.attributes[name] = attribute
        attribute.primary = attribute.primary or keyed
        if not keyed and not attribute.unique and entry(entry(found.options, "through"), "unique") is not False:
            attribute.unique = f"{through.table.name}_{foreign}_{opposite}_unique"
        if entry(found.options, "constraints") is not False:
            attribute.references = attribute.references or (model.table, referenced.column)
            attribute.on_delete = attribute.on_delete or text_entry(found.options, "onDelete") or "CASCADE"
            attribute.on_update = attribute.on_update or text_entry(found.options, "onUpdate") or "CASCADE"
    relate(found, found.source, alias or found.target.plural, found.target, many=True, key=None, referenced=None)


def join_model(found: Association, models: Models) -> Model | None:
    """The model of the table between: written, or made now with the name of the table."""
    through = entry(found.options, "through")
    if isinstance(through, ObjectValue):
        through = through.at("model")
    known = models.of(through)
    if known is not None or not isinstance(through, str):
        return known
    options = join_options(found)
    made = make_model(through, options, found.place)
    made.table, made.indexes, made.comment, made.joins = Name(made.table.schema, through), (), None, True
    add_defaults(made, options)
    made.attributes.pop("id", None)
    models.add(made)
    return made


def join_options(found: Association) -> ObjectValue:
    """What a table between two models is made with: the options of the source, but for its timestamps."""
    inherited = dict(found.source.options.entries) if isinstance(found.source.options, ObjectValue) else {}
    for name in ("timestamps", "paranoid", "tableName", "name", "indexes"):
        inherited.pop(name, None)
    inherited["timestamps"] = entry(found.options, "timestamps")
    return ObjectValue(inherited, {}, found.place)


def relate(
    found: Association, holder: Model, name: str, target: Model, *, many: bool, key: str | None, referenced: Attribute | None
) -> None:
    """Note the relation on the model that declares it."""
    attribute = holder.attributes.get(key) if key else None
    columns = (attribute.column,) if attribute is not None else ()
    back = (referenced.column,) if attribute is not None and referenced is not None else ()
    holder.relations.append(Relation(name, target.table, many, found.location, columns, back))


def associate(found: Association, models: Models) -> None:
    """Do what an association does."""
    if found.kind == "belongsTo":
        belongs_to(found)
    elif found.kind == "belongsToMany":
        belongs_to_many(found, models)
    else:
        has(found)
