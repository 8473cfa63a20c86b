"""One foreign key for each table that rows may refer to. In: a key, the column that says whose it is. Out: SQL."""

from __future__ import annotations

from collections.abc import Mapping

from advisor.model import Column, Table
from advisor.model.schema import TypedReference
from advisor.remedies.child_tables import key_of
from advisor.remedies.rewrites import RunSql
from advisor.remedies.sql import quote, quote_name, quote_string, with_suffix

IN_BATCHES = "-- Locks the rows that it writes until it is done: on a large table, fill it in batches by key."
LATER = "-- Once no code uses {columns} any more, make the CHECK say = 1 and drop them in a migration of its own."


def a_key_for_each(table: Table, pair: TypedReference, targets: Mapping[str, Table]) -> RunSql | None:
    """`targets` are the tables by the value that stands for them; None where one has no key of one column, or a name is taken."""
    keys = {value: key for value, target in targets.items() if (key := key_of(target))}
    names = {value: new_name(target, keys[value]) for value, target in targets.items() if value in keys}
    if len(names) < len(targets) or len(set(names.values())) < len(names) or any(table.column(name) for name in names.values()):
        return None
    place = quote_name(table.name)
    new = [f"ADD COLUMN {quote(names[value])} {keys[value].type} REFERENCES {quote_name(targets[value].name)}" for value in names]
    check = with_suffix(f"{table.name.name}_{pair.key.name}", "_check")
    columns = ", ".join(quote(name) for name in names.values())
    fill = [filled(table, pair, value, names[value], targets[value], keys[value]) for value in names]
    indexes = [f"CREATE INDEX CONCURRENTLY ON {place} ({quote(name)});" for name in names.values()]
    text = (
        f"ALTER TABLE {place}\n  " + ",\n  ".join(new) + ";",
        IN_BATCHES,
        *fill,
        *indexes,
        f"ALTER TABLE {place} ADD CONSTRAINT {quote(check)} CHECK (num_nonnulls({columns}) <= 1) NOT VALID;",
        f"ALTER TABLE {place} VALIDATE CONSTRAINT {quote(check)};",
        LATER.format(columns=f"{pair.type.name} and {pair.key.name}"),
    )
    drop = ", ".join(f"DROP COLUMN {quote(name)}" for name in names.values())
    return RunSql(f"Give {table.name} a foreign key for each table", "\n".join(text), f"ALTER TABLE {place} {drop};")


def filled(table: Table, pair: TypedReference, value: str, name: str, target: Table, key: Column) -> str:
    """The statement that sets one of the new columns, where the row that it refers to exists."""
    cast = "" if key.type == pair.key.type else "::text"
    lines = (
        f"UPDATE {quote_name(table.name)} AS here",
        f"  SET {quote(name)} = there.{quote(key.name)}",
        f"  FROM {quote_name(target.name)} AS there",
        f"  WHERE here.{quote(pair.type.name)} = {quote_string(value)}",
        f"    AND there.{quote(key.name)}{cast} = here.{quote(pair.key.name)}{cast};",
    )
    return "\n".join(lines)


def new_name(target: Table, key: Column) -> str:
    return f"{target.name.name.lower()}_{key.name}"
