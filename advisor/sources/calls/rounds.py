"""Queries as the loops run them that reach them through calls.

In: the graph. Out: the queries, each with its `repeated`: what it is at every call, in a loop, whose element decides what it asks.
"""

from __future__ import annotations

from msgspec.structs import replace

from advisor.model import CodeCall, Given, ParameterUse, Predicate, Query
from advisor.sources.calls.graph import Effect, Graph, is_of_element


def with_rounds(graph: Graph) -> list[Query]:
    """All queries, with the loops of other functions that run them."""
    repeated: dict[int, list[Query]] = {}
    for outline in graph.outlines.values():
        for call in outline.calls:
            if call.uses_element_of is not None and (found := speaker_of(call, graph)) is not None:
                repeated.setdefault(found.query, []).append(as_run_by(call, found, graph.queries[found.query]))
    return [replace(query, repeated=tuple(repeated.get(number, ()))) for number, query in enumerate(graph.queries)]


def speaker_of(call: CodeCall, graph: Graph) -> Effect | None:
    """The query that speaks for all that a call in a loop sends: the nearest, a `findUnique` last, since Prisma may batch it."""
    target = graph.target_of(call)
    if target is None or (target.function == call.scope.function_location and not call.loops):
        return None
    found = [effect for effect in graph.behind(call) if fed_by_element(call, effect)]
    return min(found, key=lambda effect: rank(effect, graph.queries[effect.query]), default=None)


def rank(effect: Effect, query: Query) -> tuple[bool, int, str, int]:
    return query.verb == "find unique", len(effect.calls), query.location.path, query.location.line


def fed_by_element(call: CodeCall, effect: Effect) -> bool:
    return any(is_of_element(call, parameters) for parameters in effect.fed.values())


def as_run_by(call: CodeCall, effect: Effect, query: Query) -> Query:
    """The query at the place of the call, in its loops, with its values as far as they are known there."""
    return replace(
        query,
        location=call.location,
        scope=call.scope,
        loops=call.loops,
        uses_element_of=call.uses_element_of,
        predicates=tuple(at_call(predicate, call, effect) for predicate in query.predicates),
        awaited=call.awaited,
        batched_in_transaction=call.batched_in_transaction,
        result_name=call.result_name,
        parameters=(),
        repeated=(),
    )


def at_call(predicate: Predicate, call: CodeCall, effect: Effect) -> Predicate:
    """A comparison with what its value is where the call stands."""
    reaching = [parameter for use in predicate.parameters for parameter in effect.fed.get(use, ())]
    of_element = is_of_element(call, reaching)
    text = text_given(predicate, call) if not effect.calls else None
    return replace(
        predicate, value="element" if of_element else predicate.value, value_text=text or predicate.value_text, parameters=()
    )


def text_given(predicate: Predicate, call: CodeCall) -> str | None:
    """The source of the argument that a comparison's value is, where that is a parameter and nothing else."""
    if len(predicate.parameters) != 1:
        return None
    (use,) = predicate.parameters
    return next((given.text for given in call.given if is_plainly(given, use)), None)


def is_plainly(given: Given, use: ParameterUse) -> bool:
    return (given.position, given.property) == (use.position, use.property)
