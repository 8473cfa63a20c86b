"""Where settings say that the schema lies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.sources.prisma.project import schema_path_from_config, schema_path_from_manifest


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('export default defineConfig({ schema: "prisma/schema.prisma" })', "prisma/schema.prisma"),
        ("export default {\n  schema: './schema',\n  migrations: { path: 'x' },\n}", "./schema"),
        ("module.exports = { 'schema': `db/schema` }", "db/schema"),
        ('{ schema: path.join("prisma", "schema") }', "prisma/schema"),
        ('{ schema: path.join(__dirname, "prisma/", "schema.prisma"), }', "prisma/schema.prisma"),
        ('{ schema: path.resolve("prisma") }', "prisma"),
        ('{ schema: join("a", "b") }', "a/b"),
        ('// schema: "old"\n{ /* schema: "older" */ schema: /* here */ "new" }', "new"),
        ('{ url: "postgres://x", schema: "after//strings" }', "after//strings"),
        ("{ schema: `${dir}/schema` }", None),
        ("{ schema: process.env.SCHEMA }", None),
        ("{ schema: path.join(dir) }", None),
        ("{ mySchema: 'x', the.schema: 'y', $schema: 'z' }", None),
        ("", None),
    ],
)
def test_a_path_that_is_written_out_is_read(text: str, path: str | None) -> None:
    assert schema_path_from_config(text) == path


@settings(deadline=None)
@given(st.text() | st.text(alphabet="schema: \"'`/*join(),\\\n${}"))
def test_any_text_is_read_as_configuration(text: str) -> None:
    path = schema_path_from_config(text)
    assert path is None or isinstance(path, str)


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        ({"prisma": {"schema": "db/schema.prisma"}}, "db/schema.prisma"),
        ({"prisma": {"seed": "x"}}, None),
        ({"prisma": "x"}, None),
        ({"prisma": {"schema": 3}}, None),
        ({}, None),
    ],
)
def test_a_manifest_may_name_the_schema(manifest: dict[str, object], path: str | None) -> None:
    assert schema_path_from_manifest(manifest) == path
