"""What happens behind every function of a project: the queries that a call of it sends, itself or through the functions it calls.

In: the queries and calls of all files. Out: for a function, its `Effect`s: each a query with what of the function's own parameters
decides the parameters that the query was written in. Cycles come to an end, since an effect is passed on once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from advisor.model import CodeCall, Location, Outline, ParameterUse, Query
from advisor.sources.calls.directory import Directory

MAX_DEPTH = 6
"""Calls between a loop and a query."""

MAX_EFFECTS = 40
"""Queries behind one function that are followed; a function that sends more is no look-up."""

Function = Location
"""A function is known by its place."""

Fed = Mapping[ParameterUse, frozenset[ParameterUse]]
"""For each parameter that a query uses, the parameters of another function that decide it."""


class Effect(Struct, frozen=True):
    """A query behind a function. `calls` lead to it, the outermost first: none where the function sends it itself."""

    query: int
    """Its number in `Graph.queries`."""
    fed: dict[ParameterUse, frozenset[ParameterUse]]
    calls: tuple[CodeCall, ...] = ()


class Target(Struct, frozen=True):
    """The function that a call means, and whether the results of its calls are kept."""

    function: Function
    remembers: bool = False


@dataclass
class Graph:
    """The functions of a project, with their queries and calls."""

    queries: list[Query]
    outlines: Mapping[str, Outline]
    directory: Directory
    effects: dict[Function, list[Effect]] = field(default_factory=dict)
    _known: dict[Function, set[int]] = field(default_factory=dict)
    _callers: dict[Function, list[CodeCall]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for outline in self.outlines.values():
            for call in outline.calls:
                if (target := self.target_of(call)) is not None:
                    self._callers.setdefault(target.function, []).append(call)
        self._spread()

    def target_of(self, call: CodeCall) -> Target | None:
        """The function that a call means."""
        if call.function is not None:
            return Target(call.function)
        found = self.directory.function(call.location.path, call.target) if call.target is not None else None
        return Target(found[1], found[2]) if found is not None else None

    def behind(self, call: CodeCall) -> Iterable[Effect]:
        target = self.target_of(call)
        return self.effects.get(target.function, ()) if target is not None else ()

    def _spread(self) -> None:
        """Give every query to the function around it, and from there to the functions that call it."""
        waiting: list[tuple[Function, Effect]] = []
        for number, query in enumerate(self.queries):
            function = query.scope.function_location
            if function is not None and not query.loops:
                uses = {use for predicate in query.predicates for use in predicate.parameters} | set(query.parameters)
                self._take(function, Effect(number, {use: frozenset((use,)) for use in uses}), waiting)
        while waiting:
            function, effect = waiting.pop()
            for call in self._callers.get(function, ()):
                caller = call.scope.function_location
                if caller is not None and not call.loops and len(effect.calls) < MAX_DEPTH:
                    self._take(caller, passed_on(effect, call), waiting)

    def _take(self, function: Function, effect: Effect, waiting: list[tuple[Function, Effect]]) -> None:
        known = self._known.setdefault(function, set())
        if effect.query not in known and len(known) < MAX_EFFECTS:
            known.add(effect.query)
            self.effects.setdefault(function, []).append(effect)
            waiting.append((function, effect))


def passed_on(effect: Effect, call: CodeCall) -> Effect:
    """The effect of a function as one of the function around a call of it."""
    fed = {use: frozenset(decided_by(call, parameters)) for use, parameters in effect.fed.items()}
    return Effect(effect.query, fed, (call, *effect.calls))


def decided_by(call: CodeCall, parameters: Iterable[ParameterUse]) -> Iterator[ParameterUse]:
    """The parameters of the function around a call that reach the parameters of the function that it calls."""
    for given in call.given:
        if any(reaches(given.position, given.property, parameter) for parameter in parameters):
            yield from given.parameters


def is_of_element(call: CodeCall, parameters: Iterable[ParameterUse]) -> bool:
    """Whether what a call gives to these parameters is made of its loop's element."""
    wanted = tuple(parameters)
    return any(given.of_element and any(reaches(given.position, given.property, one) for one in wanted) for given in call.given)


def reaches(position: int, name: str | None, parameter: ParameterUse) -> bool:
    """Whether an argument, or a property of it, is what a parameter uses."""
    return position == parameter.position and (name is None or parameter.property is None or name == parameter.property)
