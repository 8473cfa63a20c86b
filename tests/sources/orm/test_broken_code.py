"""One mistake in a schema in code costs the statement that it is in."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.sources.read import read_project

DRIZZLE = """import { index, integer, pgTable, text } from "drizzle-orm/pg-core";

export const users = pgTable("users", {
  id: integer("id").primaryKey(),
});

export const posts = pgTable(
  "posts",
  {
    id: integer("id").primaryKey(),
    userId: integer("user_id").references(() => users.id),
  },
  (table) => [
    index("posts_user").on(table.userId),
  ],
);

export const tags = pgTable("tags", {
  id: integer("id").primaryKey(),
  label: text("label"),
});
"""
TYPEORM = """import { Column, Entity, PrimaryColumn } from "typeorm";

@Entity({
  name: "users",
})
export class User {
  @PrimaryColumn()
  id: number;
}

@Entity("posts")
export class Post {
  @PrimaryColumn()
  id: number;

  @Column({ type: "text" })
  title: string;
}

@Entity("tags")
export class Tag {
  @PrimaryColumn()
  id: number;
}
"""


@pytest.mark.parametrize(
    ("code", "whole", "broken", "lost"),
    [
        (DRIZZLE, "primaryKey(),\n});\n\nexport const posts", "primaryKey(),\n\nexport const posts", set()),
        (DRIZZLE, "  ],\n);\n", "  ],\n", {"posts"}),
        (DRIZZLE, "(table) => [", "table) => [", {"posts"}),
        (DRIZZLE, "(table) => [", "(table) => ", {"posts"}),
        (DRIZZLE, '"posts",', '"posts,', {"posts"}),
        (DRIZZLE, "export const posts = pgTable(", "export const posts = pgTable(\nexport const posts = pgTable(", {"posts"}),
        (TYPEORM, '@Entity("posts")', '@Entity("posts"', {"posts"}),
        (TYPEORM, "export class Post {", "export class Post", {"posts"}),
        (TYPEORM, '{ type: "text" })', '{ type: "text" )', set()),
        (TYPEORM, "  title: string;\n}", "  title: string;\n", set()),
    ],
)
def test_a_bracket_too_few_costs_no_more_than_its_statement(
    code: str, whole: str, broken: str, lost: set[str], tmp_path: Path
) -> None:
    assert whole in code
    path = tmp_path / "schema.ts"
    path.write_text(code.replace(whole, broken, 1))
    project = read_project([str(path)]).project
    (database,) = project.databases
    assert {"users", "posts", "tags"} - {table.name.name for table in database.schema.tables} <= lost
    assert [(skipped.path, skipped.location is not None) for skipped in project.skipped if skipped.kind == "failed"]
