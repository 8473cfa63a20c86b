"""Queries behind functions of the same file, as the loops run them that call these functions."""

from __future__ import annotations

import pytest

from advisor.model import Query
from tests.sources.typescript.reading import linked, queries, query

AUTHOR = "async function author(id: number) { return prisma.user.findFirst({ where: { id } }); }"


def repeated(text: str) -> tuple[Query, ...]:
    return query(text).repeated


def test_a_query_knows_the_loop_that_calls_the_function_around_it() -> None:
    (one,) = repeated(
        f"""{AUTHOR}
        export async function feed(posts: Post[]) {{
          for (const post of posts) {{
            const writer = await author(post.authorId);
          }}
        }}
        """
    )
    assert (one.location.line, one.scope.function, one.result_name) == (6, "feed", "writer")
    assert one.uses_element_of is not None
    assert one.uses_element_of.collection == "posts"
    assert [(predicate.value, predicate.value_text) for predicate in one.predicates] == [("element", "post.authorId")]


@pytest.mark.parametrize(
    "text",
    [
        (
            "const load = async (id: number) => prisma.user.findFirst({ where: { id } });"
            "export const all = (ids: number[]) => Promise.all(ids.map((id) => load(id)));"
        ),
        (
            "const load = cache(async (id: number) => prisma.user.findFirst({ where: { id } }));"
            "export async function all(ids: number[]) { for (const id of ids) await load(id); }"
        ),
        (
            "const users = { async load(id: number) { return prisma.user.findFirst({ where: { id } }); } };"
            "export async function all(ids: number[]) { for (const id of ids) await users.load(id); }"
        ),
        (
            "class Users { load = (id: number) => prisma.user.findFirst({ where: { id } });"
            "async all(ids: number[]) { for (const id of ids) await this.load(id); } }"
        ),
        (
            "class Users { async load(id: number) { return prisma.user.findFirst({ where: { id } }); }"
            "async all(ids: number[]) { return Promise.all(ids.map((id) => this.load(id))); } }"
        ),
        (
            "async function load(post: Post) { return prisma.user.findFirst({ where: { id: post.authorId } }); }"
            "export const all = (posts: Post[]) => Promise.all(posts.map(load));"
        ),
        (
            "async function load({ userId }: { userId: number }) { return prisma.user.findFirst({ where: { id: userId } }); }"
            "export async function all(ids: number[]) { for (const id of ids) await load({ userId: id }); }"
        ),
        (
            "async function load(o: Options) { return prisma.user.findFirst({ where: { id: o.userId } }); }"
            "export async function all(ids: number[]) { for (const id of ids) await load({ tenant: 1, userId: id }); }"
        ),
    ],
)
def test_functions_methods_and_references_are_followed(text: str) -> None:
    assert len(repeated(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        f"{AUTHOR} export const one = (id: number) => author(id);",
        f"{AUTHOR} export async function all(ids: number[], me: number) {{ for (const id of ids) await author(me); }}",
        f"{AUTHOR} export function all(ids: number[], author: Load) {{ for (const id of ids) author(id); }}",
        (
            "async function first(id: number) { console.log(id); return prisma.user.findFirst({ where: { name: 'x' } }); }"
            "export async function all(ids: number[]) { for (const id of ids) await first(id); }"
        ),
        (
            "async function load(o: Options) { return prisma.user.findFirst({ where: { id: o.userId } }); }"
            "export async function all(ids: number[]) { for (const id of ids) await load({ userId: 1, log: id }); }"
        ),
    ],
    ids=["no loop", "another value", "another function", "not in the query", "another property"],
)
def test_a_call_that_does_not_bring_the_element_to_the_query_is_none(text: str) -> None:
    assert repeated(text) == ()


def test_sql_behind_a_function_is_followed_with_its_values() -> None:
    (found,) = linked(
        {
            "src/app.ts": """
                import { Pool } from 'pg';
                const pool = new Pool();
                async function items(orderId: number) {
                  return pool.query('SELECT * FROM items WHERE order_id = $1', [orderId]);
                }
                export const all = (orders: Order[]) => Promise.all(orders.map((order) => items(order.id)));
            """
        }
    )
    (one,) = found.repeated
    assert (one.location.line, [predicate.value_text for predicate in one.predicates]) == (7, ["order.id"])
    assert one.uses_element_of is not None
    assert one.uses_element_of.concurrent


def test_of_several_queries_that_one_call_sends_the_first_speaks_for_all() -> None:
    found = queries(
        """
        async function load(id: number) {
          const user = await prisma.user.findUnique({ where: { id } });
          const posts = await prisma.post.findMany({ where: { authorId: id } });
          const notes = await prisma.note.findMany({ where: { authorId: id } });
          return { user, posts, notes };
        }
        export async function all(ids: number[]) {
          for (const id of ids) await load(id);
        }
        """
    )
    assert {each.model: len(each.repeated) for each in found} == {"user": 0, "post": 1, "note": 0}
