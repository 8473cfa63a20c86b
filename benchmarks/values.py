"""What a frozen value costs as a dataclass and as a `msgspec.Struct`: to define its class, to make one, to copy it with a change.

    python benchmarks/values.py

Microseconds, medians of five; a class is defined once in every process, and there are hundreds.
"""

from __future__ import annotations

import dataclasses
import statistics
import timeit
from collections.abc import Callable

import msgspec


def define_dataclass() -> type:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Value:
        name: str
        type: str
        nullable: bool = True
        default: str | None = None
        options: tuple[str, ...] = ()

    return Value


def define_struct() -> type:
    class Value(msgspec.Struct, frozen=True):
        name: str
        type: str
        nullable: bool = True
        default: str | None = None
        options: tuple[str, ...] = ()

    return Value


def microseconds(work: Callable[[], object], number: int) -> float:
    return statistics.median(timeit.repeat(work, number=number, repeat=5)) / number * 1e6


def main() -> None:
    rows = []
    for title, define, replace in (
        ("dataclass", define_dataclass, dataclasses.replace),
        ("msgspec.Struct", define_struct, msgspec.structs.replace),
    ):
        kind = define()
        value = kind("id", "bigint")
        rows.append(
            (
                title,
                microseconds(define, 200),
                microseconds(lambda kind=kind: kind("id", "bigint", False, None, ("a",)), 100_000),
                microseconds(lambda value=value, replace=replace: replace(value, nullable=False), 100_000),
            )
        )
    print(f"{'':16}{'define':>10}{'make':>10}{'replace':>10}   µs")
    for title, *costs in rows:
        print(f"{title:16}" + "".join(f"{cost:>10.2f}" for cost in costs))
    print(f"{'ratio':16}" + "".join(f"{left / right:>10.0f}" for left, right in zip(rows[0][1:], rows[1][1:], strict=True)))


if __name__ == "__main__":
    main()
