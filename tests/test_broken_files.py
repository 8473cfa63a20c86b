"""One mistake costs what it is in: the fixtures, each broken in one place (`scripts/broken` does it to thousands of real files)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from scripts.broken.campaign import Tally, examine, parts_when_whole
from scripts.broken.damage import one_damage

FIXTURES = Path(__file__).parents[1] / "fixtures"
FILES = (
    "sql/constraints.sql",
    "sql/blocks.sql",
    "prisma/everything.prisma",
    "railway-blog/prisma/schema.prisma",
    "orm/drizzle/src/db/content.ts",
    "orm/typeorm/entities.ts",
    "orm/sequelize-typescript/models.ts",
    "migrations/typeorm/1704445200000-Shelves.ts",
    "migrations/knex/20240105090000_shelves.js",
    "orm/drizzle/drizzle.config.ts",
    "orm/drizzle/drizzle/meta/_journal.json",
    "railway-blog/package.json",
    "plans/odd-names.json",
    "plans/posts-by-author.txt",
)
BROKEN_FORMS = 12


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_raises_nothing_and_each_failure_has_its_place(name: str, tmp_path: Path) -> None:
    original = (FIXTURES / name).read_bytes()
    path = tmp_path / Path(name).name
    whole = parts_when_whole(path, original)
    chance, tally = random.Random(name), Tally()
    said: list[str] = []
    for _ in range(BROKEN_FORMS):
        _, broken = one_damage(original, chance)
        said += examine(path, whole, broken, tally)
    assert (tally.raised, tally.without_place, tally.texts) == (0, 0, BROKEN_FORMS), "\n".join(said)
