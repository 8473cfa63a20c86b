"""Code of a project, followed without being run. In: its modules, what stands for packages, where effects are kept. Out: values.

Constants, functions and classes of the project are followed across files, so are loops over lists and conditions on known values.
What depends on anything else is `Unknown`; of branches that may or may not run, none is believed. Module-level names are worked
out once, when they are asked for, so that a table is one value and a file that is imported for a constant is not run for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tree_sitter import Node

from advisor.model import Location
from advisor.sources.evaluation import expressions, functions, names, statements
from advisor.sources.evaluation.effects import Effects
from advisor.sources.evaluation.invocation import Invocation, short
from advisor.sources.evaluation.members import property_of
from advisor.sources.evaluation.modules import Module, Modules
from advisor.sources.evaluation.values import (
    Environment,
    Existence,
    Function,
    HostObject,
    Place,
    Signal,
    TooMuchError,
    Unknown,
    Value,
)
from advisor.sources.typescript.scopes import Binding
from advisor.sources.typescript.syntax import SyntaxTree, content

MAX_STEPS = 2_000_000
"""Expressions and statements of one project: enough for thousands of tables, and an end for code that calls itself."""
TOO_MUCH = "it runs too long, or is nested too deeply"


def no_package(_name: str) -> Value | None:
    return None


class Evaluator:
    """Follows code. `packages` gives the object that stands for a package; None for one whose calls are only written down."""

    def __init__(
        self,
        modules: Modules,
        *,
        packages: Callable[[str], Value | None] = no_package,
        effects: Effects | None = None,
        keeps_parts: bool = True,
        max_steps: int = MAX_STEPS,
    ) -> None:
        self.modules = modules
        self.packages = packages
        self.effects = effects if effects is not None else Effects()
        self.keeps_parts = keeps_parts
        """Whether an object with something unknown spread into it is given for what is known of it."""
        self.max_steps = max_steps
        self.home: Module | None = None
        """The file whose statements are run one after another; the effects of others are placed where it leads to them."""
        self.exports: dict[str, Value] = {}
        """What the statements of that file export."""
        self.guards: tuple[Existence, ...] = ()
        """What must be there, or must not, for the current statement to run."""
        self.tagged: dict[int, Value] = {}
        """What templates are whose tag stands apart from them in the tree, by node."""
        self.known: dict[tuple[str, int], Value] = {}
        """What module-level names stand for, by file and the node that declares them."""
        self.pending: set[tuple[str, object]] = set()
        """Names and exports that are being worked out."""
        self.may_have_returned = False
        """Whether the running function may have ended already, by a condition that is not known."""
        self.may_have_left_loop = False
        """The same of the loop that runs."""
        self.steps = 0
        self.calls = 0
        self.running: dict[int, int] = {}
        """How often each function runs right now, by its node."""
        self.is_trying_out = False
        self._here: Module | None = None
        self._site: Location | None = None

    @property
    def here(self) -> Module:
        """The file whose nodes are being looked at."""
        if self._here is None:
            raise TooMuchError
        return self._here

    @property
    def tree(self) -> SyntaxTree:
        return self.here.tree

    @contextmanager
    def at(self, module: Module) -> Iterator[None]:
        """Look at nodes of another file meanwhile."""
        kept, self._here = self._here, module
        try:
            yield
        finally:
            self._here = kept

    @contextmanager
    def led_from(self, call: Invocation) -> Iterator[None]:
        """Effects in other files meanwhile belong to a call of the file that is followed."""
        kept = self._site
        if call.module is self.home:
            self._site = call.module.tree.location(call.node)
        try:
            yield
        finally:
            self._site = kept

    def location(self, module: Module, node: Node) -> Location:
        if self.home is None or module is self.home or self._site is None:
            return module.tree.location(node)
        return self._site

    def step(self) -> None:
        self.steps += 1
        if self.steps > self.max_steps:
            raise TooMuchError

    def evaluate(self, node: Node, scope: Environment) -> Value:
        """The value of an expression of the current file."""
        self.step()
        return expressions.evaluate(self, node, scope)

    def execute(self, node: Node, scope: Environment) -> Signal | None:
        self.step()
        return statements.execute(self, node, scope)

    def run_module(self, module: Module) -> None:
        """Run a file's statements; imports are followed as their names are used."""
        self.home = module
        with self.at(module):
            statements.run_block(self, content(module.tree.root), module.scope)

    def call(self, function: Value, arguments: list[Value], call: Invocation) -> Value:
        return functions.call_value(self, function, arguments, call)

    def call_function(self, function: Function, arguments: list[Value], call: Invocation, *, this: Value | None = None) -> Value:
        return functions.call_function(self, function, arguments, call, this=this)

    def settle(self, value: Value, call: Invocation) -> Value:
        """What awaiting a value gives."""
        if isinstance(value, HostObject):
            return value.settle(call)
        if isinstance(value, list):
            for element in value:
                if isinstance(element, HostObject):
                    element.settle(call)
        return value

    def try_out(self, run: Callable[[], object], place: Node, why: str = "") -> None:
        """Look at what may happen, or happen any number of times. It is reported where it changes the schema."""
        kept, self.effects = self.effects, self.effects.aside()
        was_trying_out, self.is_trying_out = self.is_trying_out, True
        try:
            run()
        finally:
            tried, self.effects = self.effects, kept
            self.is_trying_out = was_trying_out
        if tried.changes_schema:
            what = why or f"how often `{short(self.tree.text(place))}` changes the schema is decided by data"
            self.effects.leave(f"{what}: not examined", self.location(self.here, place))
        elif tried.changes_rows is not None:
            self.effects.leave_rows(tried.changes_rows)

    def value_at(self, place: Place) -> Value:
        """The value of an expression anywhere in a file; it never takes longer than it may."""
        with self.at(place.module):
            return self.bounded(lambda: self.evaluate(place.node, place.module.scope), place)

    def apply(self, function: Function, arguments: tuple[Value, ...]) -> Value:
        """What a function returns for arguments."""
        call = Invocation(self, function.place.module, function.node)
        return self.bounded(lambda: self.call_function(function, list(arguments), call), function.place)

    def property(self, owner: Value, name: str, place: Place) -> Value:
        """`owner.name`."""
        with self.at(place.module):
            return self.bounded(lambda: property_of(self, owner, name, place.node), place)

    def named(self, module: Module, binding: Binding) -> Value:
        """What a name of a module stands for."""
        return self.bounded(lambda: names.bound(self, module, binding), Place(module, binding.declaration))

    def export(self, module: Module, name: str) -> Value:
        """What a module exports under a name; `*` is all of it."""
        return self.bounded(lambda: names.export(self, module, name), Place(module, module.tree.root))

    def exported(self, module: Module) -> Iterator[tuple[str, Value]]:
        """All that a module exports, `export *` included, by name."""
        for name, holder in names.export_names(self, module):
            yield name, self.export(holder, name)

    def bounded(self, work: Callable[[], Value], place: Place) -> Value:
        try:
            return work()
        except (TooMuchError, RecursionError):
            return Unknown(reason=TOO_MUCH, place=place)
