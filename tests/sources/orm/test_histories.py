"""What a history adds to models: of Sequelize the history is the truth, and the models give names and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.sources.read import read_project

MODEL = """const { DataTypes } = require("sequelize");
module.exports = (sequelize) => {
  const attributes = { title: DataTypes.STRING, ownerId: DataTypes.INTEGER };
  const Post = sequelize.define("Post", attributes, { tableName: "posts", timestamps: false });
  Post.belongsTo(Post, { foreignKey: "ownerId", as: "owner" });
};
"""


def test_what_sequelize_models_leave_unsaid_comes_from_the_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "migrations").mkdir()
    sql = 'CREATE TABLE posts (id integer PRIMARY KEY, title text NOT NULL, "ownerId" integer);'
    (tmp_path / "migrations" / "001_posts.sql").write_text(sql)
    (tmp_path / "post.js").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    (database,) = read_project(["."]).project.databases
    (table,) = database.schema.tables
    assert (table.model, table.location.path, len(table.foreign_keys)) == ("Post", "post.js", 0)
    assert [(column.name, column.type, column.nullable, column.location.path) for column in table.columns][1:] == [
        ("title", "text", False, "post.js"),
        ("ownerId", "integer", True, "post.js"),
    ]
    assert [relation.field for relation in table.relations] == ["owner"]


def test_models_of_one_table_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models.js").write_text(
        "const { DataTypes } = require('sequelize');\n"
        "sequelize.define('A', { a: DataTypes.TEXT }, { tableName: 'things', timestamps: false });\n"
        "sequelize.define('B', { b: DataTypes.TEXT }, { tableName: 'things', timestamps: false });\n"
    )
    monkeypatch.chdir(tmp_path)
    (database,) = read_project(["."]).project.databases
    (table,) = database.schema.tables
    assert (table.model, [column.name for column in table.columns]) == ("A", ["id", "a", "b"])
