"""sequelize-typescript: classes with `@Table` and `@Column` as models. In: a class. Out: its `Model`, and its associations.

Source: sequelize-typescript 2 (`src/model`, `src/associations`): names are the properties', types come from what TypeScript says.
"""

from __future__ import annotations

from collections.abc import Iterator

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, entry, is_given
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.values import ClassValue, Place, Value
from advisor.sources.orm.classes import DecoratedClass, Decorator, Field, read_class
from advisor.sources.orm.sequelize.associations import Association
from advisor.sources.orm.sequelize.models import Attribute, Model, add_defaults, make_model, merged, read_attribute
from advisor.sources.orm.sequelize.registry import Models
from advisor.sources.orm.sequelize.types import DataType

REFLECTED = {
    "string": DataType("varchar(255)"),
    "number": DataType("integer"),
    "boolean": DataType("boolean"),
    "Date": DataType("timestamp with time zone"),
    "bigint": DataType("bigint"),
}
ASSOCIATIONS = {"BelongsTo": "belongsTo", "HasMany": "hasMany", "HasOne": "hasOne", "BelongsToMany": "belongsToMany"}
MOMENTS = {"CreatedAt": "createdAt", "UpdatedAt": "updatedAt", "DeletedAt": "deletedAt"}
MAX_PARENTS = 8


def model_of(made: DecoratedClass, defaults: Value, evaluator: Evaluator) -> Model | None:
    """The model of a class with `@Table`; None for any other."""
    table = made.decorator("Table")
    if table is None:
        return None
    options = merged(defaults, timestamps_of(made, evaluator), table.argument(0)) or ObjectValue({}, {}, made.place)
    given = options.at("modelName")
    model = make_model(given if isinstance(given, str) else made.name, options, made.place)
    model.name_location = made.name_location
    for field in fields_of(made, evaluator):
        attribute = attribute_of(model, field)
        if attribute is not None:
            model.attributes[field.name] = attribute
    add_defaults(model, options)
    model.indexes = (*model.indexes, *indexes_of(model, made, evaluator))
    return model


def fields_of(made: DecoratedClass, evaluator: Evaluator) -> list[Field]:
    """The fields of a class and of those that it extends, these first."""
    fields: dict[str, Field] = {}
    current: DecoratedClass | None = made
    for _ in range(MAX_PARENTS):
        if current is None:
            break
        fields = {**{field.name: field for field in current.fields}, **fields}
        parent = current.parent
        value = evaluator.value_at(Place(current.place.module, parent)) if parent is not None else None
        current = read_class(value.place, evaluator) if isinstance(value, ClassValue) else None
    return list(fields.values())


def timestamps_of(made: DecoratedClass, evaluator: Evaluator) -> ObjectValue:
    """What `@CreatedAt` and the like say of the timestamps."""
    entries: dict[str, Value] = {}
    for field in fields_of(made, evaluator):
        for name, option in MOMENTS.items():
            if field.decorator(name) is not None:
                entries[option] = field.name
                entries["timestamps"] = True
                if option == "deletedAt":
                    entries["paranoid"] = True
    return ObjectValue(entries, {}, made.place)


def attribute_of(model: Model, field: Field) -> Attribute | None:
    """A field with `@Column`, and what further decorators say of it."""
    column = field.decorator("Column")
    if column is None:
        return None
    attribute = read_attribute(model, field.name, column.argument(0), field.location)
    if attribute.type is None:
        attribute.type = REFLECTED.get(plain_annotation(field.annotation))
    attribute.primary = attribute.primary or field.decorator("PrimaryKey") is not None
    attribute.counts = attribute.counts or field.decorator("AutoIncrement") is not None
    for decorator in field.decorators:
        qualify(attribute, decorator)
    return attribute


def qualify(attribute: Attribute, decorator: Decorator) -> None:
    given = decorator.argument(0)
    match decorator.name:
        case "AllowNull":
            attribute.null = given if isinstance(given, bool) else True
        case "Default":
            attribute.default = given
        case "Unique":
            attribute.unique = given if isinstance(given, (bool, str)) else True
        case "Comment" if isinstance(given, str):
            attribute.comment = given


def plain_annotation(annotation: str) -> str:
    """The type without `null` and `undefined`."""
    parts = [part.strip() for part in annotation.split("|")]
    return " | ".join(part for part in parts if part not in ("null", "undefined"))


def indexes_of(model: Model, made: DecoratedClass, evaluator: Evaluator) -> Iterator[ObjectValue]:
    """`@Index` on fields: those that share a name are one index. It is made on the property's name, whatever its column's."""
    shared: dict[str, ObjectValue] = {}
    for field in fields_of(made, evaluator):
        decorator = field.decorator("Index")
        if decorator is None or field.name not in model.attributes:
            continue
        given = decorator.argument(0)
        entries: dict[str, Value] = dict(given.entries) if isinstance(given, ObjectValue) else {}
        if isinstance(given, str):
            entries["name"] = given
        name = entries.get("name")
        known = shared.get(name) if isinstance(name, str) else None
        before = known.at("fields") if known is not None else None
        fields = (*(before.items if isinstance(before, ArrayValue) else ()), field.name)
        index = ObjectValue({**entries, "fields": ArrayValue(fields, field.place)}, {}, field.place)
        if isinstance(name, str):
            shared[name] = index
        else:
            yield index
    yield from shared.values()


def associations_of(made: DecoratedClass, models: Models, evaluator: Evaluator) -> Iterator[Association]:
    """`@BelongsTo(() => User, options)` and its kin; the key is the one that `@ForeignKey` marks."""
    source = models.of(ClassValue(made.name, made.place, made.place.module.scope))
    for field in fields_of(made, evaluator) if source is not None else ():
        for decorator in field.decorators:
            kind = ASSOCIATIONS.get(decorator.name)
            target = models.of(decorator.argument(0)) if kind is not None else None
            if kind is not None and source is not None and target is not None:
                options = options_of(kind, field, decorator, source, target, models, evaluator)
                yield Association(kind, source, target, options, field.place)


def options_of(
    kind: str, field: Field, decorator: Decorator, source: Model, target: Model, models: Models, evaluator: Evaluator
) -> ObjectValue:
    """The options that Sequelize is given: `as` is the property, the key is looked for where it is not written."""
    entries: dict[str, Value] = {"as": field.name}
    if kind == "belongsToMany":
        second = decorator.argument(1)
        options = second if isinstance(second, ObjectValue) and "through" in second else ObjectValue({}, {}, field.place)
        entries.update({"through": second, **options.entries})
        written_through = entries["through"]
        through = models.of(entry(written_through, "model") if isinstance(written_through, ObjectValue) else written_through)
        for key, position, model in (("foreignKey", 2, source), ("otherKey", 3, target)):
            written = options.at(key) if key in options else decorator.argument(position)
            found = written if is_given(written) else marked_key(through, model, models, evaluator)
            if found is not None:
                entries[key] = found
        if through is not None:
            entries["through"] = through.name
        return ObjectValue(entries, {}, field.place)
    given = decorator.argument(1)
    if isinstance(given, ObjectValue):
        entries.update(given.entries)
    elif isinstance(given, str):
        entries["foreignKey"] = given
    if not is_given(entries.get("foreignKey")):
        holder, other = (source, target) if kind == "belongsTo" else (target, source)
        found_key = marked_key(holder, other, models, evaluator)
        if found_key is not None:
            entries["foreignKey"] = found_key
    return ObjectValue(entries, {}, field.place)


def marked_key(holder: Model | None, other: Model, models: Models, evaluator: Evaluator) -> str | None:
    """The field of a model that `@ForeignKey(() => Other)` marks for another."""
    if holder is None:
        return None
    for field in fields_of(read_class(holder.place, evaluator), evaluator):
        marked = field.decorator("ForeignKey")
        if marked is not None and models.of(marked.argument(0)) is other:
            return field.name
    return None
