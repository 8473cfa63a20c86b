"""Queries and plans brought to the database that they go to."""

from __future__ import annotations

from advisor.model import (
    Column,
    Cursor,
    Database,
    Index,
    IndexKey,
    Location,
    Name,
    OrderKey,
    Plan,
    PlanNode,
    Predicate,
    PrismaSchema,
    Query,
    Relation,
    Schema,
    Scope,
    Table,
)
from advisor.sources.linking import link

USERS, POSTS = Name("public", "users"), Name("public", "posts")


def at(path: str = "src/a.ts", line: int = 1) -> Location:
    return Location(path, line, 1, line, 2)


def column(name: str, field: str) -> Column:
    return Column(name, "text", at(), field=field)


def blog(folder: str = "prisma") -> Database:
    key = Index("posts_slug_author_id_key", POSTS, (IndexKey("slug"), IndexKey("author_id")), at(), unique=True)
    author = Relation("author", USERS, many=False, location=at(), columns=("author_id",), referenced_columns=("id",))
    posts = Table(
        POSTS,
        (column("id", "id"), column("slug", "slug"), column("author_id", "authorId"), column("created_at", "createdAt")),
        at(),
        indexes=(key,),
        relations=(author,),
        model="Post",
    )
    users = Table(USERS, (column("id", "id"), column("mail", "email")), at(), model="User")
    return Database(folder, Schema((users, posts)), prisma=PrismaSchema(at(), ("schema.prisma",)))


def query(model: str = "post", path: str = "src/a.ts", **more: object) -> Query:
    return Query(at(path), Scope("application"), "prisma", "find many", "findMany", model=model, **more)  # type: ignore[arg-type]


def test_fields_become_columns_in_filters_orderings_and_cursors() -> None:
    asked = query(
        predicates=(Predicate("authorId", "=", at()),),
        order_by=(OrderKey("createdAt", at()),),
        cursor=Cursor(("authorId",), at()),
        distinct=("authorId",),
    )
    (found,) = link([blog()], [asked], []).queries
    assert found.table == POSTS
    assert [predicate.column for predicate in found.predicates] == ["author_id"]
    assert [key.column for key in found.order_by] == ["created_at"]
    assert found.cursor is not None
    assert found.cursor.columns == ("author_id",)
    assert found.distinct == ("author_id",)


def test_a_filter_through_a_relation_names_the_other_tables_column() -> None:
    (found,) = link([blog()], [query(predicates=(Predicate("email", "=", at(), path=("author",)),))], []).queries
    assert [(predicate.path, predicate.column) for predicate in found.predicates] == [(("author",), "mail")]


def test_the_name_of_a_composite_key_is_no_relation() -> None:
    (found,) = link([blog()], [query(predicates=(Predicate("authorId", "=", at(), path=("slug_authorId",)),))], []).queries
    assert [(predicate.path, predicate.column) for predicate in found.predicates] == [((), "author_id")]


def test_a_call_whose_model_no_schema_has_is_no_prisma_call() -> None:
    assert link([blog()], [query(model="invoice")], []).queries == ()


def test_without_any_prisma_schema_calls_are_kept_as_they_are() -> None:
    assert link([], [query(model="invoice")], []).queries == (query(model="invoice"),)


def test_the_nearest_of_two_databases_with_the_table_is_the_one() -> None:
    linked = link(
        [blog("apps/a/prisma"), blog("apps/b/prisma")], [query(path="apps/b/src/x.ts"), query(path="apps/a/src/x.ts")], []
    )
    assert [[each.query.location.path for each in database.queries] for database in linked.databases] == [
        ["apps/a/src/x.ts"],
        ["apps/b/src/x.ts"],
    ]


def test_sql_in_code_goes_to_the_database_that_has_its_table() -> None:
    asked = Query(at(), Scope("application"), "sql", "find many", "SELECT", table=Name("public", "posts"))
    unknown = Query(at(), Scope("application"), "sql", "find many", "SELECT", table=Name("public", "nobody"))
    linked = link([blog()], [asked, unknown], [])
    assert [each.query.table for each in linked.databases[0].queries] == [POSTS]
    assert len(linked.queries) == 2


def test_a_plan_belongs_to_the_database_that_has_half_of_its_tables_or_more() -> None:
    def plan(*relations: str) -> Plan:
        children = tuple(PlanNode({"Node Type": "Seq Scan", "Relation Name": name}, at()) for name in relations)
        return Plan(PlanNode({"Node Type": "Append"}, at(), children), at())

    linked = link([blog()], [], [plan("posts", "users"), plan("posts", "nobody", "nothing"), plan()])
    assert len(linked.databases[0].plans) == 1
