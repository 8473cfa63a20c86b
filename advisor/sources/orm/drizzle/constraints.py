"""What a Drizzle table has beside its columns: keys, foreign keys, checks, indexes, policies, as the DDL that drizzle-kit writes.

Source: drizzle-orm/src/pg-core (default names) and drizzle-kit/src/serializer/pgSerializer.ts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from advisor.model import Location
from advisor.remedies.sql import quote_name
from advisor.sources.evaluation.containers import ObjectValue, entry, is_given, items_of, text_entry
from advisor.sources.evaluation.evaluator import Evaluator
from advisor.sources.evaluation.symbols import Call, External, Member, Step, called_name, unroll
from advisor.sources.evaluation.values import Function, Value
from advisor.sources.orm.ddl import Ddl, column_list, quoted
from advisor.sources.orm.drizzle.builders import ColumnBuilder, TableBuilder, Tables, listed, location_in, why_unknown
from advisor.sources.orm.drizzle.expressions import sql_of


def recased(name: str, columns: Sequence[ColumnBuilder]) -> str:
    """A default name with columns in the database's spelling, the way drizzle-kit replaces them: once each, in order."""
    for column in columns:
        name = name.replace(column.written, column.name, 1)
    return name


def add_column_constraints(ddl: Ddl, table: TableBuilder, column: ColumnBuilder, tables: Tables, evaluator: Evaluator) -> None:
    """`.primaryKey()`, `.unique()` and `.references()` behind a column."""
    for step in column.steps:
        if step.name == "primaryKey":
            ddl.alter(table.name, f"ADD PRIMARY KEY {column_list([column.name])}", step.location)
        elif step.name == "unique":
            given = step.call.argument(0)
            name = given if isinstance(given, str) else f"{table.name.name}_{column.written}_unique"
            options = step.call.argument(1)
            add_unique(ddl, table, name, [column.name], text_entry(options, "nulls") == "not distinct", step.location)
            note_default(ddl, table, name, given)
        elif step.name == "references":
            add_reference(ddl, table, column, step, tables, evaluator)


def add_unique(ddl: Ddl, table: TableBuilder, name: str, columns: list[str], together: bool, location: Location) -> None:
    nulls = "NULLS NOT DISTINCT " if together else ""
    ddl.alter(table.name, f"ADD CONSTRAINT {quoted(name)} UNIQUE {nulls}{column_list(columns)}", location)


def note_default(ddl: Ddl, table: TableBuilder, name: str, given: Value) -> None:
    if not isinstance(given, str):
        ddl.default_names.add((table.name, name))


def add_reference(ddl: Ddl, table: TableBuilder, column: ColumnBuilder, step: Step, tables: Tables, evaluator: Evaluator) -> None:
    """`.references(() => other.id, { onDelete })`."""
    target = step.call.argument(0)
    found = evaluator.apply(target, ()) if isinstance(target, Function) else target
    referenced = tables.column(found)
    if referenced is None:
        ddl.report(step.location, f"the column that {column.key} refers to is not known: {why_unknown(found)}")
        return
    add_foreign_key(ddl, table, [column], referenced[0], [referenced[1]], step.call.argument(1), step.location)


def add_foreign_key(
    ddl: Ddl,
    table: TableBuilder,
    columns: Sequence[ColumnBuilder],
    other: TableBuilder,
    referenced: Sequence[ColumnBuilder],
    options: Value,
    location: Location,
) -> None:
    parts = [table.name.name, *(one.written for one in columns), other.name.name, *(one.written for one in referenced)]
    name = text_entry(options, "name") or recased("_".join([*parts, "fk"]), [*columns, *referenced])
    actions = "".join(
        f" ON {word} {action.upper()}"
        for word, key in (("DELETE", "onDelete"), ("UPDATE", "onUpdate"))
        if (action := text_entry(options, key))
    )
    ddl.afterwards(
        table.name,
        f"ALTER TABLE {quote_name(table.name)} ADD CONSTRAINT {quoted(name)}"
        f" FOREIGN KEY {column_list(one.name for one in columns)}"
        f" REFERENCES {quote_name(other.name)} {column_list(one.name for one in referenced)}{actions}",
        location,
    )


def add_extra(ddl: Ddl, table: TableBuilder, value: Value, tables: Tables, evaluator: Evaluator) -> None:
    """One entry of what a table's third argument gives."""
    root, steps = unroll(value)
    location = location_in(value, table.call.place.location)
    adder = ADDERS.get(called_name(root))
    if adder is None or not isinstance(root, Call):
        if called_name(root) not in ("pgRole",) and is_given(value):
            ddl.report(location, f"not understood in table {table.name}: {why_unknown(value)}")
        return
    adder(Extra(ddl, table, root, steps, location, tables, evaluator))


class Extra:
    """An entry of the third argument while it is read: the call that begins it, what is chained to it, and where it stands."""

    __slots__ = ("ddl", "evaluator", "location", "root", "steps", "table", "tables")

    def __init__(
        self,
        ddl: Ddl,
        table: TableBuilder,
        root: Call,
        steps: list[Step],
        location: Location,
        tables: Tables,
        evaluator: Evaluator,
    ) -> None:
        self.ddl, self.table, self.root, self.steps = ddl, table, root, steps
        self.location, self.tables, self.evaluator = location, tables, evaluator

    def step(self, *names: str) -> Step | None:
        return next((step for step in self.steps if step.name in names), None)

    def columns(self, values: tuple[Value, ...]) -> list[ColumnBuilder]:
        """The columns that values are; what is none is reported."""
        found: list[ColumnBuilder] = []
        for value in values:
            pair = self.tables.column(value)
            if pair is None:
                named = value.name if isinstance(value, Member) else ""
                self.ddl.report(self.location, f"a column is not known: {named or why_unknown(value)}")
                return []
            found.append(pair[1])
        return found


def add_primary_key(extra: Extra) -> None:
    """`primaryKey({ columns: [...], name })`, or `primaryKey(a, b)` of old."""
    given = extra.root.argument(0)
    listed_columns = entry(given, "columns") if isinstance(given, ObjectValue) else None
    columns = extra.columns(items_of(listed_columns) if listed_columns is not None else extra.root.arguments)
    if not columns:
        return
    written = text_entry(given, "name")
    default = recased("_".join([extra.table.name.name, *(column.written for column in columns), "pk"]), columns)
    extra.ddl.alter(
        extra.table.name,
        f"ADD CONSTRAINT {quoted(written or default)} PRIMARY KEY {column_list(column.name for column in columns)}",
        extra.location,
    )
    note_default(extra.ddl, extra.table, default, written)


def add_unique_extra(extra: Extra) -> None:
    """`unique(name?).on(a, b).nullsNotDistinct()`."""
    on = extra.step("on")
    columns = extra.columns(on.call.arguments) if on is not None else []
    if columns:
        given = extra.root.argument(0)
        name = given if isinstance(given, str) else "_".join([extra.table.name.name, *(one.written for one in columns), "unique"])
        together = extra.step("nullsNotDistinct") is not None
        add_unique(extra.ddl, extra.table, name, [one.name for one in columns], together, extra.location)
        note_default(extra.ddl, extra.table, name, given)


def add_foreign_key_extra(extra: Extra) -> None:
    """`foreignKey({ columns, foreignColumns, name }).onDelete("cascade")`."""
    given = extra.root.argument(0)
    if isinstance(given, Function):
        given = extra.evaluator.apply(given, ())
    columns = extra.columns(items_of(entry(given, "columns")))
    foreign = [extra.tables.column(value) for value in items_of(entry(given, "foreignColumns"))]
    known = [pair for pair in foreign if pair is not None]
    if not columns or len(known) != len(foreign) or not known:
        extra.ddl.report(extra.location, "the columns of a foreign key are not known")
        return
    entries: dict[str, Value] = {"name": entry(given, "name")}
    for step in extra.steps:
        entries[step.name] = step.call.argument(0)
    options = ObjectValue(entries, {}, extra.root.place)
    add_foreign_key(extra.ddl, extra.table, columns, known[0][0], [pair[1] for pair in known], options, extra.location)


def add_check(extra: Extra) -> None:
    """``check("name", sql`...`)``."""
    name, text = extra.root.argument(0), sql_of(extra.root.argument(1), extra.tables)
    if not isinstance(name, str) or text is None:
        extra.ddl.report(extra.location, "a check is not understood: its SQL is not written out")
        return
    extra.ddl.alter(extra.table.name, f"ADD CONSTRAINT {quoted(name)} CHECK ({text})", extra.location)


def add_index(extra: Extra) -> None:
    """`index(name?).on(...)` or `.using(method, ...)`, `.where()`, `.with()`, `.concurrently()`."""
    on = extra.step("on", "onOnly", "using")
    if on is None:
        extra.ddl.report(extra.location, "an index on nothing")
        return
    method = on.call.argument(0) if on.name == "using" else "btree"
    values = on.call.arguments[1:] if on.name == "using" else on.call.arguments
    keys = [index_key(value, extra.tables) for value in values]
    if not isinstance(method, str) or any(key is None for key in keys):
        extra.ddl.report(extra.location, "an index on something that is not understood")
        return
    given = extra.root.argument(0)
    named = [pair[1].name for value in values if (pair := extra.tables.column(value)) is not None]
    name = given if isinstance(given, str) else "_".join([extra.table.name.name, *named, "index"])
    unique = "UNIQUE " if called_name(extra.root) == "uniqueIndex" else ""
    tail = index_options(extra)
    if tail is None:
        extra.ddl.report(extra.location, f"the condition of index {name} is not understood")
        return
    only = "ONLY " if on.name == "onOnly" else ""
    extra.ddl.afterwards(
        extra.table.name,
        f"CREATE {unique}INDEX {quoted(name)} ON {only}{quote_name(extra.table.name)}"
        f" USING {method} ({', '.join(key or '' for key in keys)}){tail}",
        extra.location,
    )
    note_default(extra.ddl, extra.table, name, given)


def index_key(value: Value, tables: Tables) -> str | None:
    """A key: `t.name.desc().nullsFirst()`, or an expression.

    NULLs stand last unless it is said, descending too (`indexConfig` of drizzle-orm/src/pg-core/columns/common.ts); with an
    operator class, drizzle-kit writes no order.
    """
    pair = tables.column(value)
    if pair is None:
        return sql_of(value, tables)
    _, steps = unroll(value)
    order = {step.name: step.call.argument(0) for step in steps}
    opclass = order.get("op")
    if isinstance(opclass, str):
        return f"{quoted(pair[1].name)} {opclass}"
    nulls = " NULLS FIRST" if "nullsFirst" in order else " NULLS LAST"
    return quoted(pair[1].name) + (" DESC" if "desc" in order else "") + nulls


def index_options(extra: Extra) -> str | None:
    """`WITH (...)` and `WHERE ...`; None for a condition that cannot be told."""
    tail = ""
    parameters = extra.step("with")
    given = parameters.call.argument(0) if parameters is not None else None
    if isinstance(given, ObjectValue) and given.entries:
        values = (f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in given.entries.items())
        tail += f" WITH ({', '.join(values)})"
    where = extra.step("where")
    if where is not None:
        text = sql_of(where.call.argument(0), extra.tables)
        if text is None:
            return None
        tail += f" WHERE {text}"
    return tail


def add_policy(extra: Extra) -> None:
    """`pgPolicy(name, { as, for, to, using, withCheck })`."""
    name, options = extra.root.argument(0), extra.root.argument(1)
    if not isinstance(name, str):
        extra.ddl.report(extra.location, "the name of a policy is not written out")
        return
    roles = sorted(role for value in listed(entry(options, "to")) if (role := role_name(value)))
    text = f"CREATE POLICY {quoted(name)} ON {quote_name(extra.table.name)}"
    text += f" AS {(text_entry(options, 'as') or 'permissive').upper()} FOR {(text_entry(options, 'for') or 'all').upper()}"
    text += f" TO {', '.join(roles) or 'public'}"
    for key, word in (("using", "USING"), ("withCheck", "WITH CHECK")):
        if is_given(entry(options, key)):
            condition = sql_of(entry(options, key), extra.tables)
            if condition is None:
                extra.ddl.report(extra.location, f"the condition of policy {name} is not understood")
                return
            text += f" {word} ({condition})"
    extra.ddl.afterwards(extra.table.name, text, extra.location)


def role_name(value: Value) -> str:
    """A role: a name, a `pgRole(name)`, or one that Drizzle has for a hosting service (`authenticatedRole`)."""
    if isinstance(value, str):
        return value if value in ("public", "current_user", "current_role", "session_user") else quoted(value)
    if isinstance(value, Call) and called_name(unroll(value)[0]) == "pgRole":
        root = unroll(value)[0]
        given = root.argument(0) if isinstance(root, Call) else None
        return quoted(given) if isinstance(given, str) else ""
    if isinstance(value, External) and value.module.startswith("drizzle-orm/") and value.name.endswith("Role"):
        return quoted(SERVICE_ROLES.get(value.name, value.name.removesuffix("Role")))
    return ""


SERVICE_ROLES = {"serviceRole": "service_role", "postgresRole": "postgres_role", "supabaseAuthAdminRole": "supabase_auth_admin"}
"""Roles of drizzle-orm/supabase and drizzle-orm/neon whose names are not the constant's own."""

ADDERS: dict[str, Callable[[Extra], None]] = {
    "check": add_check,
    "foreignKey": add_foreign_key_extra,
    "index": add_index,
    "pgPolicy": add_policy,
    "primaryKey": add_primary_key,
    "unique": add_unique_extra,
    "uniqueIndex": add_index,
}
