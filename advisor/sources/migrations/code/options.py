"""Options of a tool's calls. In: a value. Out: what it says; `NotSeen` is raised where that is not known."""

from __future__ import annotations

from advisor.sources.evaluation.conversions import truth
from advisor.sources.evaluation.values import UNDEFINED, NotSeen, Value


def text_of(value: Value, what: str) -> str:
    """A string that a call cannot do without."""
    if not isinstance(value, str):
        raise NotSeen(f"{what} is not a constant")
    return value


def texts_of(value: Value, what: str) -> list[str]:
    """A list of strings; one string is a list of one."""
    values = value if isinstance(value, list) else [value]
    return [text_of(element, what) for element in values]


def options_of(value: Value, what: str) -> dict[str, Value]:
    """The entries of an object of options; none where it is left out."""
    if value is UNDEFINED or value is None:
        return {}
    if not isinstance(value, dict):
        raise NotSeen(f"{what} are not constants")
    return value


def flag_of(options: dict[str, Value], name: str, *, default: bool = False) -> bool:
    """An option that is on or off."""
    value = options.get(name, UNDEFINED)
    if value is UNDEFINED:
        return default
    known = truth(value)
    if known is None:
        raise NotSeen(f"`{name}` is not a constant")
    return known
