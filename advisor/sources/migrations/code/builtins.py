"""What the language itself offers: `Object.keys`, `Promise.all`, methods of strings, lists and promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from advisor.sources.migrations.code.values import (
    UNDEFINED,
    HostObject,
    Native,
    Unknown,
    Value,
    argument,
    is_known,
    truth,
    written_of,
)

if TYPE_CHECKING:
    from advisor.sources.migrations.code.interpreter import Call, Interpreter


class Namespace(HostObject):
    """`Object`, `Promise`, `JSON`, ...: functions by name."""

    def __init__(self, functions: dict[str, Callable[[list[Value], Call], Value]]) -> None:
        self.functions = functions

    def invoke(self, name: str, arguments: list[Value], call: Call) -> Value:
        function = self.functions.get(name)
        return function(arguments, call) if function is not None else call.run.call_unknown(arguments, call)

    def apply(self, arguments: list[Value], call: Call) -> Value:
        return self.invoke("", arguments, call)

    def construct(self, arguments: list[Value], call: Call) -> Value:
        return call.run.call_unknown(arguments, call)


class Module(HostObject):
    """`module`, whose `exports` are the file's."""

    def __init__(self, exports: dict[str, Value]) -> None:
        self.exports = exports

    def get(self, name: str) -> Value:
        return self.exports if name == "exports" else Unknown(name)


def keys_of(arguments: list[Value], call: Call) -> Value:
    given = argument(arguments, 0)
    return list(given) if isinstance(given, dict) else Unknown(call.text)


def values_of(arguments: list[Value], call: Call) -> Value:
    given = argument(arguments, 0)
    return list(given.values()) if isinstance(given, dict) else Unknown(call.text)


def entries_of(arguments: list[Value], call: Call) -> Value:
    given = argument(arguments, 0)
    return [[key, value] for key, value in given.items()] if isinstance(given, dict) else Unknown(call.text)


def assign(arguments: list[Value], call: Call) -> Value:
    target = argument(arguments, 0)
    if not isinstance(target, dict) or not all(isinstance(given, dict) for given in arguments):
        return Unknown(call.text)
    for given in arguments[1:]:
        target.update(given if isinstance(given, dict) else {})
    return target


def itself(arguments: list[Value], _call: Call) -> Value:
    return argument(arguments, 0)


def all_settled(arguments: list[Value], call: Call) -> Value:
    """`Promise.all([...])`: each in its place."""
    given = argument(arguments, 0)
    if isinstance(given, list):
        return [call.run.settle(element, call) for element in given]
    return Unknown(call.text)


def as_json(arguments: list[Value], call: Call) -> Value:
    given = argument(arguments, 0)
    if not is_known(given):
        return Unknown(call.text)
    try:
        return json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError):
        return Unknown(call.text)


def as_string(arguments: list[Value], call: Call) -> Value:
    text = written_of(argument(arguments, 0))
    return Unknown(call.text) if text is None else text


def as_boolean(arguments: list[Value], call: Call) -> Value:
    known = truth(argument(arguments, 0))
    return Unknown(call.text) if known is None else known


def require(arguments: list[Value], call: Call) -> Value:
    name = argument(arguments, 0)
    return call.run.module(name) if isinstance(name, str) else Unknown(call.text)


OBJECT = Namespace({"keys": keys_of, "values": values_of, "entries": entries_of, "assign": assign, "freeze": itself})
PROMISE = Namespace({"all": all_settled, "allSettled": all_settled, "resolve": itself})
NOTHING = Namespace(
    dict.fromkeys(("log", "info", "warn", "error", "debug", "time", "timeEnd"), lambda _arguments, _call: UNDEFINED)
)


GLOBALS: dict[str, Callable[[Interpreter], Value]] = {
    "Array": lambda _run: Namespace({"isArray": lambda given, _call: isinstance(argument(given, 0), list), "from": itself}),
    "Boolean": lambda _run: Namespace({"": as_boolean}),
    "JSON": lambda _run: Namespace({"stringify": as_json}),
    "Object": lambda _run: OBJECT,
    "Promise": lambda _run: PROMISE,
    "String": lambda _run: Namespace({"": as_string}),
    "console": lambda _run: NOTHING,
    "exports": lambda run: run.exports,
    "module": lambda run: Module(run.exports),
    "require": lambda _run: Native(require),
    "undefined": lambda _run: UNDEFINED,
}


def property_of(owner: Value, name: Value) -> Value:
    """A property of a value of the language."""
    if isinstance(owner, dict):
        return owner.get(str(name), UNDEFINED)
    if isinstance(owner, (list, str)):
        if name == "length":
            return len(owner)
        if isinstance(name, int) and not isinstance(name, bool):
            return owner[name] if 0 <= name < len(owner) else UNDEFINED
    return Unknown(str(name))
