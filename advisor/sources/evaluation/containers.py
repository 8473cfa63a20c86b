"""Objects and arrays that know where they are written, and whether all of them is known. In: literals. Out: dicts and lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from advisor.sources.evaluation.symbols import Call, Member, Template
from advisor.sources.evaluation.values import UNDEFINED, ClassValue, Function, Place, Undefined, Unknown, Value


class ObjectValue(dict[str, Value]):
    """An object literal. `complete` is False where something unknown is spread into it; `places` has its entries' places."""

    __slots__ = ("complete", "place", "places")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, entries: Mapping[str, Value], places: Mapping[str, Place], place: Place, complete: bool = True) -> None:
        super().__init__(entries)
        self.places = dict(places)
        self.place = place
        self.complete = complete

    @property
    def entries(self) -> dict[str, Value]:
        return self

    def at(self, key: str) -> Value:
        return self.get(key, UNDEFINED)


class ArrayValue(list[Value]):
    """An array literal, or what methods of arrays make."""

    __slots__ = ("complete", "place")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, items: Iterable[Value], place: Place, complete: bool = True) -> None:
        super().__init__(items)
        self.place = place
        self.complete = complete

    @property
    def items(self) -> tuple[Value, ...]:
        return tuple(self)


def is_complete(value: Value) -> bool:
    """Whether all of an object or array is known; what a tool hands over is."""
    return getattr(value, "complete", True) is True


def place_of(value: Value) -> Place | None:
    kinds = (Unknown, Member, Call, Template, Function, ClassValue, ObjectValue, ArrayValue)
    return value.place if isinstance(value, kinds) else None


def entry(value: Value, key: str) -> Value:
    """A property of an options object; UNDEFINED where it has none or there is no object."""
    return value.at(key) if isinstance(value, ObjectValue) else UNDEFINED


def text_entry(value: Value, key: str) -> str | None:
    found = entry(value, key)
    return found if isinstance(found, str) else None


def integer_entry(value: Value, key: str) -> int | None:
    found = entry(value, key)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def is_given(value: Value) -> bool:
    return value is not None and not isinstance(value, Undefined)


def items_of(value: Value) -> tuple[Value, ...]:
    """The values of an array or object literal; none of anything else."""
    if isinstance(value, ArrayValue):
        return value.items
    return tuple(value.values()) if isinstance(value, ObjectValue) else ()
