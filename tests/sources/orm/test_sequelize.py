"""Sequelize models: what is read of the code, and that it is what `sync` builds.

`expected.sql` beside each fixture is the DDL that Sequelize sent to a PostgreSQL (see `scripts/record_orm_ddl.py`).
"""

from __future__ import annotations

import pytest

from advisor.model import Name, Schema, Skipped, SourceText
from advisor.sources.orm.sequelize import read_sequelize
from advisor.sources.orm.sequelize.plurals import pluralize, singularize, underscore
from advisor.sources.sql import read_sql
from tests.sources.orm.reading import FIXTURES, facts, files_below, modules_of


def sequelize(**files: str) -> tuple[Schema, list[Skipped]]:
    texts = {f"{name}.js": text for name, text in files.items()}
    return read_sequelize(*modules_of(texts, list(texts)))


@pytest.mark.parametrize("name", ["sequelize", "sequelize-typescript"])
def test_the_fixture_is_what_sync_builds(name: str) -> None:
    files = files_below(FIXTURES / name)
    schema, problems = read_sequelize(*modules_of(files, list(files)))
    built = read_sql([SourceText("expected.sql", (FIXTURES / name / "expected.sql").read_text())])
    assert problems == []
    assert list(built.problems) == []
    assert facts(schema) == facts(built.schema)
    assert {(enum.name, enum.values) for enum in schema.enums} == {(enum.name, enum.values) for enum in built.schema.enums}


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("User", "Users"), ("Category", "Categories"), ("UserStatus", "UserStatuses"), ("Person", "People"), ("child", "children"),
        ("OrderAddress", "OrderAddresses"), ("Knife", "Knives"), ("Equipment", "Equipment"), ("Index", "Indices"), ("Day", "Days"),
    ],
)  # fmt: skip
def test_plurals_are_those_of_inflection(word: str, plural: str) -> None:
    assert pluralize(word) == plural
    assert singularize(plural) == word


def test_underscore_puts_one_before_each_capital() -> None:
    assert [underscore(word) for word in ("createdAt", "userID", "OrderLine")] == ["created_at", "user_i_d", "order_line"]


def test_who_declares_an_association_decides_what_a_deletion_does() -> None:
    models = (
        "const { DataTypes } = require('sequelize');\nconst A = sequelize.define('A', {});\nconst B = sequelize.define('B', {});\n"
    )
    belongs, _ = sequelize(a=models + "B.belongsTo(A);")
    many, _ = sequelize(a=models + "A.hasMany(B, { foreignKey: { name: 'owner', allowNull: false } });")
    assert [(key.columns, key.on_delete, key.on_update) for key in belongs.tables[1].foreign_keys] == [
        (("AId",), "SET NULL", "CASCADE")
    ]
    assert [(key.columns, key.on_delete, key.on_update) for key in many.tables[1].foreign_keys] == [
        (("owner",), "CASCADE", "CASCADE")
    ]
    assert belongs.tables[1].foreign_keys[0].location.line == 4
    assert [(one.field, one.target.name, one.many, one.columns) for one in belongs.tables[1].relations] == [
        ("A", "As", False, ("AId",))
    ]


def test_an_attribute_that_is_not_known_is_said_and_the_table_stays() -> None:
    schema, problems = sequelize(
        a="const m = require('sequelize');\nsequelize.define('Thing', { a: ours(), ...more, b: DataTypes.TEXT });"
    )
    table = schema.table(Name("public", "Things"))
    assert table is not None
    assert [column.name for column in table.columns] == ["id", "b", "createdAt", "updatedAt"]
    assert [problem.reason for problem in problems] == [
        "not all attributes of model Thing are known",
        "the type of Things.a is not known",
    ]


def test_models_of_another_database_are_left_alone() -> None:
    schema, problems = sequelize(
        db="const { Sequelize } = require('sequelize');\nmodule.exports = new Sequelize({ dialect: 'mysql' });",
        a="const sequelize = require('./db');\nsequelize.define('Thing', {});",
    )
    assert schema.tables == ()
    assert {(problem.path, problem.kind) for problem in problems} == {("db.js", "left alone"), ("a.js", "left alone")}


def test_defaults_of_the_client_are_not_the_databases() -> None:
    schema, problems = sequelize(
        a="const { DataTypes } = require('sequelize');\n"
        "sequelize.define('T', { a: { type: DataTypes.DATE, defaultValue: DataTypes.NOW }, b: { type: DataTypes.UUID, defaultValue:"
        " () => make() } }, { timestamps: false });"
    )
    assert problems == []
    assert [column.default for column in schema.tables[0].columns[1:]] == [None, None]
