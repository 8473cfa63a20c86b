"""The code of a project as modules that can be looked up by what imports them. In: what is read. Out: `Modules`, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.model import Skipped, SourceText
from advisor.sources.files import decode, read_bytes
from advisor.sources.reading import Reading

if TYPE_CHECKING:
    from advisor.sources.evaluation.modules import Modules

MAX_BYTES = 1_500_000
"""Larger files are bundles: nobody imports a constant from them."""


def modules_of(reading: Reading) -> Modules:
    """All files of code, each parsed when it is first asked for."""
    if reading.modules is None:
        from advisor.sources.evaluation.modules import Modules

        reading.modules = Modules(reading.code_paths, lambda path: source_of(path, reading), reading.manifests)
    return reading.modules


def source_of(path: str, reading: Reading) -> SourceText | None:
    """The text of a file of code, which may be one that is not looked at for its own sake (constants, shared columns)."""
    known = reading.texts.get(path)
    if known is not None:
        return known
    data = read_bytes(reading.code_paths[path], path)
    return None if isinstance(data, Skipped) or len(data) > MAX_BYTES else decode(data, path).source
