"""Methods of strings, lists, functions and promises. In: a value and a name. Out: what calls of the method do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from advisor.sources.evaluation.containers import is_complete
from advisor.sources.evaluation.conversions import as_text, is_known, truth, written, written_of
from advisor.sources.evaluation.language import not_worked_out
from advisor.sources.evaluation.values import (
    UNDEFINED,
    Function,
    Instance,
    Native,
    Opaque,
    Value,
    WrittenText,
    argument,
)

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

Method = Callable[[Value, list[Value], "Invocation"], Value]


def method_of(owner: Value, name: Value) -> Method | None:
    """A method of a value of the language; what has the method itself comes first."""
    if isinstance(owner, dict) and name in owner:
        return None
    if name in ("then", "catch", "finally") and not isinstance(owner, Instance):
        return {"then": then, "catch": settled, "finally": settled}[str(name)]
    if isinstance(owner, str) and name in STRING_METHODS:
        return STRING_METHODS[str(name)]
    if isinstance(owner, list):
        return LIST_METHODS.get(str(name))
    if isinstance(owner, (int, float)) and name == "toString":
        return lambda number, arguments, call: not_worked_out(call) if arguments else as_text(number)
    return REQUIRED_METHODS.get(str(name)) if isinstance(owner, Function) else None


def then(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    """`promise.then(f)`: `f` runs with what the promise gives."""
    value = call.run.settle(owner, call)
    function = argument(arguments, 0)
    return call.run.settle(call.callback(function, [value]), call) if isinstance(function, (Function, Native)) else value


def settled(owner: Value, _arguments: list[Value], call: Invocation) -> Value:
    """`promise.catch(f)`: errors are not foreseen."""
    return call.run.settle(owner, call)


def bound(owner: Value, _arguments: list[Value], _call: Invocation) -> Value:
    return owner


REQUIRED_METHODS: dict[str, Method] = {
    "bind": bound,
    "call": lambda owner, arguments, call: call.callback(owner, arguments[1:]),
}


def stripped(owner: Value, _arguments: list[Value], _call: Invocation) -> Value:
    text = str(owner)
    lead = len(text) - len(text.lstrip())
    return WrittenText(text.strip(), owner.start + lead, owner.path) if isinstance(owner, WrittenText) else text.strip()


def of_text(change: Callable[..., Value], *types: type) -> Method:
    """A method of strings whose arguments must be of some types."""

    def method(owner: Value, arguments: list[Value], call: Invocation) -> Value:
        given = arguments[: len(types)]
        if len(given) < len(types) or not all(isinstance(value, kind) for value, kind in zip(given, types, strict=True)):
            return not_worked_out(call)
        return change(str(owner), *given)

    return method


def sliced(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    bounds = [value if isinstance(value, int) else None for value in (*arguments[:2], UNDEFINED, UNDEFINED)][:2]
    if any(isinstance(value, Opaque) for value in arguments) or not isinstance(owner, (str, list)):
        return not_worked_out(call)
    return owner[bounds[0] : bounds[1]] if isinstance(owner, list) else str(owner)[bounds[0] : bounds[1]]


STRING_METHODS: dict[str, Method] = {
    "charAt": of_text(lambda text, at: text[at : at + 1], int),
    "concat": lambda owner, arguments, call: (
        not_worked_out(call) if None in map(written, arguments) else str(owner) + "".join(map(str, arguments))
    ),
    "endsWith": of_text(str.endswith, str),
    "includes": of_text(lambda text, part: part in text, str),
    "replace": of_text(lambda text, old, new: text.replace(old, new, 1), str, str),
    "replaceAll": of_text(str.replace, str, str),
    "slice": sliced,
    "split": of_text(lambda text, by: text.split(by) if by else list(text), str),
    "startsWith": of_text(str.startswith, str),
    "substring": sliced,
    "toLowerCase": of_text(str.lower),
    "toString": of_text(str),
    "toUpperCase": of_text(str.upper),
    "trim": stripped,
    "trimEnd": of_text(str.rstrip),
    "trimStart": of_text(str.lstrip),
}


def each(owner: Value, arguments: list[Value], call: Invocation) -> list[Value]:
    """A function called with each element and its number."""
    elements = owner if isinstance(owner, list) else []
    function = argument(arguments, 0)
    return [call.callback(function, [element, number, owner]) for number, element in enumerate(elements)]


def filtered(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    verdicts = [truth(verdict) for verdict in each(owner, arguments, call)]
    elements = owner if isinstance(owner, list) else []
    return not_worked_out(call) if None in verdicts else [element for element, kept in zip(elements, verdicts, strict=True) if kept]


def found(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    kept = filtered(owner, arguments, call)
    return (kept[0] if kept else UNDEFINED) if isinstance(kept, list) else kept


def tested(combined: Callable[[list[bool | None]], bool], owner: Value, arguments: list[Value], call: Invocation) -> Value:
    verdicts = [truth(verdict) for verdict in each(owner, arguments, call)]
    return not_worked_out(call) if None in verdicts else combined(verdicts)


def joined(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    elements = [written_of(element) for element in owner] if isinstance(owner, list) and is_complete(owner) else [None]
    separator = arguments[0] if arguments else ","
    if None in elements or not isinstance(separator, str):
        return not_worked_out(call)
    return separator.join(element or "" for element in elements)


def reduced(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    elements = list(owner) if isinstance(owner, list) else []
    value = arguments[1] if len(arguments) > 1 else (elements.pop(0) if elements else UNDEFINED)
    for number, element in enumerate(elements):
        value = call.callback(argument(arguments, 0), [value, element, number])
    return value


def pushed(owner: Value, arguments: list[Value], _call: Invocation) -> Value:
    if isinstance(owner, list):
        owner.extend(arguments)
        return len(owner)
    return UNDEFINED


def appended(owner: Value, arguments: list[Value], _call: Invocation) -> Value:
    made = list(owner) if isinstance(owner, list) else []
    for given in arguments:
        made.extend(given if isinstance(given, list) else [given])
    return made


def holds(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    wanted = argument(arguments, 0)
    if not is_known(owner) or not is_known(wanted):
        return not_worked_out(call)
    return wanted in owner if isinstance(owner, list) else not_worked_out(call)


def for_each(owner: Value, arguments: list[Value], call: Invocation) -> Value:
    each(owner, arguments, call)
    return UNDEFINED


LIST_METHODS: dict[str, Method] = {
    "concat": appended,
    "every": partial(tested, all),
    "filter": filtered,
    "find": found,
    "flat": lambda owner, _arguments, call: appended([], owner if isinstance(owner, list) else [], call),
    "flatMap": lambda owner, arguments, call: appended([], each(owner, arguments, call), call),
    "forEach": for_each,
    "includes": holds,
    "join": joined,
    "map": each,
    "push": pushed,
    "reduce": reduced,
    "reverse": lambda owner, _arguments, _call: list(reversed(owner)) if isinstance(owner, list) else owner,
    "slice": sliced,
    "some": partial(tested, any),
}
