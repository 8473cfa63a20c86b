"""Models while they are read: attributes, names, where they stand. In: `define` and `init` calls. Out: `Model`s.

Source of what Sequelize adds by itself: `_addDefaultAttributes` and `init` of sequelize/src/model.js, version 6.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from advisor.model import Location, Name, Relation
from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, is_given, items_of, text_entry
from advisor.sources.evaluation.symbols import Call, External, Member
from advisor.sources.evaluation.values import UNDEFINED, Place, Value
from advisor.sources.orm.sequelize.plurals import pluralize, singularize, underscore
from advisor.sources.orm.sequelize.types import DataType, data_type


@dataclass(slots=True, eq=False)
class Attribute:
    """A field of a model. What is None was not said: associations fill it in."""

    name: str
    column: str
    type: DataType | None
    location: Location
    null: bool | None = None
    primary: bool = False
    counts: bool = False
    """autoIncrement: a serial column."""
    identity: bool = False
    unique: bool | str = False
    default: Value = UNDEFINED
    references: tuple[Name | Value, str] | None = None
    """The table, or the model that stands for it, and the column."""
    deferrable: str = ""
    on_delete: str | None = None
    on_update: str | None = None
    comment: str | None = None
    made_up: bool = False
    """True for what Sequelize adds by itself: `id`, `createdAt`."""


@dataclass(slots=True, eq=False)
class Model:
    """A model. `node` is what makes it: the `define` call or the class."""

    name: str
    table: Name
    attributes: dict[str, Attribute]
    location: Location
    place: Place
    underscored: bool = False
    singular: str = ""
    plural: str = ""
    indexes: tuple[Value, ...] = ()
    indexes_known: bool = True
    comment: str | None = None
    name_location: Location | None = None
    table_is_guessed: bool = False
    relations: list[Relation] = field(default_factory=list)
    problems: list[tuple[Location, str]] = field(default_factory=list)
    options: Value = UNDEFINED
    """All of its options, for the tables of many-to-many relations that are made after it."""
    joins: bool = False
    """True for the table of a many-to-many relation that no model is written for."""

    @property
    def primary(self) -> Attribute | None:
        return next((attribute for attribute in self.attributes.values() if attribute.primary), None)

    def column_name(self, attribute: str) -> str:
        return underscore(attribute) if self.underscored else attribute


def merged(*options: Value) -> ObjectValue | None:
    """Options under each other: the last one wins."""
    known = [one for one in options if isinstance(one, ObjectValue)]
    if not known:
        return None
    entries: dict[str, Value] = {}
    for one in known:
        entries.update({key: value for key, value in one.entries.items() if is_given(value) or value is None})
    places = {key: place for one in known for key, place in one.places.items()}
    return ObjectValue(entries, places, known[-1].place, all(one.complete for one in known))


def make_model(name: str, options: Value, place: Place) -> Model:
    """A model without its attributes: its names, and what else its options say."""
    underscored = entry(options, "underscored") is True
    frozen = entry(options, "freezeTableName") is True
    written = text_entry(options, "tableName")
    plural = text_entry(entry(options, "name"), "plural") or pluralize(name)
    singular = text_entry(entry(options, "name"), "singular") or singularize(name)
    made = name if frozen else pluralize(underscore(name) if underscored else name)
    schema = text_entry(options, "schema") or "public"
    indexes = entry(options, "indexes")
    at = options.places.get("tableName") if isinstance(options, ObjectValue) else None
    return Model(
        name,
        Name(schema, written or made),
        {},
        place.location,
        place,
        underscored,
        singular,
        plural,
        indexes=items_of(indexes) if isinstance(indexes, ArrayValue) else (),
        indexes_known=(isinstance(indexes, ArrayValue) and indexes.complete) or not is_given(indexes),
        comment=text_entry(options, "comment"),
        name_location=at.location if at is not None else None,
        table_is_guessed=written is None and isinstance(options, ObjectValue) and not options.complete,
        options=options,
    )


def read_attributes(model: Model, given: Value) -> None:
    """The attributes of `define(name, {...})`."""
    if not isinstance(given, ObjectValue) or not given.complete:
        model.problems.append((model.location, f"not all attributes of model {model.name} are known"))
    if isinstance(given, ObjectValue):
        for name, value in given.entries.items():
            model.attributes[name] = read_attribute(model, name, value, given.places[name].location)


def read_attribute(model: Model, name: str, value: Value, location: Location) -> Attribute:
    """One attribute: a type, or an object with one."""
    options = value if isinstance(value, ObjectValue) else None
    written = options.at("type") if options is not None else value
    found = data_type(written)
    if found is not None and found.enum == () and options is not None:
        values = tuple(item for item in items_of(options.at("values")) if isinstance(item, str))
        found = DataType("", enum=values)
    attribute = Attribute(name, text_entry(options, "field") or model.column_name(name), found, location)
    if options is None:
        return attribute
    null = options.at("allowNull")
    attribute.null = null if isinstance(null, bool) else None
    attribute.primary = options.at("primaryKey") is True
    attribute.counts = options.at("autoIncrement") is True
    attribute.identity = options.at("autoIncrementIdentity") is True
    attribute.default = options.at("defaultValue")
    attribute.unique = unique_of(options.at("unique"))
    attribute.comment = text_entry(options, "comment")
    attribute.on_delete, attribute.on_update = text_entry(options, "onDelete"), text_entry(options, "onUpdate")
    references = options.at("references")
    if isinstance(references, ObjectValue):
        attribute.references = (references.at("model"), text_entry(references, "key") or "id")
        attribute.deferrable = deferrable_of(references.at("deferrable"))
    elif isinstance(references, str):
        attribute.references = (references, "id")
    return attribute


def deferrable_of(value: Value) -> str:
    """`Deferrable.INITIALLY_DEFERRED`, with or without `new`, as SQL (sequelize/src/deferrable.js)."""
    written = value.callee if isinstance(value, Call) else value
    name = written.name if isinstance(written, (Member, External)) else ""
    return {"INITIALLY_DEFERRED": " DEFERRABLE INITIALLY DEFERRED", "INITIALLY_IMMEDIATE": " DEFERRABLE INITIALLY IMMEDIATE"}.get(
        name, ""
    )


def unique_of(value: Value) -> bool | str:
    """True for a key of its own, a name for one that several attributes share."""
    if isinstance(value, ObjectValue):
        return text_entry(value, "name") or value is not None
    return value if isinstance(value, (bool, str)) else False


def add_defaults(model: Model, options: Value) -> None:
    """The attributes that nobody writes: `id` first, timestamps and version last."""
    if not any(attribute.primary for attribute in model.attributes.values()) and "id" not in model.attributes:
        key = Attribute("id", model.column_name("id"), DataType("integer"), model.location, null=False, made_up=True)
        key.primary = key.counts = True
        model.attributes = {"id": key, **model.attributes}
    if entry(options, "timestamps") is not False:
        moments = [("createdAt", False), ("updatedAt", False)]
        if entry(options, "paranoid") is True:
            moments.append(("deletedAt", True))
        for key_name, null in moments:
            add_moment(model, entry(options, key_name), key_name, null=null)
    version = entry(options, "version")
    if version is True or isinstance(version, str):
        name = version if isinstance(version, str) else "version"
        attribute = Attribute(name, model.column_name(name), DataType("integer"), model.location, null=False, default=0)
        model.attributes.setdefault(name, attribute)


def add_moment(model: Model, option: Value, default: str, *, null: bool) -> None:
    """A timestamp; `createdAt: "made_at"` names it, `createdAt: false` leaves it out."""
    if option is False:
        return
    name = option if isinstance(option, str) else default
    if name not in model.attributes:
        moment = DataType("timestamp with time zone")
        made = Attribute(name, model.column_name(name), moment, model.location, null=None if null else False, made_up=True)
        model.attributes[name] = made
