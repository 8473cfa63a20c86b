"""What schemas come to, held against the DDL that Prisma made of them (recorded beside the fixtures)."""

from __future__ import annotations

import pytest

from advisor.model import Expression, IndexKey, Name
from tests.sources.prisma.helpers import FIXTURES, read, read_files, table
from tests.sources.prisma.oracle import ddl_facts, schema_facts

MODELS = "model A {\n  id Int @id\n  %s\n}\n"


def test_a_schema_of_everything_comes_to_prismas_ddl() -> None:
    reading = read_files(FIXTURES / "everything.prisma")
    assert not reading.problems
    assert schema_facts(reading.schema) == ddl_facts((FIXTURES / "everything.sql").read_text())


def test_a_schema_of_several_files_without_foreign_keys_comes_to_prismas_ddl() -> None:
    reading = read_files(*sorted((FIXTURES / "clinic").glob("*.prisma")))
    assert not reading.problems
    assert schema_facts(reading.schema) == ddl_facts((FIXTURES / "clinic" / "schema.sql").read_text())
    assert reading.settings.paths == ("main.prisma", "visits.prisma")
    relation = table(reading, "Visit").relation("patient")
    assert relation is not None
    assert relation.columns == ("patient_id",)


def test_cockroachdb_has_its_own_types_and_defaults() -> None:
    reading = read_files(FIXTURES / "cockroach.prisma")
    assert not reading.problems
    columns = {column.name: column for column in table(reading, "Parcel").columns}
    assert {name: column.type for name, column in columns.items()} == {
        "id": "bigint",
        "small": "smallint",
        "counter": "integer",
        "note": "character varying(20)",
        "memo": "text",
        "flag": '"char"',
        "weight": "real",
        "image": "bytea",
    }
    assert columns["id"].default == Expression("unique_rowid()", functions=("unique_rowid",))
    assert columns["counter"].identity == "by default"
    between = table(reading, "_ParcelToStop")
    assert between.primary_key is None
    assert [index.name for index in between.indexes] == ["_ParcelToStop_AB_unique", "_ParcelToStop_B_index"]


def test_columns_know_their_field_and_enum() -> None:
    customers = table(read_files(FIXTURES / "everything.prisma"), "customers")
    created = customers.column("created_at")
    role = customers.column("role")
    assert created is not None
    assert role is not None
    assert (created.field, created.default) == ("createdAt", Expression("CURRENT_TIMESTAMP"))
    assert (role.type, role.enum) == ("staff_role", Name("public", "staff_role"))
    assert customers.model == "Customer"


def test_a_serial_column_draws_from_postgresqls_sequence() -> None:
    reading = read('model Long {\n  id Int @id @default(autoincrement())\n  @@map("%s")\n}\n' % ("t" * 60))
    (column,) = reading.schema.tables[0].columns
    assert column.default is not None
    assert column.default.text == f"nextval('{'t' * 56}_id_seq'::regclass)"
    assert column.default.functions == ("nextval",)
    book = table(read_files(FIXTURES / "everything.prisma"), "Book").column("id")
    assert book is not None
    assert str(book.default) == "nextval('stock.\"Book_id_seq\"'::regclass)"


def test_sql_in_a_default_tells_its_functions() -> None:
    reading = read(MODELS % "b String @default(dbgenerated(\"lower('f(' || public.Gen_Random_UUID()::text)\"))")
    default = reading.schema.tables[0].columns[1].default
    assert default is not None
    assert default.functions == ("lower", "gen_random_uuid")


def test_predicates_tell_their_columns() -> None:
    customers = table(read_files(FIXTURES / "everything.prisma"), "customers")
    found = {index.name: index.predicate for index in customers.indexes if index.predicate}
    assert found["customers_live"] == Expression(
        "deleted_at IS NULL AND active = true AND role <> 'READER'", columns=("deleted_at", "active", "role")
    )
    required = found["customers_mentor_id_idx"]
    assert required == Expression("mentor_id IS NOT NULL", columns=("mentor_id",), implied_not_null=("mentor_id",))
    raw = found["customers_name_email_key"]
    assert raw is not None
    assert raw.text == "deleted_at IS NULL AND name <> 'it''s'"
    assert raw.columns == ("deleted_at", "name")


def test_a_predicate_reads_the_same_as_object_and_as_sql() -> None:
    reading = read(
        "model A {\n  id Int @id\n  b Int?\n"
        '  @@index([id], where: { b: { not: null } }, map: "x")\n  @@index([id], where: raw("b is NOT null"), map: "y")\n'
        '  @@index([id], where: { b: 3 }, map: "z")\n  @@index([id], where: raw("(b = 3)"), map: "w")\n}\n'
    )
    predicates = [index.predicate for index in reading.schema.tables[0].indexes[1:]]
    assert predicates[0] == predicates[1]
    assert predicates[2] == predicates[3]
    assert predicates[2] is not None
    assert predicates[2].strict_columns == ("b",)


def test_names_that_the_source_gives_are_told_from_default_ones() -> None:
    order = table(read_files(FIXTURES / "everything.prisma"), "Order")
    assert {index.name: index.name_is_default for index in order.indexes} == {
        "Order_pkey": True,
        "Order_buyerId_idx": True,
        "Order_packerId_idx": True,
        "Order_note_idx": True,
        "order_note_plain": False,
        "placed_roughly": False,
        "order_once": False,
    }


def test_an_operator_class_is_kept_unless_the_type_has_it_anyway() -> None:
    reading = read(
        "model A {\n  id Int @id\n  a String[]\n  j Json\n  s String\n"
        "  @@index([a(ops: ArrayOps)], type: Gin)\n  @@index([j(ops: JsonbOps)], type: Gin)\n"
        '  @@index([j(ops: JsonbPathOps)], type: Gin, map: "p")\n  @@index([s(ops: raw("gin_trgm_ops"))], type: Gin)\n'
        '  @@index([s(ops: raw("text_pattern_ops"), sort: Desc)], map: "q")\n}\n'
    )
    assert [index.keys for index in reading.schema.tables[0].indexes[1:]] == [
        (IndexKey("a"),),
        (IndexKey("j"),),
        (IndexKey("j", opclass="jsonb_path_ops"),),
        (IndexKey("s", opclass="gin_trgm_ops"),),
        (IndexKey("s", opclass="text_pattern_ops", descending=True),),
    ]


def test_relation_fields_are_there_on_both_sides_with_columns_on_one() -> None:
    reading = read_files(FIXTURES / "everything.prisma")
    address = table(reading, "Order").relation("address")
    orders = table(reading, "Address").relation("orders")
    assert address is not None
    assert orders is not None
    assert (address.target, address.many) == (Name("public", "Address"), False)
    assert address.columns == ("addressCustomer", "addressNumber")
    assert address.referenced_columns == ("customer_id", "number")
    assert (orders.target, orders.many, orders.columns) == (Name("public", "Order"), True, ())


def test_a_join_table_is_marked_as_one_that_nobody_wrote() -> None:
    reading = read_files(FIXTURES / "everything.prisma")
    implicit = [found.name.name for found in reading.schema.tables if found.implicit]
    assert implicit == ["_Friends", "_Wishes", "_BookToGenre"]
    assert all(found.model is None for found in reading.schema.tables if found.implicit)


def test_a_view_has_columns_and_no_indexes() -> None:
    view = table(read_files(FIXTURES / "everything.prisma"), "active_customers")
    assert view.kind == "view"
    assert [column.name for column in view.columns] == ["id", "email"]
    assert not view.indexes


def test_a_foreign_key_never_leads_to_a_view() -> None:
    reading = read(
        "model A {\n  id Int @id\n  vId Int\n  v V @relation(fields: [vId], references: [id])\n}\n"
        "view V {\n  id Int @unique\n  as A[]\n}\n"
    )
    assert not table(reading, "A").foreign_keys
    assert table(reading, "A").relation("v") is not None


@pytest.mark.parametrize(
    ("sql", "printed"),
    [
        ("tsvector", "tsvector"),
        ("vector(1536)", "vector(1536)"),
        ("geometry(Point, 4326)", "geometry(Point,4326)"),
        ("Double Precision", "double precision"),
        ("int8[]", "bigint[]"),
        ("timestamp  with time zone", "timestamp with time zone"),
        ("TIMESTAMP(3) WITHOUT TIME ZONE", "timestamp(3) without time zone"),
        ("timestamptz(3)", "timestamp(3) with time zone"),
        ("character varying (20)", "character varying(20)"),
        ("char", "character(1)"),
        ('"MyType"', '"MyType"'),
        ("extensions.vector(3)", "extensions.vector(3)"),
    ],
)
def test_an_unsupported_type_is_spelled_as_postgresql_does(sql: str, printed: str) -> None:
    quoted = sql.replace('"', '\\"')
    reading = read(MODELS % f'b Unsupported("{quoted}")?')
    assert reading.schema.tables[0].columns[1].type == printed


@pytest.mark.parametrize("provider", ["mysql", "sqlite", "sqlserver", "mongodb"])
def test_another_databases_tables_are_left_alone_and_said_to_be(provider: str) -> None:
    reading = read(f'datasource db {{\n  provider = "{provider}"\n}}\n' + MODELS % "b String @db.LongText\n  junk!")
    assert not reading.schema.tables
    assert reading.settings.datasource is not None
    assert reading.settings.datasource.provider == provider
    assert [(problem.kind, problem.reason) for problem in reading.problems] == [
        ("left alone", f"its tables are not PostgreSQL's, so that no PostgreSQL rule applies to it: the provider is {provider}"),
        ("failed", "not a line of a model block: expected a type before `!`"),
    ]


def test_settings_tell_what_rules_ask_for() -> None:
    reading = read(
        """
        generator client {
          provider        = "prisma-client-js"
          previewFeatures = ["views", "metrics"]
          output          = "./client"
        }
        datasource pg {
          provider     = "postgres"
          url          = env("DATABASE_URL")
          relationMode = "prisma"
        }
        """
    )
    assert not reading.problems
    datasource = reading.settings.datasource
    assert datasource is not None
    assert (datasource.name, datasource.relation_mode, datasource.url_variable) == ("pg", "prisma", "DATABASE_URL")
    assert reading.settings.location == datasource.location
    (generator,) = reading.settings.generators
    assert (generator.name, generator.provider, generator.output) == ("client", "prisma-client-js", "./client")
    assert [(feature.name, feature.location.line) for feature in generator.preview_features] == [("views", 3), ("metrics", 3)]
