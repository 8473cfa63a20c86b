"""Calls that leave the process while a transaction is open, through functions of the project too.

In: the graph of calls. Out: for each transaction that waits for such a call, the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from advisor.model import CodeCall, Location, Outline, OutsideCall, OutsideKind, Reference
from advisor.model.calls import RESULT
from advisor.sources.calls.directory import Directory
from advisor.sources.outside import kind_of_package, stays_at_home

MAX_DEPTH = 5
"""Calls between a transaction and what leaves the process."""

Leaving = tuple[CodeCall, OutsideKind, Reference]
"""A call that leaves the process, what for, and what of which package it calls."""


class Outward:
    """Follows calls to those that leave the process."""

    def __init__(self, outlines: Mapping[str, Outline], directory: Directory) -> None:
        self._directory = directory
        self._outlines = outlines
        self._by_function: dict[Location, list[CodeCall]] = {}
        self._behind: dict[Location, Leaving | None] = {}
        self.unread: set[str] = set()
        """The files that calls lead to and that nobody has read."""
        for outline in outlines.values():
            for call in outline.calls:
                if call.scope.function_location is not None:
                    self._by_function.setdefault(call.scope.function_location, []).append(call)

    def calls(self) -> Iterator[OutsideCall]:
        """The first call of each transaction that waits for one."""
        told: set[Location] = set()
        for call in (call for outline in self._outlines.values() for call in outline.calls):
            opened = call.transaction
            found = self.leaving(call) if opened is not None and opened not in told else None
            if opened is not None and found is not None:
                told.add(opened)
                at, kind, reference = found
                yield OutsideCall(call.location, call.scope, opened, call.name, kind, at.name, reference.module, at.location)

    def leaving(self, call: CodeCall, steps: int = MAX_DEPTH) -> Leaving | None:
        """What leaves the process when a call is waited for: the call itself, or the first one behind it."""
        if call.target is None:
            return self._in_function(call.function, steps) if call.function is not None and waits(call) else None
        found = self._directory.function(call.location.path, call.target)
        if found is not None:
            return self._in_function(found[1], steps) if waits(call) else None
        end = self._directory.end(call.location.path, call.target)
        if end is not None and end.unread:
            self.unread.update(end.unread if waits(call) else ())
            return None
        kind = kind_of_package(end.reference.module) if end is not None else None
        if end is None or kind is None or stays_at_home(path_in_package(end.reference)):
            return None
        return (call, kind, end.reference) if waits(call) or blocks(end.reference) else None

    def _in_function(self, function: Location, steps: int) -> Leaving | None:
        if steps > 0 and function not in self._behind:
            self._behind[function] = None  # what a function that calls itself finds
            self._behind[function] = self._first(self._by_function.get(function, ()), steps - 1)
        return self._behind.get(function)

    def _first(self, calls: Iterable[CodeCall], steps: int) -> Leaving | None:
        return next((found for call in calls if (found := self.leaving(call, steps)) is not None), None)


def waits(call: CodeCall) -> bool:
    """Whether the function around a call waits for it, or who calls that does."""
    return call.awaited or call.given_back


def blocks(reference: Reference) -> bool:
    """Whether a function waits by itself: `readFileSync`."""
    return (path_in_package(reference) or ("",))[-1].endswith("Sync")


def path_in_package(reference: Reference) -> tuple[str, ...]:
    """The names that lead to a function in a package, what it exports by default or as a whole not counted."""
    own = () if reference.name in ("default", "*") else (reference.name,)
    return (*own, *(name for name in reference.members if name != RESULT))
