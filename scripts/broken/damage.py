"""What happens to files besides a slip of the hand. In: a file's bytes and a source of chance. Out: changed bytes.

Three in four changes are those of `mutate.py`: one word, sign or line. The others are of editors, merges, disks and encodings.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from scripts.mutate import cut_off, garble, leave_out_stretch, one_mutation

Damage = Callable[[bytes, random.Random], bytes]
CLOSERS = b"'\"`;)}]$"
DEEPEST = 3_000
LONGEST_LINE = 200_000


def one_damage(data: bytes, chance: random.Random) -> tuple[str, bytes]:
    """The name of a change, and the changed bytes."""
    if chance.random() < 0.75:
        return "a word or a line", one_mutation(text_of(data), chance).encode(errors="replace")
    change = chance.choice(CHANGES)
    return change.__name__.replace("_", " "), change(data, chance)


def text_of(data: bytes) -> str:
    return data.decode(errors="replace")


def of_text(change: Callable[[str, random.Random], str]) -> Damage:
    """A change of text as one of bytes."""

    def changed(data: bytes, chance: random.Random) -> bytes:
        return change(text_of(data), chance).encode(errors="replace")

    changed.__name__ = change.__name__
    return changed


def lost_closer(data: bytes, chance: random.Random) -> bytes:
    """A quote, a bracket or a semicolon left out."""
    places = [place for place, byte in enumerate(data) if byte in CLOSERS]
    place = chance.choice(places or [len(data)])
    return data[:place] + data[place + 1 :]


def random_bytes(data: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + chance.randbytes(chance.randint(1, 12)) + data[place:]


def nul(data: bytes, chance: random.Random) -> bytes:
    place = chance.randint(0, len(data))
    return data[:place] + b"\0" + data[place:]


def line_ends_of_windows(data: bytes, _chance: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def line_ends_of_old_macs(data: bytes, _chance: random.Random) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r")


def byte_order_mark(data: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2)) + data


def utf_16(data: bytes, chance: random.Random) -> bytes:
    return text_of(data).encode(chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32")))


def latin_1(data: bytes, chance: random.Random) -> bytes:
    """Another encoding, with some letters that differ in it."""
    place = chance.randint(0, len(data))
    return data[:place] + "é ü ß".encode("latin-1") + data[place:]


def long_line(data: bytes, chance: random.Random) -> bytes:
    """A very long line in the place of a line end."""
    place = data.find(b"\n", chance.randint(0, len(data)))
    filling = chance.choice((b"x", b" ", b"1,", b"'a',", b"-- ")) * chance.randint(1_000, LONGEST_LINE // 4)
    return data[: max(place, 0)] + filling + data[max(place, 0) :]


def deep_nesting(data: bytes, chance: random.Random) -> bytes:
    place = data.find(b"\n", chance.randint(0, len(data)))
    return data[: max(place, 0)] + chance.choice((b"(", b"[", b"{", b"((", b"f(")) * DEEPEST + data[max(place, 0) :]


def merge_conflict(data: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    start = chance.randint(0, len(lines))
    end = min(len(lines), start + chance.randint(0, 4))
    ours, theirs = lines[start:end], [line.upper() for line in lines[start:end]]
    marked = [b"<<<<<<< HEAD\n", *ours, b"=======\n", *theirs, b">>>>>>> branch\n"]
    return b"".join([*lines[:start], *marked, *lines[end:]])


def cut_inside_a_character(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randint(0, len(data))] + "é".encode()[:1]


def emptied(_data: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"", b"\n\n", b" ", b"\xef\xbb\xbf"))


def doubled(data: bytes, _chance: random.Random) -> bytes:
    """The whole file twice, as a wrong paste leaves it."""
    return data + data


CHANGES: tuple[Damage, ...] = (
    of_text(cut_off),
    of_text(leave_out_stretch),
    of_text(garble),
    lost_closer,
    lost_closer,
    lost_closer,
    random_bytes,
    nul,
    line_ends_of_windows,
    line_ends_of_old_macs,
    byte_order_mark,
    utf_16,
    latin_1,
    long_line,
    deep_nesting,
    merge_conflict,
    merge_conflict,
    cut_inside_a_character,
    emptied,
    doubled,
)
