"""Where settings say that the schema lies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.model import Dependency, Location, Manifest, SourceText
from advisor.sources.prisma.project import PrismaConfig, read_config, schema_path_from_manifest
from advisor.sources.prisma.versions import dialect_of, version_near

SCHEMA_PATHS = [
    ('export default defineConfig({ schema: "prisma/schema.prisma" })', "prisma/schema.prisma"),
    ("export default {\n  schema: './schema',\n  migrations: { path: 'x' },\n} satisfies PrismaConfig", "./schema"),
    ("module.exports = { 'schema': `db/schema` }", "db/schema"),
    ("const config: PrismaConfig = { schema: 'db' };\nexport default config;", "db"),
    ("const config = { schema: 'db' };\nexport { config as default };", "db"),
    ("const schema = 'db';\nexport default { schema };", "db"),
    ("const root = 'db';\nexport default { schema: `${root}/models` };", "db/models"),
    ("export default { schema: path.join('prisma', 'schema') }", "prisma/schema"),
    ("export default { schema: path.join(__dirname, 'prisma/', 'schema.prisma'), }", "prisma/schema.prisma"),
    ("export default { schema: path.resolve(import.meta.dirname, '..', 'prisma') }", "../prisma"),
    ("export default { schema: path.join(process.cwd(), 'prisma') }", "prisma"),
    ("import { join } from 'node:path';\nexport default { schema: join('a', 'b') }", "a/b"),
    ("const here = path.dirname(fileURLToPath(import.meta.url));\nexport default { schema: path.join(here, 'a') }", "a"),
    ("export default { schema: fileURLToPath(new URL('./prisma', import.meta.url)) }", "./prisma"),
    ("export default { schema: new URL('./prisma', import.meta.url).pathname }", "./prisma"),
    ("export default { schema: `${__dirname}/prisma` }", "prisma"),
    ("export default { schema: process.env.SCHEMA ?? 'prisma' }", "prisma"),
    ("export default { schema: __dirname }", "."),
    ('// schema: "old"\nexport default { /* schema: "older" */ schema: /* here */ "new" }', "new"),
    ("export default { url: 'postgres://x', schema: 'after//strings' }", "after//strings"),
    ("export default { mySchema: 'x', tables: { schema: 'y' }, $schema: 'z' }", None),
    ("export default 1 +", None),
    ("", None),
]


def configured(text: str) -> PrismaConfig:
    return read_config(SourceText("prisma.config.ts", text))[0]


@pytest.mark.parametrize(("text", "path"), SCHEMA_PATHS)
def test_a_path_that_is_written_out_or_put_together_is_read(text: str, path: str | None) -> None:
    found, unread = read_config(SourceText("prisma.config.ts", text))
    assert found.schema == path
    assert not unread


@pytest.mark.parametrize("path", ["process.env.SCHEMA", "path.join(dir)", "`${dir}/schema`", "find()", "path.join(dir, 'a')"])
def test_a_path_that_only_running_the_program_would_tell_is_said_to_be_unread(path: str) -> None:
    found, unread = read_config(SourceText("prisma.config.ts", f"export default {{ schema: {path} }}"))
    assert found.schema is None
    assert [(lost.kind, lost.reason) for lost in unread] == [
        ("left alone", "`schema` is not written out as a path, and not followed")
    ]


@settings(deadline=None)
@given(st.text() | st.text(alphabet="export default schema: \"'`/*join(),\\\n${}"))
def test_any_text_is_read_as_configuration(text: str) -> None:
    path = configured(text).schema
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
        ("export default { migrations: { seed: `x {}`, path: path.join('a', 'b') } }", PrismaConfig(migrations="a/b")),
        ("export default { views: { path: 'v' }, migrations: { path: dir } }", PrismaConfig()),
        ("export default { path: 'x', other: { path: 'y' } }", PrismaConfig()),
        ("// migrations: { path: 'x' }\nexport default { schema: 's' }", PrismaConfig("s")),
    ],
)
def test_a_configuration_names_schema_history_and_connection(text: str, config: PrismaConfig) -> None:
    assert configured(text) == config


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
