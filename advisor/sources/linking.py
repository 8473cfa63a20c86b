"""Queries and plans brought together with the database that they go to.

In: what front ends read, each for itself. Out: databases that know their queries and plans; field names have become columns.
A Prisma call whose model no schema has is no Prisma call (`cache.user.delete(...)`), and is dropped where a Prisma schema was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from advisor.model import Database, LinkedQuery, OrderKey, Plan, Predicate, Query, Schema, Table
from advisor.model.project import shared_depth
from advisor.sources.scopes import Scopes, table_called


class Linked(Struct, frozen=True):
    databases: tuple[Database, ...]
    queries: tuple[Query, ...]
    """All of them: those of a database with its table and columns, the others as they were read."""


def link(databases: Sequence[Database], queries: Iterable[Query], plans: Iterable[Plan]) -> Linked:
    """Give every query and plan to the nearest database that has its table."""
    queries_of: list[list[LinkedQuery]] = [[] for _ in databases]
    plans_of: list[list[Plan]] = [[] for _ in databases]
    without_table: list[list[Query]] = [[] for _ in databases]
    all_queries: list[Query] = []
    prisma_read = any(database.prisma for database in databases)
    elsewhere = {model.lower() for database in databases if database.prisma for model in database.prisma.models}
    for query in queries:
        home = home_of_query(query, databases)
        if home is not None:
            number, table = home
            resolved = resolve(query, table, databases[number].schema)
            queries_of[number].append(LinkedQuery(resolved, table))
            all_queries.append(resolved)
        elif (inner := home_of_parts(query, databases)) is not None:
            resolved = with_scopes(query, databases[inner].schema)
            without_table[inner].append(resolved)
            all_queries.append(resolved)
        elif query.origin != "prisma" or not prisma_read or (query.model or "").lower() in elsewhere:
            all_queries.append(query)
    for plan in plans:
        if (at := home_of_plan(plan, databases)) is not None:
            plans_of[at].append(plan)
    together = zip(databases, queries_of, without_table, plans_of, strict=True)
    return Linked(
        tuple(
            replace(database, queries=tuple(own), queries_without_table=tuple(others), plans=tuple(seen))
            for database, own, others, seen in together
        ),
        tuple(all_queries),
    )


def home_of_query(query: Query, databases: Sequence[Database]) -> tuple[int, Table] | None:
    """The nearest database with the query's table, and that table."""
    found = [
        (shared_depth(database.folder + "/", query.location.path), -number, table)
        for number, database in enumerate(databases)
        if (table := table_of(query, database.schema)) is not None
    ]
    if not found:
        return None
    _, number, table = max(found, key=lambda candidate: candidate[:2])
    return -number, table


def home_of_parts(query: Query, databases: Sequence[Database]) -> int | None:
    """The nearest database that has a table of one of a statement's parts, of a statement that is not about one table."""
    names = {relation.name for part in query.parts for relation in part.relations if relation.name is not None}
    having = [
        (shared_depth(database.folder + "/", query.location.path), -number)
        for number, database in enumerate(databases)
        if any(table_called(name, database.schema) is not None for name in names)
    ]
    return -max(having)[1] if having else None


def with_scopes(query: Query, schema: Schema) -> Query:
    return replace(query, parts=Scopes(query.parts, schema).resolved()) if query.parts else query


def table_of(query: Query, schema: Schema) -> Table | None:
    if query.origin == "prisma":
        return schema.table_of_model(query.model) if query.model else None
    return table_called(query.table, schema) if query.table else None


def home_of_plan(plan: Plan, databases: Sequence[Database]) -> int | None:
    """The database that has most of the plan's tables, of equal ones the nearest; None where none has half of them."""
    relations = {node.relation for node in plan.walk() if node.relation and not node.relation.startswith("pg_")}
    having = [
        (known, shared_depth(database.folder + "/", plan.location.path), -number)
        for number, database in enumerate(databases)
        if (known := len(relations & {table.name.name for table in database.schema.tables})) and 2 * known >= len(relations)
    ]
    return -max(having)[2] if having else None


def resolve(query: Query, table: Table, schema: Schema) -> Query:
    """The query with its table, and with columns for the ORM's field names."""
    repeated = tuple(resolve(one, table, schema) for one in query.repeated)
    if query.origin == "sql":
        return replace(with_scopes(query, schema), table=table.name, repeated=repeated)
    return replace(
        query,
        table=table.name,
        repeated=repeated,
        predicates=tuple(predicate_on_column(predicate, table, schema) for predicate in query.predicates),
        order_by=tuple(key_on_column(key, table, schema) for key in query.order_by),
        cursor=replace(query.cursor, columns=columns_of(query.cursor.columns, table)) if query.cursor else None,
        distinct=columns_of(query.distinct, table),
    )


def predicate_on_column(predicate: Predicate, table: Table, schema: Schema) -> Predicate:
    path, owner = walk_relations(predicate.path, table, schema)
    return replace(predicate, path=path, column=columns_of((predicate.column,), owner)[0] if owner else predicate.column)


def key_on_column(key: OrderKey, table: Table, schema: Schema) -> OrderKey:
    path, owner = walk_relations(key.path, table, schema)
    return replace(key, path=path, column=columns_of((key.column,), owner)[0] if owner else key.column)


def walk_relations(path: tuple[str, ...], table: Table, schema: Schema) -> tuple[tuple[str, ...], Table | None]:
    """The relation fields of a path, and the table they lead to (None where a field is no relation that we know).

    The name of a composite key (`userId_postId: { userId, postId }`) reads like a relation and is none: it is left out.
    """
    walked: list[str] = []
    owner: Table | None = table
    for field in path:
        relation = owner.relation(field) if owner else None
        if relation is not None:
            owner = schema.table(relation.target)
            walked.append(field)
        elif owner is None or not names_composite_key(field, owner):
            owner = None
            walked.append(field)
    return tuple(walked), owner


def names_composite_key(field: str, table: Table) -> bool:
    for index in table.indexes:
        columns = [table.column(column) for column in index.columns if column]
        if index.unique and len(columns) > 1 and "_".join(column.field or column.name for column in columns if column) == field:
            return True
        if index.unique and index.name == field:
            return True
    return False


def columns_of(fields: Sequence[str], table: Table) -> tuple[str, ...]:
    return tuple(column.name if (column := table.column_of_field(field)) else field for field in fields)
