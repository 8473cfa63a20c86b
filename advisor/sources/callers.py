"""Files that access no data themselves and call functions of other files that do: they are read once these functions are known.

In: the files that were left unread, by what they import. Out: their outlines, round after round: a caller may be called itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from advisor.model import Outline, Reference, Skipped, Symbol
from advisor.sources.discovery import FoundFile
from advisor.sources.files import decode, read_bytes
from advisor.sources.module_paths import EXTERNAL, ModulePaths
from advisor.sources.reading import Reading
from advisor.sources.roles import role_of

if TYPE_CHECKING:
    from advisor.sources.code_readings import CodeReader, CodeText

IMPORTS = re.compile(rb"""\b(?:from|import|require)\s*\(?\s*["']([^"'\n]{1,200})["']""")
WAITS = (b"await", b"Promise", b" from ")
"""One of them is in every file that calls such a function or hands it on."""

MAX_ROUNDS = 4
"""Files between a loop and a query that mention no data access."""


class Caller(Struct, frozen=True):
    """A file that was left unread, with what it imports."""

    file: FoundFile
    imports: tuple[str, ...]


def caller_of(file: FoundFile, data: bytes) -> Caller | None:
    """A file that mentions no data access as one that may call such functions; None where it has nothing to wait for."""
    if role_of(file.relative) != "application" or not any(word in data for word in WAITS):
        return None
    found = {specifier.decode(errors="replace") for specifier in IMPORTS.findall(data)}
    imports = tuple(sorted(specifier for specifier in found if not EXTERNAL.match(specifier)))
    return Caller(file, imports) if imports else None


def read_callers(reading: Reading, paths: ModulePaths, reader: CodeReader) -> None:
    """Read the files that call functions with queries behind them, those that call these, and so on."""
    unread = {caller.file.shown: caller for caller in reading.callers}
    offering = {query.location.path for query in reading.queries if query.scope.function_location is not None}
    asked: set[str] = set()
    for _ in range(MAX_ROUNDS):
        hand_on(offering, reading.outlines, paths)
        new = offering - asked
        found = [caller for caller in unread.values() if not new.isdisjoint(imported(caller, paths))]
        if not found:
            break
        for caller in found:
            del unread[caller.file.shown]
        for read in reader.read(list(texts_of([caller.file.shown for caller in found], reading))):
            reading.take_code(read)
        asked |= new


def imported(caller: Caller, paths: ModulePaths) -> Iterator[str | None]:
    return (paths.resolve(specifier, caller.file.shown) for specifier in caller.imports)


def hand_on(offering: set[str], outlines: Mapping[str, Outline], paths: ModulePaths) -> None:
    """Add the files whose functions call what those of the set offer, or that export it under names of their own."""
    sources = {path: sources_of(path, outline, paths) for path, outline in outlines.items() if path not in offering}
    while more := {path for path, used in sources.items() if path not in offering and not used.isdisjoint(offering)}:
        offering |= more


def sources_of(path: str, outline: Outline, paths: ModulePaths) -> set[str | None]:
    """The files that what a file offers is made of."""
    references = [*outline.exports.values(), *(one for symbol in outline.symbols.values() for one in references_in(symbol))]
    references += [call.target for call in outline.calls if call.target is not None]
    modules = {reference.module for reference in references if reference.module} | set(outline.stars)
    return {paths.resolve(module, path) for module in modules}


def references_in(symbol: Symbol) -> Iterator[Reference]:
    if symbol.refers is not None:
        yield symbol.refers
    for member in symbol.members.values():
        yield from references_in(member)


def texts_of(paths: Iterable[str], reading: Reading) -> Iterator[CodeText]:
    """Files of code that were left unread, those of them that can be read; `paths` are shown ones."""
    from advisor.sources.code_readings import CodeText

    for path in paths:
        data = read_bytes(reading.code_paths[path], path)
        source = None if isinstance(data, Skipped) else decode(data, path).source
        if source is not None:
            reading.take(source)
            yield CodeText(source, role_of(reading.relative[path]))
