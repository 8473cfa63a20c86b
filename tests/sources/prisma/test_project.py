"""Where settings say that the schema lies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import Dependency, Location, Manifest
from advisor.sources.prisma.project import PrismaConfig, read_config, schema_path_from_config, schema_path_from_manifest
from advisor.sources.prisma.versions import dialect_of, version_near


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


@pytest.mark.parametrize(
    ("text", "config"),
    [
        (
            "export default defineConfig({ schema: 'db/schema', migrations: { path: 'db/history' }, datasource: { url: u } })",
            PrismaConfig("db/schema", "db/history", datasource=True),
        ),
        ('{ migrations: { seed: "x", path: path.join("a", "b") } }', PrismaConfig(migrations="a/b")),
        ("{ migrations: { path: dir } }", PrismaConfig()),
        ("{ path: 'x', other: { path: 'y' } }", PrismaConfig()),
        ("// migrations: { path: 'x' }\n{ schema: 's' }", PrismaConfig("s")),
    ],
)
def test_a_configuration_names_schema_history_and_connection(text: str, config: PrismaConfig) -> None:
    assert read_config(text) == config


def manifest(path: str, **versions: tuple[int, ...]) -> Manifest:
    place = Location(path, 1, 1, 1, 1)
    packages = {"prisma": "prisma", "client": "@prisma/client"}
    return Manifest(path, tuple(Dependency(packages[name], "", version, place) for name, version in versions.items()), None)


@pytest.mark.parametrize(
    ("manifests", "version", "dialect"),
    [
        ([], None, None),
        ([manifest("package.json", prisma=(7, 1))], 7, 7),
        ([manifest("package.json", prisma=(7, 1)), manifest("apps/api/package.json", client=(6, 2))], 6, 6),
        ([manifest("package.json", prisma=(5, 22))], 5, 6),
        ([manifest("package.json", prisma=(9,))], 9, 8),
        ([manifest("package.json", prisma=())], None, None),
        ([manifest("package.json", prisma=(7,), client=(6,))], 6, 6),
    ],
)
def test_the_nearest_manifest_tells_the_version(manifests: list[Manifest], version: int | None, dialect: int | None) -> None:
    found = version_near("apps/api/prisma/schema.prisma", manifests)
    assert (found, dialect_of(found)) == (version, dialect)
