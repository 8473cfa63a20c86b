"""The functions of a migration, run over its syntax tree. In: a tree. Out: what its calls of a tool write into a `Script`.

Nothing of the program itself is executed: constants, helper functions of the file, loops over lists and conditions on known values
are followed; whatever else decides what happens to the schema is reported with its place. What a branch would do that may or may
not run is tried on a script of its own, so that only branches which change the schema are reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tree_sitter import Node

from advisor.model import Location
from advisor.sources.migrations.code import classes, expressions, statements
from advisor.sources.migrations.code.patterns import bind
from advisor.sources.migrations.code.script import ROW_CHANGE, Script
from advisor.sources.migrations.code.values import (
    UNDEFINED,
    ClassValue,
    Environment,
    Existence,
    Function,
    HostObject,
    Instance,
    Native,
    NotSeen,
    Signal,
    TooMuchError,
    Unknown,
    Value,
    argument,
    text_of,
)
from advisor.sources.typescript.syntax import SyntaxTree, content
from advisor.sources.typescript.syntax import field as child_of

MAX_STEPS = 200_000
"""Expressions and statements of one migration; more are a loop that does not end."""

MAX_CALLS = 60
"""Functions that call each other."""

MAX_REASON = 80
MAKES = re.compile(r"\b(?:ADD COLUMN|CREATE TABLE|CREATE (?:UNIQUE )?INDEX)\s+(?!IF\b|CONCURRENTLY\b)", re.IGNORECASE)


@dataclass(slots=True)
class Interpreter:
    """One file while it runs."""

    tree: SyntaxTree
    module: Callable[[str], Value]
    """What a module that the file imports is."""
    script: Script
    module_scope: Environment = field(default_factory=Environment)
    exports: dict[str, Value] = field(default_factory=dict)
    guards: tuple[Existence, ...] = ()
    """What must be there, or must not, for the current statement to run."""
    tagged: dict[int, Value] = field(default_factory=dict)
    """What templates are whose tag stands apart from them in the tree, by node."""
    steps: int = 0
    calls: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise TooMuchError

    def evaluate(self, node: Node, scope: Environment) -> Value:
        self.step()
        return expressions.evaluate(self, node, scope)

    def execute(self, node: Node, scope: Environment) -> Signal | None:
        self.step()
        return statements.execute(self, node, scope)

    def run_module(self) -> None:
        statements.run_block(self, content(self.tree.root), self.module_scope)

    def call(self, function: Value, arguments: list[Value], call: Call) -> Value:
        """Call a value. What is not known is not called, but the functions handed to it are looked into."""
        if isinstance(function, Function):
            return self.call_function(function, arguments, call)
        if isinstance(function, Native):
            return function.run(arguments, call)
        if isinstance(function, HostObject):
            return function.apply(arguments, call)
        return self.call_unknown(arguments, call)

    def call_function(self, function: Function, arguments: list[Value], call: Call, *, this: Value | None = None) -> Value:
        body = child_of(function.node, "body")
        if body is None or self.calls >= MAX_CALLS:
            return Unknown(call.text)
        scope = function.scope.inside(function.this if this is None else this)
        self.bind_parameters(function.node, arguments, scope)
        self.calls += 1
        guards, script, closed = self.guards, self.script, self.script.closed
        try:
            value = self.result_of(body, scope)
            return self.settle(value, call) if any(child.type == "async" for child in function.node.children) else value
        finally:
            self.calls -= 1
            self.guards, script.closed = guards, closed

    def result_of(self, body: Node, scope: Environment) -> Value:
        if body.type != "statement_block":
            return self.evaluate(body, scope)
        signal = statements.run_block(self, content(body), scope)
        return signal.value if signal is not None and signal.kind == "return" else UNDEFINED

    def bind_parameters(self, function: Node, arguments: list[Value], scope: Environment) -> None:
        single = child_of(function, "parameter")
        if single is not None:
            bind(self, single, argument(arguments, 0), scope)
            return
        listed = child_of(function, "parameters")
        given = iter(range(len(content(listed)) if listed is not None else 0))
        for parameter in content(listed) if listed is not None else ():
            pattern = (
                child_of(parameter, "pattern") if parameter.type in ("required_parameter", "optional_parameter") else parameter
            )
            if pattern is None or pattern.type == "this":
                continue
            position = next(given)
            if pattern.type == "rest_pattern":
                bind(self, content(pattern)[0], list(arguments[position:]), scope)
                continue
            value = argument(arguments, position)
            default = child_of(parameter, "value") if pattern is not parameter else None
            if value is UNDEFINED and default is not None:
                value = self.evaluate(default, scope)
            bind(self, pattern, value, scope)

    def call_unknown(self, arguments: list[Value], call: Call) -> Value:
        """A function of another file. It is of interest where it is handed the tool itself, or functions that use it."""
        if any(holds_tool(value) for value in arguments):
            call.leave(f"what `{call.text}` does is not examined: it is defined elsewhere")
            return Unknown(call.text)
        for function in arguments:
            if isinstance(function, Function):
                self.try_out(partial(self.call_function, function, [], call), call.node)
        return Unknown(call.text)

    def try_out(self, run: Callable[[], object], place: Node, why: str = "") -> None:
        """Look at what may happen, or happen any number of times. It is reported where it changes the schema."""
        with self.aside() as script:
            run()
        if script.changes_schema:
            what = why or f"how often `{short(self.tree.text(place))}` changes the schema is decided by data"
            self.script.leave(f"{what}: not examined", self.tree.location(place))
        elif script.changes_rows is not None:
            self.script.leave_rows(script.changes_rows)

    @contextmanager
    def aside(self) -> Iterator[Script]:
        """What is written meanwhile goes to a script of its own."""
        kept, self.script = self.script, Script(self.script.source)
        try:
            yield self.script
        finally:
            self.script = kept

    def instantiate(self, made_of: ClassValue, arguments: list[Value], call: Call) -> Instance:
        """An object of a class of the file, its fields set."""
        instance = Instance(made_of)
        scope = made_of.scope.inside(instance)
        for member in classes.members_of(made_of.node):
            name, value = classes.field_of(member)
            if name:
                instance.fields[name] = self.evaluate(value, scope) if value is not None else UNDEFINED
        constructor = self.method_of(instance, "constructor")
        if constructor is not None:
            self.call_function(constructor, arguments, call)
        return instance

    def method_of(self, instance: Instance, name: str) -> Function | None:
        for member in classes.members_of(instance.made_of.node):
            key = child_of(member, "name") if member.type == "method_definition" else None
            if key is not None and self.tree.text(key).strip("'\"") == name:
                return Function(member, instance.made_of.scope, instance)
        return None

    def settle(self, value: Value, call: Call) -> Value:
        """What awaiting a value gives."""
        if isinstance(value, HostObject):
            return value.settle(call)
        if isinstance(value, list):
            for element in value:
                if isinstance(element, HostObject):
                    element.settle(call)
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the migration: where it stands, and where what it does is written."""

    run: Interpreter
    node: Node

    @property
    def text(self) -> str:
        called = child_of(self.node, "function") or child_of(self.node, "constructor") or self.node
        return short(self.run.tree.text(called))

    @property
    def location(self) -> Location:
        return self.run.tree.location(self.node)

    @property
    def if_exists(self) -> bool:
        """Whether the call stands behind a question whether something is there."""
        return any(guard.holds for guard in self.run.guards)

    @property
    def if_not_exists(self) -> bool:
        return any(not guard.holds for guard in self.run.guards)

    def write(self, sql: str) -> None:
        """SQL that the tool makes of the call."""
        self.run.script.add(sql, self.location)

    def run_sql(self, value: Value) -> None:
        """SQL that the migration hands to its tool. Values that are not known matter little where it changes rows alone."""
        if isinstance(value, Unknown) and ROW_CHANGE.match(value.begins):
            self.leave_rows()
            return
        self.run.script.add(self.guarded(text_of(value, "its SQL")), self.location)

    def guarded(self, sql: str) -> str:
        """SQL behind `if (!exists)` makes only what is not there."""
        if self.if_not_exists and MAKES.search(sql):
            return MAKES.sub(r"\g<0>IF NOT EXISTS ", sql)
        return sql

    def leave(self, reason: str) -> None:
        self.run.script.leave(reason, self.location)

    def leave_rows(self) -> None:
        self.run.script.leave_rows(self.location)

    def invoke(self, owner: HostObject, name: str, arguments: list[Value]) -> Value:
        """Call a method of a tool's object; what it cannot be told is reported."""
        try:
            return owner.invoke(name, arguments, self)
        except NotSeen as reason:
            self.leave(f"`{self.text}` is not examined: {reason}")
            return Unknown(self.text)

    def callback(self, function: Value, arguments: list[Value]) -> Value:
        """Call a function that was handed to a tool."""
        return self.run.call(function, arguments, self)


def holds_tool(value: Value, depth: int = 4) -> bool:
    """Whether a value is or holds an object through which the schema can be changed."""
    if isinstance(value, HostObject):
        return getattr(value, "changes_schema", False) is True
    if isinstance(value, (list, dict)) and depth:
        return any(holds_tool(part, depth - 1) for part in (value.values() if isinstance(value, dict) else value))
    return False


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_REASON else line[:MAX_REASON] + "..."
