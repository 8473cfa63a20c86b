"""Which model a value means: by the class or the call that makes it, or by the last name written (`models.User`)."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import Call, External, Member
from advisor.sources.evaluation.values import ClassValue, Function, Place, Unknown, Value
from advisor.sources.orm.sequelize.models import Model


class Models:
    """All models of a schema."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.by_name: dict[str, Model] = {}
        self.by_place: dict[tuple[str, int], Model] = {}

    def add(self, model: Model) -> None:
        """Keep a model; of two with one name the first, as the second only repeats it or belongs to another database."""
        self.by_place[key_of(model.place)] = model
        self.by_name.setdefault(model.name, model)

    def __iter__(self) -> Iterator[Model]:
        return iter(self.by_name.values())

    def of(self, value: Value) -> Model | None:
        """The model that a value is."""
        if isinstance(value, Function):
            value = self.evaluator.apply(value, ())
        if isinstance(value, (Call, ClassValue)):
            found = self.by_place.get(key_of(value.place))
            if found is not None:
                return found
        match value:
            case str():
                return self.by_name.get(value)
            case ClassValue(name=name) | Member(name=name) | External(name=name):
                return self.by_name.get(name)
            case Unknown(place=Place() as place):
                written = place.module.tree.text(place.node)
                return self.by_name.get(written.rpartition(".")[2])
            case Call(arguments=arguments):
                return next((model for one in arguments if (model := self.of(one)) is not None), None)
            case _:
                return None


def key_of(place: Place) -> tuple[str, int]:
    return place.module.path, place.node.id
