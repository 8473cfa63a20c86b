"""What `advisor schema --format json` says of migrations."""

from __future__ import annotations

import json
from importlib.resources import files

import jsonschema

from advisor.formats.migrations_json import migrations_json
from advisor.formats.schema_json import schemas_json
from advisor.model import Database, Project, SourceText
from advisor.sources.sql import read_sql


def test_a_migration_lists_its_operations_and_their_effects() -> None:
    sql = "CREATE TABLE a (id int);\nCREATE INDEX i ON b (x);\nALTER TABLE a ADD CONSTRAINT k FOREIGN KEY (id) REFERENCES b (id);\n"
    (found,) = migrations_json(read_sql([SourceText("1_a.sql", sql)], migrations="goose").migrations)
    assert {key: found[key] for key in ("name", "tool", "transaction", "reversible", "path", "down")} == {
        "name": "1_a.sql", "tool": "goose", "transaction": "one", "reversible": False, "path": "1_a.sql", "down": [],
    }  # fmt: skip
    table, index, key = found["operations"]
    assert (table["kind"], table["table"], table["line"]) == ("create-table", "public.a", 1)
    assert index["index"] == {"name": "i", "table": "public.b", "keys": ["x"], "unique": False, "method": "btree"}
    assert index["effects"] == [
        {
            "relation": "public.b", "lock": "SHARE", "rewrites": False, "scans": True, "builds_index": True, "existed": True,
            "source": "https://www.postgresql.org/docs/current/sql-createindex.html",
        },
    ]  # fmt: skip
    assert [(effect["relation"], effect["lock"], effect["existed"]) for effect in key["effects"]] == [
        ("public.a", "SHARE ROW EXCLUSIVE", False),
        ("public.b", "SHARE ROW EXCLUSIVE", True),
    ]
    assert json.loads(json.dumps(found)) == found


def test_the_json_of_a_history_is_what_the_contract_says() -> None:
    contract = json.loads(files("advisor.formats").joinpath("schema.schema.json").read_text())
    reading = read_sql([SourceText("1.sql", "CREATE TABLE a (id int); DROP TYPE x; LOCK TABLE a; BEGIN;")], migrations="flyway")
    document = json.loads(schemas_json(Project((Database("db", reading.schema, reading.migrations),))))
    jsonschema.validate(document, contract)
    assert [step["kind"] for step in document["databases"][0]["migrations"][0]["operations"]] == [
        "create-table", "drop-type", "lock-table", "begin",
    ]  # fmt: skip
