"""What the language itself offers by name: `Object.keys`, `Promise.all`, `require`. In: a name. Out: what calls of it do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.sources.evaluation.containers import ArrayValue, ObjectValue, is_complete
from advisor.sources.evaluation.conversions import to_json, truth, written_of
from advisor.sources.evaluation.symbols import External
from advisor.sources.evaluation.values import UNDEFINED, Namespace, Place, Unknown, Value, argument

if TYPE_CHECKING:
    from advisor.sources.evaluation.invocation import Invocation

LanguageFunction = Callable[[list[Value], "Invocation"], Value]


def language_function(function: Value) -> LanguageFunction | None:
    """The function that a global name is."""
    return FUNCTIONS.get(function.name) if isinstance(function, External) and not function.module else None


def language_method(owner: Value, name: Value) -> Callable[[Value, list[Value], Invocation], Value] | None:
    """`Object.keys` and the like."""
    found = METHODS.get(f"{owner.name}.{name}") if isinstance(owner, External) and not owner.module else None
    return (lambda _owner, arguments, call: found(arguments, call)) if found is not None else None


def not_worked_out(call: Invocation) -> Unknown:
    return Unknown(call.text, f"`{call.text}` is not worked out", Place(call.module, call.node))


def parts_of(read: Callable[[dict[str, Value], Place], list[Value]]) -> LanguageFunction:
    def function(arguments: list[Value], call: Invocation) -> Value:
        given, place = argument(arguments, 0), Place(call.module, call.node)
        return ArrayValue(read(given, place), place, is_complete(given)) if isinstance(given, dict) else not_worked_out(call)

    return function


def assigned(arguments: list[Value], call: Invocation) -> Value:
    """`Object.assign(target, ...)`: into the target itself."""
    target = argument(arguments, 0)
    if not isinstance(target, dict) or not all(isinstance(given, dict) for given in arguments):
        return not_worked_out(call)
    for given in arguments[1:]:
        target.update(given if isinstance(given, dict) else {})
        if isinstance(target, ObjectValue) and isinstance(given, ObjectValue):
            target.places.update(given.places)
            target.complete = target.complete and given.complete
    return target


def itself(arguments: list[Value], _call: Invocation) -> Value:
    return argument(arguments, 0)


def all_settled(arguments: list[Value], call: Invocation) -> Value:
    """`Promise.all([...])`: each in its place."""
    given = argument(arguments, 0)
    if isinstance(given, list):
        return [call.run.settle(element, call) for element in given]
    return not_worked_out(call)


def as_json(arguments: list[Value], call: Invocation) -> Value:
    text = to_json(argument(arguments, 0))
    return not_worked_out(call) if text is None else text


def as_string(arguments: list[Value], call: Invocation) -> Value:
    text = written_of(argument(arguments, 0))
    return not_worked_out(call) if text is None else text


def as_boolean(arguments: list[Value], call: Invocation) -> Value:
    known = truth(argument(arguments, 0))
    return not_worked_out(call) if known is None else known


def is_array(arguments: list[Value], _call: Invocation) -> Value:
    return isinstance(argument(arguments, 0), list)


def nothing(_arguments: list[Value], _call: Invocation) -> Value:
    return UNDEFINED


def required(arguments: list[Value], call: Invocation) -> Value:
    name = argument(arguments, 0)
    return module_value(name, call) if isinstance(name, str) else not_worked_out(call)


def module_value(name: str, call: Invocation) -> Value:
    """What `require` gives: a tool's package, a file of the project, or a name alone."""
    package = call.run.packages(name)
    if package is not None:
        return package
    target = call.run.modules.resolve(name, call.module.path)
    return Namespace(target) if target is not None else External(name, "*")


FUNCTIONS: dict[str, LanguageFunction] = {"Boolean": as_boolean, "String": as_string, "require": required}
METHODS: dict[str, LanguageFunction] = {
    "Array.from": itself,
    "Array.isArray": is_array,
    "JSON.stringify": as_json,
    "Object.assign": assigned,
    "Object.entries": parts_of(lambda given, place: [ArrayValue(pair, place) for pair in given.items()]),
    "Object.freeze": itself,
    "Object.keys": parts_of(lambda given, _place: list(given)),
    "Object.seal": itself,
    "Object.values": parts_of(lambda given, _place: list(given.values())),
    "Promise.all": all_settled,
    "Promise.allSettled": all_settled,
    "Promise.resolve": itself,
    **dict.fromkeys((f"console.{name}" for name in ("log", "info", "warn", "error", "debug", "time", "timeEnd")), nothing),
}
