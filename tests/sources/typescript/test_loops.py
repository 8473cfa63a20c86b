"""Loops around queries: what they are, and whether their element decides the query."""

from __future__ import annotations

import pytest

from advisor.model import Loop
from tests.sources.typescript.reading import queries, query

QUERY = "await prisma.post.findMany({ where: { authorId: %s } })"


def loop(text: str) -> Loop:
    found = query(f"export async function f(users: User[], ids: string[]) {{\n{text}\n}}")
    assert found.loops
    return found.loops[-1]


def brief(found: Loop) -> str:
    """The kind, and the properties that are true."""
    return " ".join((found.kind, *(name for name in ("concurrent", "bounded", "drains", "chunks") if getattr(found, name))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"for (const user of users) {{ {QUERY % 'user.id'}; }}", "for of"),
        (f"for (const key in users) {{ {QUERY % 'key'}; }}", "for in"),
        (f"for await (const user of stream) {{ {QUERY % 'user.id'}; }}", "for await"),
        (f"for (let i = 0; i < ids.length; i++) {{ {QUERY % 'ids[i]'}; }}", "for"),
        (f"while (ids.length) {{ const id = ids.pop(); {QUERY.replace('Many', 'First') % 'id'}; }}", "while"),
        (f"await Promise.all(ids.map(async (id) => {QUERY % 'id'}));", "map concurrent"),
        (f"ids.forEach(async (id) => {{ {QUERY % 'id'}; }});", "forEach concurrent"),
        (f"await ids.reduce(async (p, id) => {{ await p; {QUERY % 'id'}; }}, Promise.resolve());", "reduce"),
        (f"await pMap(ids, async (id) => {QUERY % 'id'}, {{ concurrency: 5 }});", "pMap concurrent"),
        (f"await async.eachSeries(ids, async (id) => {QUERY % 'id'});", "async.eachSeries"),
        (f"await Promise.all(ids.map((id) => limit(async () => {QUERY % 'id'})));", "map concurrent"),
        ("await prisma.$transaction(ids.map((id) => prisma.post.delete({ where: { id } })));", "map"),
        # bounded
        (f"for (const role of ['a', 'b']) {{ {QUERY % 'role'}; }}", "for of bounded"),
        (f"const ROLES = ['a', 'b'] as const; for (const role of ROLES) {{ {QUERY % 'role'}; }}", "for of bounded"),
        (f"for (const id of ids.slice(0, 25)) {{ {QUERY % 'id'}; }}", "for of bounded"),
        (f"enum Role {{ A, B }} for (const role of Object.values(Role)) {{ {QUERY % 'role'}; }}", "for of bounded"),
        (f"for (let month = 0; month < 12; month++) {{ {QUERY % 'month'}; }}", "for bounded"),
        (f"for (let attempt = 0; attempt < max; attempt++) {{ {QUERY % 'id'}; }}", "for bounded"),
        # chunks
        (f"for (const batch of chunk(ids, 100)) {{ {QUERY % '{ in: batch }'}; }}", "for of chunks"),
        (f"const parts = _.chunk(ids, 100); for (const part of parts) {{ {QUERY % '{ in: part }'}; }}", "for of chunks"),
        (f"for (let i = 0; i < ids.length; i += 100) {{ {QUERY % '{ in: ids.slice(i, i + 100) }'}; }}", "for chunks"),
        (f"await processInBatches(ids, async (batch) => {QUERY % '{ in: batch }'});", "processInBatches chunks"),
        (f"await processInBatches(ids, async (id) => {QUERY % 'id'});", "processInBatches"),
        (f"for (const id of batch) {{ {QUERY % 'id'}; }}", "for of"),
        # drains
        (f"while (true) {{ const rows = {QUERY % 'id'}; if (!rows.length) break; }}", "while drains"),
        (f"do {{ rows = {QUERY % 'id'}; }} while (rows.length > 0);", "while drains"),
        (f"while (hasMore) {{ rows = {QUERY % 'id'}; hasMore = rows.length === 100; }}", "while drains"),
        (f"for (;;) {{ const rows = {QUERY % 'id'}; if (!rows.length) break; }}", "for drains"),
        (f"for (let page = 0; page < pages; page++) {{ {QUERY % 'id'}; }}", "for drains"),
        ("while (await prisma.post.findUnique({ where: { slug } })) { slug = next(slug); }", "while drains"),
        (
            "let taken; do { slug = next(slug); taken = await prisma.post.findUnique({ where: { slug } }); } while (taken);",
            "while drains",
        ),
        ("while (i < ids.length) { await prisma.post.count({ where: { authorId: ids[i] } }); i++; }", "while"),
        (
            "await Promise.all(Array.from({ length: 12 }, (_, month) => prisma.post.count({ where: { month } })));",
            "from concurrent bounded",
        ),
    ],
)
def test_a_loop_is_told_by_what_it_repeats(text: str, expected: str) -> None:
    assert brief(loop(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "for (const user of await prisma.user.findMany()) {}",
        "const rows = users.map((user) => user.id); await prisma.post.findMany({ where: { id: { in: rows } } });",
        "for (const user of users) { const later = () => prisma.post.findMany(); callbacks.push(later); }",
        "for (const path of paths) { app.get(`/x`, async () => prisma.post.findMany()); }",
        "for (const queue of queues) { queue.on('message', async () => prisma.post.findMany()); }",
        "for (let i = await prisma.post.count(); i > 0; i--) {}",
        "import * as TE from 'fp-ts/TaskEither'; pipe(x, TE.map(() => prisma.post.findMany()));",
        "await new Promise((resolve) => prisma.post.findMany().then(resolve));",
    ],
)
def test_what_runs_once_is_in_no_loop(text: str) -> None:
    assert query(f"async function f() {{ {text} }}").loops == ()


@pytest.mark.parametrize(
    "text",
    [
        "for (const user of users) { await prisma.post.findMany({ where: { authorId: user.id } }); }",
        "for (const { id } of users) { await prisma.post.findMany({ where: { authorId: id } }); }",
        "for (const [id] of users) { await prisma.post.findMany({ where: { authorId: id } }); }",
        "for (const user of users) { const { id } = user; const where = { authorId: id }; await prisma.post.findMany({ where }); }",
        "for (const user of users) { let key; key = user.id; await prisma.post.findMany({ where: { authorId: key } }); }",
        "for (let i = 0; i < users.length; i++) { const user = users[i]; await prisma.post.count({ where: { id: user.id } }); }",
        "await Promise.all(users.map(async ({ id }) => ({ id, posts: await prisma.post.count({ where: { authorId: id } }) })));",
        "for (const user of users) { await (async () => { await prisma.post.count({ where: { id: user.id } }); })(); }",
        "for (const user of users) { await retry(() => prisma.post.create({ data: { authorId: user.id } })); }",
        "while (todo.length) { const id = todo.shift(); await prisma.post.delete({ where: { id } }); }",
    ],
)
def test_the_element_decides_a_query_that_mentions_it(text: str) -> None:
    found = query(f"async function f(users) {{ {text} }}")
    assert found.uses_element_of is found.loops[-1]


@pytest.mark.parametrize(
    "text",
    [
        "for (const user of users) { await prisma.setting.findFirst({ where: { key: 'x' } }); }",
        "for (const user of users) { const now = Date.now(); await prisma.setting.findFirst({ where: { at: now } }); }",
        "users.map((id) => id); for (const user of users) { await prisma.setting.count({ where: { id } }); }",
        "for (const user of users) { for (const user of others) {} await prisma.setting.count({ where: { id: other } }); }",
    ],
)
def test_a_query_without_the_element_is_not_decided_by_it(text: str) -> None:
    found = query(f"async function f(users, id, other) {{ {text} }}")
    assert found.uses_element_of is None


def test_the_innermost_loop_whose_element_is_used_decides() -> None:
    found = query("""
        for (const user of users) {
          for (const role of ['a', 'b']) {
            await prisma.post.findMany({ where: { authorId: user.id } });
          }
        }
    """)
    assert [one.element for one in found.loops] == [("user",), ("role",)]
    assert found.uses_element_of is found.loops[0]
    assert found.predicates[0].value == "element"


def test_elements_of_a_chunk_are_single_again() -> None:
    found = query("""
        for (const batch of chunk(ids, 50)) {
          await Promise.all(batch.map((id) => prisma.post.update({ where: { id }, data: { done: true } })));
        }
    """)
    assert [one.chunks for one in found.loops] == [True, False]
    assert found.uses_element_of is found.loops[1]


@pytest.mark.parametrize(
    "text",
    [
        "await prisma.$transaction(ids.map((id) => prisma.post.delete({ where: { id } })));",
        "const writes = ids.map((id) => prisma.post.delete({ where: { id } })); await prisma.$transaction(writes);",
        "const all = []; for (const id of ids) { all.push(prisma.post.delete({ where: { id } })); } await db.$transaction(all);",
        "const all = ids.map((id) => { return prisma.post.delete({ where: { id } }); }); await prisma.$transaction([a, ...all]);",
    ],
)
def test_promises_handed_to_a_transaction_are_batched(text: str) -> None:
    found = query(f"async function f(ids) {{ {text} }}")
    assert found.batched_in_transaction
    assert not found.awaited


def test_a_loop_knows_the_query_that_filled_its_collection() -> None:
    users, posts = queries("""
        const users = await prisma.user.findMany({ where: { live: true } });
        for (const user of users.filter((one) => one.paid)) {
          await prisma.post.findMany({ where: { authorId: user.id } });
        }
    """)
    assert posts.loops[0].fetched_model == "user"
    assert posts.loops[0].fetched_at == users.location


def test_a_loop_stands_where_its_head_is() -> None:
    found = query("for (const user of users) {\n  await prisma.post.count({ where: { id: user.id } });\n}")
    place = found.loops[0].location
    assert (place.line, place.column, place.end_line, place.end_column) == (3, 1, 3, 26)


@pytest.mark.parametrize(
    ("text", "binding"),
    [
        ("for (const { id, name } of users) { await prisma.post.count(); }", "{ id, name }"),
        ("for (const [key, value] of Object.entries(users)) { await prisma.post.count(); }", "[key, value]"),
        ("await Promise.all(users.map(async (user: User) => prisma.post.count()));", "user"),
        ("await Promise.all(users.map(async user => prisma.post.count()));", "user"),
        ("while (true) { await prisma.post.count(); }", None),
    ],
)
def test_the_binding_of_the_element_is_kept_as_it_is_written(text: str, binding: str | None) -> None:
    assert loop(text).binding == binding
