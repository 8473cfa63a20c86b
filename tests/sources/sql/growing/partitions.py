"""Statements about partitions. In: chance. Out: a statement."""

from __future__ import annotations

from tests.sources.sql.growing.chance import Chance, Maker


def create_partitioned(chance: Chance) -> str:
    way = chance.one(["RANGE (a)", "LIST (a)", "HASH (a)", "RANGE (a, c)", "LIST (lower(b))", "RANGE ((c + 1))"])
    key = chance.one(["", "", ", PRIMARY KEY (a)", ", UNIQUE (a, c)", ", CHECK (c > 0)"])
    return f"CREATE TABLE {chance.new()} (a int, b text, c int{key}) PARTITION BY {way}"


def bound(chance: Chance) -> str:
    low = chance.random.randrange(5)
    return chance.one(
        [
            f"FOR VALUES FROM ({low}0) TO ({low}9)",
            f"FOR VALUES FROM ({low}0) TO ({low}9)",
            f"FOR VALUES IN ({low}, {low + 10})",
            "DEFAULT",
            f"FOR VALUES WITH (modulus 5, remainder {low})",
            "FOR VALUES FROM (MINVALUE) TO (0)",
            f"FOR VALUES FROM ({low}0, 1) TO ({low}9, 2)",
            f"FOR VALUES IN ('{low}')",
        ]
    )


def create_partition(chance: Chance) -> str:
    parent = chance.named(chance.relation("p").place)
    inside = chance.sometimes(chance.one([" (b DEFAULT 'p')", " (c NOT NULL)", " (PRIMARY KEY (a))", " (CHECK (c < 5))"]))
    further = chance.sometimes(" PARTITION BY LIST (a)", 10)
    return f"CREATE TABLE {chance.new()} PARTITION OF {parent}{inside} {bound(chance)}{further}"


def attach(chance: Chance) -> str:
    parent = chance.relation("p")
    child = chance.relation("rp", partition=False)
    return f"ALTER TABLE {chance.named(parent.place)} ATTACH PARTITION {chance.named(child.place)} {bound(chance)}"


def detach(chance: Chance) -> str:
    child = chance.relation("rp", partition=True)
    assert child.parent is not None
    return f"ALTER TABLE {chance.named(child.parent)} DETACH PARTITION {chance.named(child.place)}"


MAKERS: list[tuple[int, Maker]] = [
    (3, create_partitioned),
    (5, create_partition),
    (3, attach),
    (1, detach),
]
