"""Files that access no data themselves, with functions that are called while a transaction is open: what they do then matters.

In: the outlines of what has been read. Out: the calls that leave the process meanwhile, once these files are read too, round after
round: the function of one may call that of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.model import OutsideCall
from advisor.sources.callers import texts_of
from advisor.sources.calls.directory import Directory
from advisor.sources.calls.outside import Outward
from advisor.sources.module_paths import ModulePaths
from advisor.sources.reading import Reading

if TYPE_CHECKING:
    from advisor.sources.code_readings import CodeReader

MAX_ROUNDS = 4
"""Files between a transaction and what leaves the process."""


def calls_outside(reading: Reading, paths: ModulePaths, reader: CodeReader) -> tuple[OutsideCall, ...]:
    """The calls that leave the process while a transaction is open; reads the files that they lead through."""
    if not reading.has_transactions:
        return ()
    asked: set[str] = set()
    for _ in range(MAX_ROUNDS):
        outward = Outward(reading.outlines, Directory(reading.outlines, paths))
        found = tuple(outward.calls())
        new = outward.unread - asked
        if not new:
            break
        asked |= new
        for read in reader.read(list(texts_of(sorted(new), reading))):
            reading.take_code(read)
    return found
