"""How remedies are written in a Prisma schema, and where they go."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from advisor.model import Column, Expression, Index, IndexKey, Location, Name, Schema, SourceText, Table
from advisor.remedies import CreateIndex, DropIndex, Remedy, ReplaceIndex

TEXT = """\
model Post {
  id        String   @id
  email     String   @unique // their address
  title     String
  createdAt DateTime @map("created_at")

  @@index([title], type: Hash)
  @@index([
    createdAt
  ])
  @@map("posts")
}
"""
SOURCE = SourceText("schema.prisma", TEXT)
POSTS = Name("public", "posts")


def place(text: str) -> Location:
    start = TEXT.index(text)
    return SOURCE.location(start, start + len(text))


UNIQUE = Index("posts_email_key", POSTS, (IndexKey("email"),), place("@unique"), unique=True, name_is_default=True)
HASH = Index(
    "posts_title_idx", POSTS, (IndexKey("title"),), place("@@index([title], type: Hash)"), method="hash", name_is_default=True
)
LATEST = Index(
    "posts_created_at_idx", POSTS, (IndexKey("created_at"),), place("@@index([\n    createdAt\n  ])"), name_is_default=True
)
POST = Table(
    POSTS,
    (
        Column("id", "text", place("id        String   @id")),
        Column("email", "text", place("email     String   @unique")),
        Column("title", "text", place("title     String")),
        Column("created_at", "timestamp(3) without time zone", place("createdAt DateTime"), field="createdAt"),
    ),
    place(TEXT.rstrip("\n")),
    (UNIQUE, HASH, LATEST),
    model="Post",
)
SCHEMA = Schema((POST,))


def changed(remedy: Remedy) -> str:
    """The schema's text with the remedy's edits made."""
    text = TEXT
    for edit in sorted(remedy.edits(SCHEMA), key=lambda edit: edit.location, reverse=True):
        start = SOURCE.offset(edit.location.line, edit.location.column)
        end = SOURCE.offset(edit.location.end_line, edit.location.end_column)
        text = text[:start] + edit.text + text[end:]
    return text


@pytest.mark.parametrize(
    ("keys", "attribute"),
    [
        (("title",), "@@index([title])"),
        ((IndexKey("created_at", descending=True), "title"), "@@index([createdAt(sort: Desc), title])"),
        ((IndexKey("title", opclass="text_pattern_ops"),), '@@index([title(ops: raw("text_pattern_ops"))])'),
        ((IndexKey("title", nulls_first=True),), None),
        ((IndexKey(expression=Expression("lower(title)")),), None),
        (("unknown",), None),
    ],
)
def test_an_index_is_spelled_with_field_names_where_prisma_can_say_it(
    keys: tuple[str | IndexKey, ...], attribute: str | None
) -> None:
    assert CreateIndex(POSTS, keys).prisma(SCHEMA) == attribute


def test_a_name_of_its_own_is_kept_with_map() -> None:
    named = Index("by_title", POSTS, (IndexKey("title"),), place("@@map"), method="hash")
    assert ReplaceIndex(HASH, named).prisma(SCHEMA) == '@@index([title], type: Hash, map: "by_title")'


def test_a_new_index_goes_behind_the_others() -> None:
    assert '@@index([email, title])\n  @@map("posts")\n}\n' in changed(CreateIndex(POSTS, ("email", "title")))


def test_an_attribute_of_the_model_is_dropped_with_its_line() -> None:
    assert changed(DropIndex(HASH)) == TEXT.replace("  @@index([title], type: Hash)\n", "")
    assert changed(DropIndex(LATEST)) == TEXT.replace("  @@index([\n    createdAt\n  ])\n", "")


def test_an_attribute_of_a_field_is_dropped_alone() -> None:
    assert changed(DropIndex(UNIQUE)) == TEXT.replace(" @unique", "")
    assert DropIndex(UNIQUE).prisma(SCHEMA) == "// remove: @unique of email"


def test_a_replaced_index_is_written_in_place() -> None:
    assert changed(ReplaceIndex(HASH, replace(HASH, method="btree"))) == TEXT.replace(", type: Hash", "")


def test_an_attribute_of_a_field_is_not_replaced_since_it_says_more_than_the_index() -> None:
    assert ReplaceIndex(UNIQUE, replace(UNIQUE, unique=False)).edits(SCHEMA) == ()


def test_sql_files_are_not_edited() -> None:
    elsewhere = Index("x", POSTS, (IndexKey("title"),), Location("schema.sql", 1, 1, 1, 9))
    assert DropIndex(elsewhere).edits(SCHEMA) == ()
    assert ReplaceIndex(elsewhere, HASH).edits(SCHEMA) == ()


def test_a_model_on_one_line_is_not_edited() -> None:
    short = replace(POST, location=Location("schema.prisma", 1, 1, 1, 30))
    assert CreateIndex(POSTS, ("title",)).edits(Schema((short,))) == ()


def test_edits_need_the_schema() -> None:
    remedies: list[Remedy] = [CreateIndex(POSTS, ("title",)), DropIndex(HASH), ReplaceIndex(HASH, LATEST)]
    assert [remedy.edits(None) for remedy in remedies] == [(), (), ()]
