"""What a Prisma call asks for: filters, order, limits, cursors, what is fetched."""

from __future__ import annotations

import pytest

from advisor.model import Predicate
from tests.sources.typescript.reading import queries, query


def where(text: str, before: str = "") -> tuple[Predicate, ...]:
    return query(f"{before}\nexport const f = (id: string, ids: string[]) => prisma.post.findMany({{ where: {text} }});").predicates


def brief(predicates: tuple[Predicate, ...]) -> list[str]:
    """`author.email not =` for each."""
    return [f"{'.'.join((*one.path, one.column))} {'not ' if one.negated else ''}{one.operator}" for one in predicates]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ id }", ["id ="]),
        ("{ id: { in: ids } }", ["id in"]),
        ("{ views: { gt: 1, lte: 5 } }", ["views >", "views <="]),
        ("{ title: { contains: id, mode: 'insensitive' } }", ["title contains"]),
        ("{ deletedAt: null }", ["deletedAt is null"]),
        ("{ deletedAt: { not: null } }", ["deletedAt not is null"]),
        ("{ status: { not: 'draft' } }", ["status !="]),
        ("{ status: { not: { in: ids } } }", ["status not in"]),
        ("{ status: { notIn: ids } }", ["status not in"]),
        ("{ tags: { has: id } }", ["tags has"]),
        ("{ author: { email: id } }", ["author.email ="]),
        ("{ author: { is: { email: id } } }", ["author.email ="]),
        ("{ author: { is: null } }", ["author is null"]),
        ("{ comments: { some: { body: { startsWith: id } } } }", ["comments.body startsWith"]),
        ("{ comments: { none: { spam: true } } }", ["comments.spam not ="]),
        ("{ AND: [{ id }, { status: 'a' }] }", ["id =", "status ="]),
        ("{ NOT: { id } }", ["id not ="]),
        ("{ userId_postId: { userId: id, postId: id } }", ["userId =", "postId ="]),
        ("{ member: { userId: id, teamId: id } }", ["member.userId =", "member.teamId ="]),
        ("{ id: undefined, status: Prisma.skip }", []),
    ],
)
def test_a_filter_becomes_predicates(text: str, expected: list[str]) -> None:
    assert brief(where(text)) == expected


def test_predicates_under_or_do_not_narrow_alone() -> None:
    under = where("{ projectId: id, OR: [{ title: id }, { body: id }], AND: { OR: [{ kind: 'a' }] } }")
    assert [(one.column, one.under_or) for one in under] == [("projectId", False), ("title", True), ("body", True), ("kind", False)]


def test_constants_of_the_file_are_followed() -> None:
    before = "const status = 'live'; const base = { status, deletedAt: null };"
    found = query(f"{before}\nconst where = {{ ...base, id: 7 }};\nexport const f = () => prisma.post.findMany({{ where }});")
    assert brief(found.predicates) == ["status =", "deletedAt is null", "id ="]
    assert {one.value for one in found.predicates} == {"constant"}
    assert found.complete


def test_conditional_parts_of_a_filter_are_optional() -> None:
    found = where("{ projectId: id, ...(ids.length && { id: { in: ids } }), kind: id ? 'a' : undefined, tag: id ?? undefined }")
    assert [(one.column, one.optional) for one in found] == [("projectId", False), ("id", True), ("kind", True), ("tag", True)]


@pytest.mark.parametrize(
    "call",
    [
        "prisma.post.findMany(options)",
        "prisma.post.findMany({ ...options })",
        "prisma.post.findMany({ where: options })",
        "prisma.post.findMany({ where: { ...options.where } })",
        "prisma.post.findMany({ where: { [options.key]: 1 } })",
        "prisma.post.findMany({ orderBy: options.order })",
    ],
)
def test_what_is_out_of_sight_makes_a_query_incomplete(call: str) -> None:
    assert not query(f"export const f = (options: any) => {call};").complete


def test_a_filter_that_grows_later_is_incomplete() -> None:
    found = query("""
        export function f(q?: string) {
          const where: Prisma.PostWhereInput = { live: true };
          if (q) where.title = { contains: q };
          return prisma.post.findMany({ where });
        }
    """)
    assert not found.complete
    assert brief(found.predicates) == ["live ="]


def test_order_keys_carry_direction_and_path() -> None:
    found = query("""
        prisma.post.findMany({
          orderBy: [
            { author: { name: 'asc' } },
            { createdAt: 'desc' },
            { title: { sort: 'desc', nulls: 'last' } },
            { comments: { _count: 'desc' } },
          ],
        });
    """)
    assert [(*key.path, key.column, key.descending) for key in found.order_by] == [
        ("author", "name", False),
        ("createdAt", True),
        ("title", True),
        ("comments", "_count", True),
    ]
    assert [key.nulls_first for key in found.order_by] == [None, None, False, None]


@pytest.mark.parametrize(
    "skip",
    [
        "page * size",
        "(page - 1) * size",
        "offset",
        "input.offset",
        "Number(query.skip)",
        "pageStart",
        "start",
        "options.pagination.skip",
    ],
)
def test_an_offset_that_grows_with_the_page_is_told(skip: str) -> None:
    text = "export const f = (page, size, input, query, options, offset, pageStart) => {\n const start = page * size;\n"
    offset = query(text + f" return prisma.post.findMany({{ skip: {skip}, take: size }});\n}};").offset
    assert offset is not None
    assert offset.grows_with_page
    assert offset.text == skip


@pytest.mark.parametrize("skip", ["2 * 5", "2 * PAGE", "Math.floor(Math.random() * total)"])
def test_a_skip_of_constants_or_of_chance_does_not_grow(skip: str) -> None:
    found = query(f"const PAGE = 20; export const f = (total: number) => prisma.post.findFirst({{ skip: {skip} }});")
    assert found.offset is not None
    assert not found.offset.grows_with_page


def test_a_cursor_in_a_variable_is_seen_by_what_is_assigned_to_it() -> None:
    cursor = query(
        """
        export async function walk() {
          let cursor: { id: number } | undefined;
          while (true) {
            const rows = await prisma.post.findMany({ take: 100, cursor, orderBy: { id: 'asc' } });
            if (rows.length === 0) return;
            cursor = { id: rows[rows.length - 1].id };
          }
        }
        """
    ).cursor
    assert cursor is not None
    assert (cursor.columns, cursor.optional, cursor.condition) == (("id",), True, "cursor")


def test_a_constant_skip_does_not_grow() -> None:
    found = query("const SIZE = 20; prisma.post.findMany({ skip: 1, take: SIZE });")
    assert found.offset is not None
    assert (found.offset.constant, found.offset.grows_with_page) == (1, False)
    assert found.limit is not None
    assert found.limit.constant == 20


@pytest.mark.parametrize(
    ("options", "skips", "one_more", "optional"),
    [
        ("cursor: { id: last }, take: 10", False, False, False),
        ("cursor: last ? { id: last } : undefined, take: 10", False, False, True),
        ("cursor: { id: last }, skip: 1, take: 10", True, False, False),
        ("cursor: last ? { id: last } : undefined, skip: last ? 1 : 0", True, False, True),
        ("...(last && { skip: 1, cursor: { id: last } })", True, False, True),
        ("...(last ? { skip: 1, cursor: { id: last } } : {})", True, False, True),
        ("cursor: { id: last }, take: limit + 1", False, True, False),
        ("cursor: { id: last }, take", False, True, False),
        ("cursor: { id: last }, skip: 0", False, False, False),
    ],
)
def test_a_cursor_says_whether_it_repeats_its_row(options: str, skips: bool, one_more: bool, optional: bool) -> None:
    found = query(
        "export const f = (limit: number, last?: string) => {\n const take = 1 + limit;\n"
        f" return prisma.post.findMany({{ {options} }});\n}};"
    )
    assert found.cursor is not None
    assert found.cursor.columns == ("id",)
    assert (found.cursor.skips_cursor_row, found.cursor.takes_one_more, found.cursor.optional) == (skips, one_more, optional)
    assert found.cursor.value_text == "{ id: last }"
    assert found.offset is None or not found.cursor.skips_cursor_row


def test_the_condition_of_a_cursor_is_kept_for_remedies() -> None:
    found = query("export const f = (last?: string) => prisma.post.findMany({ cursor: last ? { id: last } : undefined });")
    assert found.cursor is not None
    assert found.cursor.condition == "last"


def test_fields_and_relations_fetched_are_dotted() -> None:
    found = query("""
        prisma.post.findMany({
          select: { id: true, title: false, author: { select: { name: true } }, comments: { include: { user: true } }, tags: true },
        });
    """)
    assert found.select == ("id", "author.name", "comments", "tags")
    assert found.include == ("comments.user",)
    assert query("prisma.post.findMany({ include: { author: true, comments: { include: { user: true } } } });").include == (
        "author",
        "comments",
        "comments.user",
    )


def test_distinct_is_read_as_a_list_or_a_name() -> None:
    one, many = queries("prisma.post.findMany({ distinct: 'a' }); prisma.post.findMany({ distinct: ['a', 'b'] });")
    assert (one.distinct, many.distinct) == (("a",), ("a", "b"))


def test_places_count_characters_not_bytes() -> None:
    found = query("const s = 'größe 😀'; prisma.post.findMany({ where: { title: 'ü', id: 1 } });")
    line = "const s = 'größe 😀'; prisma.post.findMany({ where: { title: 'ü', id: 1 } });"
    assert found.location.column == line.index("prisma") + 1
    assert found.location.end_column == line.index(";", 30) + 1
    assert found.predicates[1].location.column == line.index("id: 1") + 1
