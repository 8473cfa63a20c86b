"""`advisor schema --format json`: all of the model, as its published JSON Schema says."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec import StructMeta

from advisor.formats.schema_json import LEFT_OUT, RENAMED, schemas_json
from advisor.model import Database, Project, SourceText
from advisor.model import schema as model
from advisor.sources.prisma import read_prisma
from advisor.sources.sql import read_sql

CONTRACT = json.loads(files("advisor.formats").joinpath("schema.schema.json").read_text())
FIXTURES = Path(__file__).parents[2] / "fixtures"
SCRIPTS = sorted((FIXTURES / "ddl").glob("*.sql"))

KINDS = {
    model.Schema: "database", model.Table: "table", model.Column: "column", model.Index: "index", model.IndexKey: "index_key",
    model.ForeignKey: "foreign_key", model.Check: "check", model.NotNull: "not_null", model.Relation: "relation",
    model.PartitionKey: "partition_key", model.Trigger: "trigger", model.Policy: "policy", model.Statistics: "statistics",
    model.ViewQuery: "view_query", model.Enum: "enum", model.Domain: "domain", model.CompositeType: "composite_type",
    model.RangeType: "range_type", model.Collation: "collation", model.Function: "function", model.Argument: "argument",
    model.SequenceObject: "sequence", model.Definition: "definition", model.Comment: "comment", model.Grant: "grant",
    model.DefaultGrant: "default_grant",
}  # fmt: skip


def document(text: str) -> Any:
    schema = read_sql([SourceText("schema.sql", text)]).schema
    return json.loads(schemas_json(Project((Database("db", schema),))))


def test_the_contract_is_a_json_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(CONTRACT)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_json_of_a_script_is_what_the_contract_says(path: Path) -> None:
    jsonschema.validate(document(path.read_text(encoding="utf-8")), CONTRACT)


def test_the_json_of_a_prisma_schema_is_what_the_contract_says() -> None:
    path = FIXTURES / "prisma" / "everything.prisma"
    schema = read_prisma([SourceText(path.name, path.read_text(encoding="utf-8"))]).schema
    jsonschema.validate(json.loads(schemas_json(Project((Database("", schema, orm="prisma"),)))), CONTRACT)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_of_the_model_is_in_the_contract(kind: StructMeta) -> None:
    described = CONTRACT["$defs"][KINDS[kind]]
    names = {RENAMED.get((kind.__name__, name), name) for name in kind.__struct_fields__}
    names -= {"location", *LEFT_OUT.get(kind.__name__, ())}
    assert names <= set(described["properties"])
    assert set(described["required"]) == set(described["properties"])


def test_a_table_has_its_columns_keys_and_places() -> None:
    table = document("CREATE TABLE posts (\n  id bigint PRIMARY KEY,\n  title text DEFAULT 'none'\n);")["databases"][0]["tables"][0]
    assert (table["schema"], table["name"], table["kind"], table["path"], table["line"]) == (
        "public",
        "posts",
        "table",
        "schema.sql",
        1,
    )
    title = table["columns"][1]
    assert (title["name"], title["type"], title["default"], title["nullable"]) == ("title", "text", "'none'", True)
    assert (title["path"], title["line"], title["column"]) == ("schema.sql", 3, 3)
    key = table["indexes"][0]
    assert (key["name"], key["constraint"], key["keys"][0]["column"]) == ("posts_pkey", "primary key", "id")
    assert key["keys"][0]["nulls_first"] is False


def test_a_foreign_key_names_what_it_refers_to_in_two_keys() -> None:
    tables = document("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (a int REFERENCES a ON DELETE CASCADE);")["databases"][0]
    key = tables["tables"][1]["foreign_keys"][0]
    assert (key["columns"], key["referenced_schema"], key["referenced_table"]) == (["a"], "public", "a")
    assert (key["referenced_columns"], key["on_delete"]) == (["id"], "CASCADE")
