"""Bytes on disk in, decoded text out, with everything that can go wrong said in one line."""

from __future__ import annotations

from collections.abc import Iterator
from os import stat_result
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from msgspec import Struct

from advisor.model import Skipped, SourceText

MAX_BYTES = 64 * 1024 * 1024
"""Nothing that a person wrote is larger; a dump that is holds data, which `pg_dump --schema-only` leaves out."""

BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""Those of UTF-32 first: UTF-16's begin them."""
BINARY_PROBE = 8192
LEAST_TEXT = 20
"""How many characters of text there are to a wrong byte, or one that is NUL, in what is text with a fault and no binary file."""


class Decoded(Struct, frozen=True):
    """A file's text, or None where it has none, and what was wrong with it."""

    source: SourceText | None
    problems: tuple[Skipped, ...] = ()


def status_of(path: Path) -> stat_result | None:
    """What the file system tells of a path; None where nothing is there, or a closed folder keeps it secret: `Path` would raise."""
    try:
        return path.stat()
    except OSError:
        return None


def is_file(path: Path) -> bool:
    return (status := status_of(path)) is not None and S_ISREG(status.st_mode)


def is_folder(path: Path) -> bool:
    return (status := status_of(path)) is not None and S_ISDIR(status.st_mode)


def read_bytes(path: Path, shown: str) -> bytes | Skipped:
    """The file's bytes; a `Skipped` where it vanished, cannot be read, or is too large."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return Skipped(shown, "not a regular file")
        if status.st_size > MAX_BYTES:
            return Skipped(shown, f"{status.st_size / 1024 / 1024:.0f} MiB is over the limit of {MAX_BYTES // 1024 // 1024} MiB")
        return path.read_bytes()
    except FileNotFoundError:
        return Skipped(shown, "no such file")
    except OSError as error:
        return Skipped(shown, f"cannot be read: {error.strerror or error}")


def decode(data: bytes, shown: str) -> Decoded:
    """Text of UTF-8 or, with a byte order mark, UTF-16 or UTF-32. A wrong byte is reported with its place and read as U+FFFD."""
    encoding = "utf-8"
    for mark, name in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    else:
        if data[:BINARY_PROBE].count(0) * LEAST_TEXT > min(len(data), BINARY_PROBE):
            return Decoded(None, (Skipped(shown, nature(data[:BINARY_PROBE])),))
    try:
        source = SourceText(shown, data.decode(encoding))
    except UnicodeDecodeError as error:
        return _with_replacements(data, encoding, shown, error)
    return Decoded(source, tuple(_nul_characters(source)))


def nature(data: bytes) -> str:
    """What bytes are that are full of NUL: a binary file, or text of mostly Latin letters whose encoding nothing tells."""
    halves = data[::2].count(0), data[1::2].count(0)
    if min(halves) * LEAST_TEXT < max(halves) and max(halves) * 4 > len(data):
        return "UTF-16 without a byte order mark, which is not read: save it as UTF-8"
    return "a binary file"


def _nul_characters(source: SourceText) -> Iterator[Skipped]:
    if (count := source.text.count("\0")) > 0:
        place = source.text.index("\0")
        yield Skipped(
            source.path,
            f"a NUL character ({count} such place{'s' if count > 1 else ''})",
            location=source.location(place, place + 1),
        )


def _with_replacements(data: bytes, encoding: str, shown: str, error: UnicodeDecodeError) -> Decoded:
    text = data.decode(encoding, errors="replace")
    wrong = text.count("\ufffd")
    if wrong * LEAST_TEXT > len(text):
        return Decoded(None, (Skipped(shown, "a binary file"),))
    source = SourceText(shown, text)
    offset = len(data[: error.start].decode(encoding, errors="replace"))
    reason = (
        f"not {encoding.upper()}: byte 0x{data[error.start]:02x} ({wrong} such place{'s' if wrong > 1 else ''}, read as U+FFFD)"
    )
    return Decoded(source, (Skipped(shown, reason, location=source.location(offset, offset + 1)),))
