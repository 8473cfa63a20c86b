"""Modules with Sequelize models in; the schema that `sync` would build out, and what could not be read.

Models are made by calls anywhere in a file (`sequelize.define` in an exported function, `User.init` in a static method), so calls
are looked for, not exports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from advisor.model import Name, Schema, Skipped
from advisor.sources.evaluation.containers import ObjectValue, entry, is_given, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.modules import Module
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Place, Value
from advisor.sources.orm.classes import classes_of
from advisor.sources.orm.ddl import Ddl, replay
from advisor.sources.orm.sequelize.associations import Association, associate
from advisor.sources.orm.sequelize.classes import associations_of, model_of
from advisor.sources.orm.sequelize.models import Model, add_defaults, make_model, merged, read_attributes
from advisor.sources.orm.sequelize.registry import Models
from advisor.sources.orm.sequelize.tables import add_model
from advisor.sources.typescript.syntax import arguments_of, callee_of, field, member_of

CALLS = "[(call_expression) (new_expression)] @call"
ASSOCIATIONS = frozenset({"belongsTo", "hasMany", "hasOne", "belongsToMany"})
OTHER_DIALECTS = frozenset({"mysql", "mariadb", "sqlite", "mssql", "db2", "snowflake", "oracle"})


def read_sequelize(modules: Sequence[Module], evaluator: Evaluator) -> tuple[Schema, list[Skipped]]:
    """The schema of some modules. Nothing is read of a project whose connection names another database."""
    connections = [options for module in modules for options in connections_of(module, evaluator)]
    other = next((name for one in connections if (name := text_entry(one, "dialect")) in OTHER_DIALECTS), None)
    if other is not None:
        return Schema(), [Skipped(module.path, f"models of another database ({other})", "left alone") for module in modules]
    defaults = merged(*(entry(one, "define") for one in connections)) or UNDEFINED
    models, ddl = Models(evaluator), Ddl()
    for module in modules:
        for model in models_of(module, defaults, evaluator):
            models.add(model)
    for module in modules:
        for association in associations_in(module, models, evaluator, ddl):
            associate(association, models)
    for model in one_for_each_table(models):
        add_model(ddl, model, models)
    return replay(ddl)


def one_for_each_table(models: Models) -> list[Model]:
    """Models, those of one table joined: the first has the name, the others add what it has not."""
    owners: dict[Name, Model] = {}
    for model in models:
        owner = owners.setdefault(model.table, model)
        if owner is not model:
            known = {attribute.column for attribute in owner.attributes.values()}
            new = {name: one for name, one in model.attributes.items() if one.column not in known and name not in owner.attributes}
            owner.attributes.update(new)
            owner.relations.extend(one for one in model.relations if all(one.field != other.field for other in owner.relations))
            owner.indexes = (*owner.indexes, *model.indexes)
    return list(owners.values())


def calls_of(module: Module) -> Iterator[tuple[Node, Node, str]]:
    """The calls of methods: the call, what it is called on, and the method's name."""
    for node in module.tree.captures(CALLS).get("call", ()):
        called = callee_of(node) if node.type == "call_expression" else None
        member = member_of(module.tree, called) if called is not None else None
        if member is not None:
            yield node, member[0], member[1]


def connections_of(module: Module, evaluator: Evaluator) -> Iterator[Value]:
    """The options of each `new Sequelize(...)`."""
    for node in module.tree.captures(CALLS).get("call", ()):
        made = field(node, "constructor") if node.type == "new_expression" else None
        if made is not None and module.tree.text(made).rpartition(".")[2] == "Sequelize":
            for argument in arguments_of(node):
                value = evaluator.value_at(Place(module, argument))
                if isinstance(value, ObjectValue):
                    yield value


def models_of(module: Module, defaults: Value, evaluator: Evaluator) -> Iterator[Model]:
    for made in classes_of(module, evaluator):
        model = model_of(made, defaults, evaluator)
        if model is not None:
            yield model
    for node, owner, method in calls_of(module):
        given = [evaluator.value_at(Place(module, one)) for one in arguments_of(node)] if method in MAKERS else []
        if method == "define" and len(given) >= 2 and isinstance(given[0], str) and isinstance(given[1], ObjectValue):
            yield finished(given[0], given[1], given[2] if len(given) > 2 else UNDEFINED, defaults, Place(module, node))
        elif method == "init" and given:
            model = initialised(module, owner, given, defaults, evaluator)
            if model is not None:
                yield model


MAKERS = ("define", "init")


def finished(name: str, attributes: Value, options: Value, defaults: Value, place: Place) -> Model:
    settings = merged(defaults, options) or ObjectValue({}, {}, place)
    model = make_model(name, settings, place)
    read_attributes(model, attributes)
    add_defaults(model, settings)
    if is_given(options) and not isinstance(options, ObjectValue):
        model.problems.append((model.location, f"the options of model {name} are not known"))
    return model


def initialised(module: Module, owner: Node, given: Sequence[Value], defaults: Value, evaluator: Evaluator) -> Model | None:
    """`User.init(attributes, options)`, where User is a class of the project's that extends a Model."""
    value = class_at(module, owner, evaluator)
    options = given[1] if len(given) > 1 else UNDEFINED
    if not isinstance(value, ClassValue):
        return None
    heritage = next((child for child in value.place.node.children if child.type == "class_heritage"), None)
    extends = value.place.module.tree.text(heritage) if heritage is not None else ""
    if "Model" not in extends and not is_given(entry(options, "sequelize")):
        return None
    name = text_entry(options, "modelName") or value.name
    return finished(name, given[0], options, defaults, value.place)


def class_at(module: Module, owner: Node, evaluator: Evaluator) -> Value:
    """The class that a method is called on; `this` and `super` are the class around."""
    if owner.type not in ("this", "super"):
        return evaluator.value_at(Place(module, owner))
    kinds = ("class_declaration", "abstract_class_declaration", "class")
    around = next((node for node in reversed(module.tree.ancestors(owner)) if node.type in kinds), None)
    return evaluator.value_at(Place(module, around)) if around is not None else UNDEFINED


def associations_in(module: Module, models: Models, evaluator: Evaluator, ddl: Ddl) -> Iterator[Association]:
    """The associations that calls and decorators of a module declare."""
    for made in classes_of(module, evaluator):
        yield from associations_of(made, models, evaluator)
    for node, owner, method in calls_of(module):
        if method not in ASSOCIATIONS:
            continue
        source = models.of(class_at(module, owner, evaluator))
        given = [evaluator.value_at(Place(module, one)) for one in arguments_of(node)]
        target = models.of(given[0]) if given else None
        if source is not None and target is not None:
            yield Association(method, source, target, given[1] if len(given) > 1 else UNDEFINED, Place(module, node))
        elif given and (source is not None or target is not None):
            ddl.report(module.tree.location(node), f"the model of a {method} is not known")
