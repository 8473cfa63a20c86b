"""The next statement of a database that grows. In: what stands in it, a source of chance. Out: one statement, mostly one that fits.

Names are few, so that objects meet; what a statement speaks of is mostly there, so that PostgreSQL takes most of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from tests.sources.sql.growing.standing import Place, Relation, Standing

T = TypeVar("T")

NAMES = ("t", "u", "v", "w", '"Big One"', "a_name_that_fills_the_sixty_three_bytes_which_postgresql_has_fo")
COLUMNS = ("a", "b", "c", "d", "e", '"F"')
ROLES = ("alice", "bob", "PUBLIC")
PLAIN = (
    "int",
    "int",
    "int",
    "text",
    "text",
    "bigint",
    "numeric(8,2)",
    "varchar(9)",
    "timestamptz",
    "date",
    "boolean",
    "int[]",
    "jsonb",
    "uuid",
    "daterange",
    "int4range",
    "serial",
    "bigserial",
    "char(3)",
    "time(3)",
    "interval",
    "citext",
    "hstore",
)
DEFAULTS = {
    "integer": ("0", "1 + 1", "length('x')"),
    "bigint": ("7", "(2)::bigint"),
    "text": ("'x'", "lower('X')", "current_user", "NULL"),
    "numeric(8,2)": ("1.5", "0"),
    "timestamp with time zone": ("now()", "CURRENT_TIMESTAMP"),
    "date": ("CURRENT_DATE",),
    "boolean": ("true", "(NOT false)"),
    "integer[]": ("'{}'", "ARRAY[1, 2]"),
    "jsonb": ("'{}'", "'{\"a\": 1}'::jsonb"),
    "character varying(9)": ("'y'", "upper('y')"),
    "uuid": ("gen_random_uuid()",),
}


CALLED = "n integer"
"""The arguments of the functions that expressions call."""


class NothingThereError(LookupError):
    """The statement needs what is not there."""


def quoted(name: str) -> str:
    return name if name.islower() and name.replace("_", "").isalnum() and not name[0].isdigit() else f'"{name}"'


class Chance:
    """Choices among what stands in the database."""

    def __init__(self, random: Random, standing: Standing) -> None:
        self.random = random
        self.standing = standing

    def one(self, choices: Sequence[T]) -> T:
        if not choices:
            raise NothingThereError
        return choices[self.random.randrange(len(choices))]

    def made(self, choices: Sequence[Callable[[], str]]) -> str:
        """One of several, of which only that one is made."""
        return self.one(choices)()

    def sometimes(self, text: str, percent: int = 30) -> str:
        return text if self.random.randrange(100) < percent else ""

    def some(self, choices: Sequence[T], most: int = 3) -> list[T]:
        if not choices:
            raise NothingThereError
        return self.random.sample(list(choices), self.random.randint(1, min(most, len(choices))))

    def named(self, place: Place) -> str:
        """A name with its schema, or without where the search path finds it."""
        schema, name = place
        if schema in self.standing.path and self.random.randrange(100) < 60:
            return quoted(name)
        return f"{quoted(schema)}.{quoted(name)}"

    def new(self, names: Sequence[str] = NAMES) -> str:
        name = self.one(names)
        return f"{quoted(self.one(self.standing.schemas))}.{name}" if self.random.randrange(100) < 25 else name

    def relation(self, kinds: str = "rp", *, partition: bool | None = None) -> Relation:
        return self.one(
            [found for found in self.standing.relations if found.kind in kinds and partition in (None, found.is_partition)]
        )

    def table(self, kinds: str = "rp") -> tuple[str, Relation]:
        found = self.relation(kinds)
        return self.named(found.place), found

    def column(self, relation: Relation, *types: str) -> str:
        if self.random.randrange(100) < 4:
            return self.one(COLUMNS)
        return quoted(self.one([name for name, kind, _ in relation.columns if not types or kind in types]))

    def columns(self, relation: Relation, most: int = 3) -> str:
        return ", ".join(quoted(name) for name, _, _ in self.some(relation.columns, most))

    def type(self) -> str:
        own = [self.named(place) for place, _ in self.standing.types]
        if own and self.random.randrange(100) < 30:
            return self.one(own) + self.sometimes("[]", 15)
        if self.random.randrange(100) < 3:
            return self.named(self.relation("rpv").place)
        return self.one(PLAIN)

    def condition(self, relation: Relation) -> str:
        """Something true or false of a row."""
        name, kind, _ = self.one(relation.columns)
        column = quoted(name)
        number = [f"{column} > 0", f"{column} <> 3 AND {column} IS NOT NULL", f"{column} IN (1, 2)", f"{column} BETWEEN 1 AND 9"]
        text = [
            f"{column} <> ''",
            f"length({column}) < 9",
            f"lower({column}) = {column}",
            f"{column} LIKE 'x%'",
            f"{column} IN ('a', 'b')",
        ]
        fitting = [f"{column} IS NOT NULL"]
        if kind == "integer" and self.callable():
            number.append(f"{self.call(column)} > 0")
        if kind in ("integer", "bigint", "numeric(8,2)"):
            fitting += number
        fitting += [f"{column} <> '{label}'::{kind}" for label in self.labels(kind)[:2]]
        if kind in ("text", "character varying(9)"):
            fitting += text
        return self.one(fitting)

    def expression(self, relation: Relation) -> str:
        name, kind, _ = self.one(relation.columns)
        column = quoted(name)
        if kind == "integer" and self.callable() and self.random.randrange(3) == 0:
            return self.call(column)
        if kind in ("integer", "bigint", "numeric(8,2)"):
            return self.one([column, f"{column} + 1", f"{column} * {column}", f"abs({column})", f"{column}::text"])
        if kind in ("text", "character varying(9)"):
            return self.one([column, f"lower({column})", f"{column} || 'x'", f"length({column})", f"coalesce({column}, '')"])
        return column

    def constraint(self, table: Place, kinds: str = "cfupxn") -> str:
        return quoted(self.one([name for found, name, kind in self.standing.constraints if found == table and kind in kinds]))

    def default(self, kind: str) -> str:
        if kind == "integer" and self.callable() and self.random.randrange(4) == 0:
            return self.call("3")
        labels = [f"'{label}'{self.sometimes(f'::{kind}')}" for label in self.labels(kind)]
        choices: Sequence[str] = labels or DEFAULTS.get(kind, ("NULL",))
        return self.one(choices)

    def labels(self, kind: str) -> list[str]:
        """Those of an enum; none of any other type."""
        return [label for (_, name), label in self.standing.labels if kind.rpartition(".")[2].strip('"') == name]

    def callable(self) -> list[Place]:
        """The functions of a number that give one."""
        return [place for place, arguments, _ in self.standing.functions if arguments == CALLED]

    def call(self, argument: str) -> str:
        return f"{self.named(self.one(self.callable()))}({argument})"

    def function(self, kinds: str = "fp") -> tuple[str, str]:
        place, arguments, kind = self.one([found for found in self.standing.functions if found[2] in kinds])
        return self.one(["FUNCTION" if kind == "f" else "PROCEDURE", "ROUTINE"]), f"{self.named(place)}({arguments})"

    def trigger_function(self) -> str:
        return self.named(
            self.one([place for place, arguments, _ in self.standing.functions if place[1] in ("f", "g") and not arguments])
        )

    def type_of(self, kinds: str) -> str:
        return self.named(self.one([place for place, kind in self.standing.types if kind in kinds]))

    def index(self) -> Relation:
        return self.relation("iI")


Maker = Callable[[Chance], str]
