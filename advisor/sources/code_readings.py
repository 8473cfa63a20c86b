"""Many files of code in, a reading of each out: from the cache where the same text was read before, else by several processes.

One file's reading depends on nothing but its path, its text and what it is for, which is what makes both possible.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Self

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder
from msgspec.structs import replace

from advisor.model import Role, SourceText
from advisor.sources.raw_queries import queries_of_code
from advisor.sources.reading_cache import ReadingCache, key_of
from advisor.sources.typescript import CodeReading, read_code

WORTH_PROCESSES = 400_000
"""Characters of code from which on several processes are faster than one: they take as long to start."""
PORTIONS = 8
"""Of the work of one process: the smaller they are, the less one waits for another at the end."""


class CodeText(Struct, frozen=True):
    """A file of code that is to be read, and what it is for."""

    source: SourceText
    role: Role
    is_migration: bool = False
    """It is a migration written in code: what its SQL asks is read with the statements of the migration."""

    @property
    def key(self) -> bytes:
        return key_of(self.source.path, self.role, str(self.is_migration), self.source.text)


class CodeReader:
    """Reads files of code with up to `jobs` processes, and keeps the readings in `cache`."""

    def __init__(self, jobs: int = 1, cache: ReadingCache | None = None) -> None:
        self._jobs = jobs
        self._cache = cache
        self._pool: ProcessPoolExecutor | None = None
        self._encode = Encoder().encode
        self._decode = Decoder(CodeReading).decode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def read(self, texts: Sequence[CodeText]) -> Iterator[CodeReading]:
        """The readings, in the order of the texts. Other processes begin at once; this one reads a file when it is asked for."""
        if self._cache is None:
            return self._fresh(texts)
        keys = [text.key for text in texts]
        known = self._known(keys)
        unknown = [(key, text) for key, text in zip(keys, texts, strict=True) if key not in known]
        return self._with_known(keys, known, self._fresh([text for _, text in unknown]))

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, CodeReading]:
        known = {}
        for key, content in self._cache.find(keys).items() if self._cache is not None else ():
            try:
                known[key] = self._decode(content)
            except (DecodeError, ValidationError):
                continue
        return known

    def _with_known(
        self, keys: Sequence[bytes], known: dict[bytes, CodeReading], fresh: Iterator[CodeReading]
    ) -> Iterator[CodeReading]:
        new: dict[bytes, bytes] = {}
        for key in keys:
            reading = known.get(key)
            if reading is None:
                reading = next(fresh)
                new[key] = self._encode(reading)
            yield reading
        if self._cache is not None:
            self._cache.save(new)

    def _fresh(self, texts: Sequence[CodeText]) -> Iterator[CodeReading]:
        if self._jobs < 2 or sum(len(text.source.text) for text in texts) < WORTH_PROCESSES:
            return map(reading_of, texts)
        portion = max(len(texts) // (self._jobs * PORTIONS), 1)
        return self._or_here(self._processes().map(encoded_reading_of, texts, chunksize=portion), texts)

    def _or_here(self, contents: Iterator[bytes], texts: Sequence[CodeText]) -> Iterator[CodeReading]:
        """What the other processes read; where one of them died (no memory), this one reads what is left."""
        done = 0
        try:
            for content in contents:
                yield self._decode(content)
                done += 1
        except BrokenProcessPool:
            self._jobs = 1
            yield from map(reading_of, texts[done:])

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # A fork has all that is imported at hand; elsewhere than on Linux the system's own libraries do not survive one.
            context = get_context("fork" if sys.platform == "linux" else "spawn")
            self._pool = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=leave_interrupts)
        return self._pool


def reading_of(text: CodeText) -> CodeReading:
    """What a file holds, with the queries of the SQL in it."""
    found = read_code(text.source, text.role)
    if text.is_migration:
        return replace(found, file=replace(found.file, raw_sql=()))
    return replace(found, queries=(*found.queries, *queries_of_code(found.file)))


def encoded_reading_of(text: CodeText) -> bytes:
    return Encoder().encode(reading_of(text))


def leave_interrupts() -> None:
    """An interrupt ends the process that was started by the user, and that one ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
