"""Functions, called. In: a function and arguments. Out: what it returns; calls of packages are written down as `Call`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tree_sitter import Node

from advisor.sources.evaluation.classes import parent_class
from advisor.sources.evaluation.containers import ArrayValue
from advisor.sources.evaluation.effects import Effects
from advisor.sources.evaluation.language import language_function
from advisor.sources.evaluation.patterns import bind
from advisor.sources.evaluation.symbols import Call
from advisor.sources.evaluation.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Function,
    HostObject,
    Namespace,
    Native,
    Opaque,
    Parent,
    Place,
    TooDeepError,
    Unknown,
    Value,
    argument,
)
from advisor.sources.typescript.syntax import content, field

if TYPE_CHECKING:
    from advisor.sources.evaluation.evaluator import Evaluator
    from advisor.sources.evaluation.invocation import Invocation

MAX_CALLS = 60
"""Functions that call each other."""


def call_value(run: Evaluator, function: Value, arguments: list[Value], call: Invocation) -> Value:
    """Call a value. What is not known is not called, but the functions handed to it are looked into."""
    if isinstance(function, Namespace):
        from advisor.sources.evaluation.names import export

        function = export(run, function.module, "default")
    if isinstance(function, Function):
        return call_function(run, function, arguments, call)
    if isinstance(function, Native):
        return function.run(arguments, call)
    if isinstance(function, HostObject):
        return function.apply(arguments, call)
    known = language_function(function)
    return known(arguments, call) if known is not None else call_unknown(run, function, arguments, call)


def call_function(
    run: Evaluator, function: Function, arguments: list[Value], call: Invocation, *, this: Value | None = None
) -> Value:
    body = field(function.node, "body")
    running = run.running.get(function.node.id, 0)
    if body is None or (running and run.is_trying_out):
        return Unknown(call.text, "it calls itself", function.place)  # one look at what may happen is enough
    if run.calls >= MAX_CALLS:
        raise TooDeepError
    guards, may_have_returned = run.guards, run.may_have_returned
    effects: Effects = run.effects
    closed = effects.closed
    run.calls += 1
    run.running[function.node.id] = running + 1
    run.may_have_returned = False
    try:
        with run.led_from(call), run.at(function.place.module):
            value = run_body(run, function, body, arguments, this)
        is_async = any(child.type == "async" for child in function.node.children)
        return run.settle(value, call) if is_async else value
    except TooDeepError:
        if running > 1:
            raise  # up to the first call of itself, so that not every call on the way tries again
        return Unknown(call.text, "it is nested too deeply", function.place)
    finally:
        run.calls -= 1
        run.running[function.node.id] = running
        run.guards, run.may_have_returned, effects.closed = guards, may_have_returned, closed


def run_body(run: Evaluator, function: Function, body: Node, arguments: list[Value], this: Value | None) -> Value:
    from advisor.sources.evaluation.statements import run_block

    scope = function.scope.inside(function.this if this is None else this)
    if function.owner is not None and (parent := parent_class(run, function.owner)) is not None:
        scope.names["super"] = Parent(parent, scope.this)
    bind_parameters(run, function.node, arguments, scope)
    if body.type != "statement_block":
        return run.evaluate(body, scope)
    signal = run_block(run, content(body), scope)
    value = signal.value if signal is not None and signal.kind == "return" else UNDEFINED
    if run.may_have_returned and not isinstance(value, HostObject):
        return Unknown("", "it depends on a condition", function.place)
    return value


def bind_parameters(run: Evaluator, function: Node, arguments: list[Value], scope: Environment) -> None:
    single = field(function, "parameter")
    if single is not None:
        bind(run, single, argument(arguments, 0), scope)
        return
    listed = field(function, "parameters")
    position = 0
    for parameter in content(listed) if listed is not None else ():
        is_typed = parameter.type in ("required_parameter", "optional_parameter")
        pattern = field(parameter, "pattern") if is_typed else parameter
        if pattern is None or pattern.type == "this":
            continue
        if pattern.type == "rest_pattern":
            bind(run, content(pattern)[0], ArrayValue(arguments[position:], Place(run.here, pattern)), scope)
            continue
        value = argument(arguments, position)
        position += 1
        default = field(parameter, "value") if is_typed else None
        if value is UNDEFINED and default is not None:
            value = run.evaluate(default, scope)
        bind(run, pattern, value, scope)


def call_unknown(run: Evaluator, function: Value, arguments: list[Value], call: Invocation) -> Value:
    """A function of a package. It is of interest where it is handed the tool itself, or functions that use it."""
    if any(holds_tool(value) for value in arguments):
        call.leave(f"what `{call.text}` does is not examined: it is defined elsewhere")
    elif run.effects.looks_into_functions:
        for one in arguments:
            if isinstance(one, Function):
                run.try_out(partial(call_function, run, one, [], call), call.node)
    place = Place(call.module, call.node)
    if isinstance(function, Unknown):
        return Unknown(call.text, function.reason, place)
    is_written_down = isinstance(function, (Opaque, ClassValue))
    return Call(function, tuple(arguments), place) if is_written_down else Unknown(call.text, "it is no function", place)


def holds_tool(value: Value, depth: int = 4) -> bool:
    """Whether a value is or holds an object through which the schema can be changed."""
    if isinstance(value, HostObject):
        return getattr(value, "changes_schema", False) is True
    if isinstance(value, (list, dict)) and depth:
        return any(holds_tool(part, depth - 1) for part in (value.values() if isinstance(value, dict) else value))
    return False
