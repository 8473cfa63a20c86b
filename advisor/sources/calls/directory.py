"""Where every function of a project stands, by what its callers call it.

In: the outlines of files, and which file an import means. Out: for a `Reference` in a file, the `Definition` that it leads to:
through imports, `export * from`, objects, classes and what they extend, fields and their types. An interface leads to the class
that implements it, where there is only one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Location, Outline, Reference, Symbol
from advisor.sources.module_paths import ModulePaths

MAX_STEPS = 24
"""Imports, re-exports, members and base classes that are walked for one name."""


class Definition(Struct, frozen=True):
    """A symbol, and the file that declares it."""

    path: str
    symbol: Symbol
    remembers: bool = False
    """On the way to it, something keeps the results of its calls."""


class End(Struct, frozen=True):
    """Where a name leads out of what has been read: to a package, or to files of the project (`unread`) that nobody has read."""

    reference: Reference
    unread: tuple[str, ...] = ()


class Directory:
    """The definitions of a project's files."""

    def __init__(self, outlines: Mapping[str, Outline], paths: ModulePaths) -> None:
        self._outlines = outlines
        self._paths = paths
        self._found: dict[tuple[str, Reference], Definition | None] = {}
        self._offers: dict[str, Sequence[str]] = {}
        self._implementations: dict[str, list[Definition]] = {}
        for path, outline in outlines.items():
            for symbol in outline.symbols.values():
                for name in (*symbol.implements, *((symbol.refers.name,) if symbol.kind == "class" and symbol.refers else ())):
                    self._implementations.setdefault(name, []).append(Definition(path, symbol))

    def function(self, path: str, reference: Reference) -> tuple[str, Location, bool] | None:
        """File and place of the function that a reference means, and whether its results are kept."""
        found = self.lookup(path, reference)
        if found is None or found.symbol.function is None:
            return None
        return found.path, found.symbol.function, found.remembers or found.symbol.remembers

    def end(self, path: str, reference: Reference) -> End | None:
        """Where a name in a file leads out of what has been read; None where it stays inside, or nobody can tell."""
        for _ in range(MAX_STEPS):
            target = self._paths.resolve(reference.module, path) if reference.module else None
            if reference.module and target not in self._outlines:
                return End(reference, (target,) if target is not None else ())
            step = self._step(path, reference)
            if step is None:
                unread = tuple(self._unread_stars(target)) if target is not None else ()
                return End(reference, unread) if unread else None
            path, reference = step
        return None

    def _step(self, path: str, reference: Reference) -> tuple[str, Reference] | None:
        """What a name is another name of, or is made of, and where that stands."""
        if not reference.module:
            symbol = self._outlines[path].symbols.get(reference.name)
            further = made_of(symbol, reference.members) if symbol is not None else None
            return (path, further) if further is not None else None
        target = self._paths.resolve(reference.module, path)
        whole = reference.name == "*"
        name = reference.members[0] if whole and reference.members else reference.name
        for file in self._offering(target) if target is not None else ():
            if (export := self._outlines[file].exports.get(name)) is not None:
                return file, replace(export, members=(*export.members, *reference.members[whole:]))
        return None

    def _unread_stars(self, path: str) -> Iterator[str]:
        """The files that a file exports everything of, and that nobody has read: what it exports may be theirs."""
        for file in self._offering(path):
            targets = (self._paths.resolve(module, file) for module in self._outlines[file].stars)
            yield from (target for target in targets if target is not None and target not in self._outlines)

    def lookup(self, path: str, reference: Reference, steps: int = MAX_STEPS) -> Definition | None:
        """What a name in a file stands for."""
        key = (path, reference)
        if key not in self._found:
            self._found[key] = None  # what a name made of itself finds
            self._found[key] = self._walk(path, reference, steps) if steps > 0 else None
        return self._found[key]

    def _walk(self, path: str, reference: Reference, steps: int) -> Definition | None:
        found = self._imported(path, reference, steps) if reference.module else self._own(path, reference.name)
        members = reference.members
        if reference.module and reference.name == "*" and members:
            target = self._paths.resolve(reference.module, path)
            found, members = (self._exported(target, members[0], steps) if target else None), members[1:]
        for name in members:
            found = self._member(found, name, steps - 1) if found is not None else None
        return self._meant(found, steps) if found is not None else None

    def _own(self, path: str, name: str) -> Definition | None:
        outline = self._outlines.get(path)
        symbol = outline.symbols.get(name) if outline is not None else None
        return Definition(path, symbol) if symbol is not None else None

    def _imported(self, path: str, reference: Reference, steps: int) -> Definition | None:
        target = self._paths.resolve(reference.module, path)
        return self._exported(target, reference.name, steps) if target is not None and reference.name != "*" else None

    def _exported(self, path: str, name: str, steps: int) -> Definition | None:
        """What a file exports under a name; a default that is not there is the file's one object (CommonJS)."""
        for file in self._offering(path):
            if (export := self._outlines[file].exports.get(name)) is not None:
                return self.lookup(file, export, steps - 1)
        return None

    def _offering(self, path: str) -> Sequence[str]:
        """The file, and those of which it exports everything (`export * from`), nearest first."""
        if path not in self._offers:
            files = [path] if path in self._outlines else []
            for file in files:
                for module in self._outlines[file].stars:
                    target = self._paths.resolve(module, file)
                    if target in self._outlines and target is not None and target not in files:
                        files.append(target)
            self._offers[path] = files
        return self._offers[path]

    def _member(self, owner: Definition, name: str, steps: int) -> Definition | None:
        """What is under a name of an object, a class, or what these are made of."""
        meant = self._meant(owner, steps)
        if meant is None or steps <= 0:
            return None
        symbol = meant.symbol.members.get(name)
        if symbol is not None:
            return Definition(meant.path, symbol, owner.remembers or meant.remembers)
        if meant.symbol.kind == "class" and meant.symbol.refers is not None:
            base = self.lookup(meant.path, meant.symbol.refers, steps - 1)
            if base is not None and (found := self._member(base, name, steps - 1)) is not None:
                return found
        return self._in_heir(meant, name) if meant.symbol.kind == "class" else None

    def _in_heir(self, owner: Definition, name: str) -> Definition | None:
        """The method that an abstract class leaves to its one heir."""
        own = next((key for key, symbol in self._outlines[owner.path].symbols.items() if symbol is owner.symbol), None)
        heirs = [heir for heir in self._implementations.get(own or "", ()) if name in heir.symbol.members]
        return Definition(heirs[0].path, heirs[0].symbol.members[name]) if len(heirs) == 1 else None

    def _meant(self, found: Definition, steps: int) -> Definition | None:
        """What another name stands for; the class behind an interface."""
        if found.symbol.kind == "reference" and found.symbol.refers is not None:
            target = self.lookup(found.path, found.symbol.refers, steps - 1)
            remembers = found.remembers or found.symbol.remembers
            return Definition(target.path, target.symbol, target.remembers or remembers) if target is not None else None
        if found.symbol.kind == "interface":
            name = next((key for key, symbol in self._outlines[found.path].symbols.items() if symbol is found.symbol), "")
            classes = self._implementations.get(name, ())
            return classes[0] if len(classes) == 1 else None
        return found


def made_of(symbol: Symbol, members: tuple[str, ...]) -> Reference | None:
    """What members of a symbol are taken from: the name that it, or one of them, refers to, with the rest of them."""
    for number in range(len(members) + 1):
        inside = symbol.members.get(members[number]) if number < len(members) else None
        if symbol.refers is not None and (symbol.kind == "reference" or inside is None):
            return replace(symbol.refers, members=(*symbol.refers.members, *members[number:]))
        if inside is None:
            return None
        symbol = inside
    return None
