"""Texts with mistakes, for campaigns against a reader. In: a text that is right, a seed and a number. Out: that many changed texts.

    from scripts.mutate import mutations
    for text in mutations(source, seed=1, count=1000): ...

Each text differs from the source in one to three places: a word, sign or line left out, doubled, swapped, moved, put in from
elsewhere in the same text, cut off, or garbled. The same seed gives the same texts. Nothing in it knows the language of
the text, so it serves SQL as well as Prisma schemas.

As a program it writes the texts into a folder: `python scripts/mutate.py FILE FOLDER [--seed 1] [--count 100]`.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

WORD = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\n]|\'\')*\'|[^\W\d]\w*|\d+(?:\.\d+)?|\s+|[^\w\s]')
"""Strings, names, numbers, blanks, and signs one by one."""

SIGNS = (
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "=",
    "@",
    "?",
    '"',
    "'",
    "$$",
    "/*",
    "*/",
    "--",
    "//",
    "-1",
    "1.5",
    "é",
    "\\",
    "\0",
)
MOST_CHANGES = 3


def mutations(text: str, seed: int, count: int) -> Iterator[str]:
    """`count` changed forms of a text. A form may be equal to the text by chance; an empty text only grows."""
    chance = random.Random(seed)
    for _ in range(count):
        changed = text
        for _ in range(chance.randint(1, MOST_CHANGES)):
            changed = chance.choice(CHANGES)(changed, chance)
        yield changed


def one_mutation(text: str, chance: random.Random) -> str:
    """One change by word or line: most results are still nearly right, as people's mistakes are."""
    return chance.choice(SMALL_CHANGES)(text, chance)


Change = Callable[[str, random.Random], str]


def spot(text: str, chance: random.Random) -> tuple[list[str], int]:
    """The words of a text and the place of one that is no blank."""
    words = WORD.findall(text) or [""]
    solid = [place for place, word in enumerate(words) if word.strip()] or [0]
    return words, chance.choice(solid)


def leave_out_word(text: str, chance: random.Random) -> str:
    found, place = spot(text, chance)
    return "".join(found[:place] + found[place + 1 :])


def double_word(text: str, chance: random.Random) -> str:
    found, place = spot(text, chance)
    return "".join([*found[: place + 1], chance.choice(["", " "]), *found[place:]])


def replace_word(text: str, chance: random.Random) -> str:
    """Another word of the text in its place, of the same kind if there is one."""
    found, place = spot(text, chance)
    alike = [word for word in found if word.strip() and word[0].isalpha() == found[place][:1].isalpha()]
    found[place] = chance.choice(alike or found)
    return "".join(found)


def swap_words(text: str, chance: random.Random) -> str:
    found, place = spot(text, chance)
    _, other = spot(text, chance)
    found[place], found[other] = found[other], found[place]
    return "".join(found)


def put_in_sign(text: str, chance: random.Random) -> str:
    found, place = spot(text, chance)
    return "".join([*found[:place], chance.choice(SIGNS), *found[place:]])


def leave_out_line(text: str, chance: random.Random) -> str:
    found = text.splitlines(keepends=True) or [""]
    del found[chance.randrange(len(found))]
    return "".join(found)


def double_line(text: str, chance: random.Random) -> str:
    found = text.splitlines(keepends=True) or [""]
    place = chance.randrange(len(found))
    return "".join(found[: place + 1] + found[place:])


def swap_lines(text: str, chance: random.Random) -> str:
    found = text.splitlines(keepends=True) or [""]
    place, other = chance.randrange(len(found)), chance.randrange(len(found))
    found[place], found[other] = found[other], found[place]
    return "".join(found)


def put_in_line(text: str, chance: random.Random) -> str:
    """A line of the text once more, somewhere else."""
    found = text.splitlines(keepends=True)
    found.insert(chance.randint(0, len(found)), chance.choice(found or [""]))
    return "".join(found)


def cut_off(text: str, chance: random.Random) -> str:
    return text[: chance.randint(0, len(text))]


def leave_out_stretch(text: str, chance: random.Random) -> str:
    start = chance.randint(0, len(text))
    return text[:start] + text[start + chance.randint(1, 40) :]


def garble(text: str, chance: random.Random) -> str:
    """Any character in the place of another."""
    start = chance.randint(0, len(text))
    return text[:start] + chr(chance.choice((chance.randint(0, 127), chance.randint(128, 0xD7FF)))) + text[start + 1 :]


SMALL_CHANGES: tuple[Change, ...] = (
    leave_out_word,
    double_word,
    replace_word,
    replace_word,
    replace_word,
    swap_words,
    put_in_sign,
    leave_out_line,
    double_line,
    swap_lines,
    put_in_line,
)
CHANGES: tuple[Change, ...] = (*SMALL_CHANGES, cut_off, leave_out_stretch, garble)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write changed forms of a file into a folder.")
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(mutations(given.file.read_text(), given.seed, given.count)):
        (given.folder / f"{number:05}{given.file.suffix}").write_text(text)


if __name__ == "__main__":
    main()
