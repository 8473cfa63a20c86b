"""One mistake costs what it is in, and nothing is lost in silence: real files, each broken in one place, through the whole program.

    make broken DIR=/path/to/checkouts
    python scripts/broken DIR... [--count 10000] [--seed 1] [--show 5] [--kind "SQL migration"]

In: folders of checkouts (`originals.py` says which files count). Out: a table. Every broken text (`damage.py`) is reviewed and its
schema printed, as the commands do; then it is asked:

- raised: did anything raise?
- loss said: is a failure reported? The rest is read whole: the change made another text without a mistake.
- without a place: does a failure point nowhere, though it is not about the file as a whole (empty, binary)?
- unsaid: were fewer parts read than of the whole file, and nothing said? Much of this is no loss: a line with a part was left out,
  a comment now reaches over one, a call has another name.
- lost beside it: how many parts (statements of SQL, blocks of Prisma, plans, queries, tables, changes) stand in the broken
  text word for word, on lines of their own, and were not read?

What is lost beside a mistake, and cannot be helped: what a comment or a quote now swallows where it is closed further on in good
order; a statement about rows that follows half of another one without a gap (`UPDATE a` and then `UPDATE a SET ...`), since it may
be a part of it; what follows a mistake on its own line; in code, what is known by a name whose declaration is broken (an import, a
base class, a migration's `up`), and what a quote or a bracket takes along that is not where the indentation says.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from scripts.broken.campaign import campaign
from scripts.broken.originals import KINDS, originals

HEAD = ("file", "originals", "broken", "raised", "read whole", "loss said", "without a place", "unsaid")


def main() -> None:
    parser = argparse.ArgumentParser(description="Break real files in one place each, and look at what the program makes of them.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many complaints of each kind of file to print")
    parser.add_argument("--kind", choices=[kind.name for kind in KINDS], help="only this kind of file")
    given = parser.parse_args()
    files = originals(given.folders, random.Random(given.seed), given.kind)
    print("|", " | ".join((*HEAD, "lost beside it: 0 / 1 / 2 / 3+", "slowest, CPU s")), "|")
    print("| --- |" + " ---: |" * (len(HEAD) + 1))
    complaints: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        for kind, paths in files.items():
            chance = random.Random(f"{given.seed} {kind.name}")
            tally = campaign(paths, -(-given.count // len(files)), chance, Path(name))
            print(tally.row(kind.name, len(paths)), flush=True)
            complaints += tally.complaints[: given.show]
    print("\n".join(["", *complaints]) if complaints else "")


if __name__ == "__main__":
    main()
