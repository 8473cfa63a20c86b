"""Connection strings, and that no password in them is ever printed."""

from __future__ import annotations

import os

import pytest

from advisor.errors import InputError
from advisor.sources.postgres import introspect, read_address

SECRET = "hunter2-XYZ"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://app:pw@db.example.com:6543/blog", "postgresql://db.example.com:6543/blog"),
        ("postgres://app@db.example.com:5432/blog?sslmode=require", "postgresql://db.example.com/blog"),
        ("postgresql:///blog?host=/var/run/postgresql", "postgresql://localhost/blog"),
        ("host=db.example.com port=6543 dbname=blog user=app password=pw", "postgresql://db.example.com:6543/blog"),
        ("host=/tmp dbname=blog", "postgresql://localhost/blog"),
        ("postgresql://db.example.com", "postgresql://db.example.com"),
        ("postgresql://u:p%40ss@db.example.com/blog", "postgresql://db.example.com/blog"),
    ],
)
def test_an_address_is_shown_without_user_and_password(given: str, shown: str) -> None:
    assert read_address(given).shown == shown


def test_what_prisma_adds_to_a_url_is_dropped_and_its_schema_kept() -> None:
    found = read_address("postgresql://u:p@h/db?schema=app&connection_limit=5&pgbouncer=true&sslmode=require&pool_timeout=3")
    assert found.conninfo == "postgresql://u:p@h/db?sslmode=require"
    assert found.schema == "app"


def test_prismas_word_for_certificates_becomes_libpqs() -> None:
    assert read_address("postgres://h/db?sslaccept=strict").conninfo == "postgresql://h/db?sslmode=verify-full"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("mysql://u:secret@h/db", "mysql:// is not PostgreSQL's"),
        ("prisma://accelerate.prisma-data.net/?api_key=secret", "is a service of Prisma's"),
        ("prisma+postgres://accelerate.prisma-data.net/?api_key=secret", "is a service of Prisma's"),
        ("blog", "not a connection string"),
        ("", "not a connection string"),
        ("host=h pasword=secret", "invalid connection option"),
        ("postgresql://u:secret@[::1/db", "not a URL"),
    ],
)
def test_what_is_no_address_of_postgresql_is_refused_without_a_password(given: str, reason: str) -> None:
    with pytest.raises(InputError) as refused:
        read_address(given)
    assert reason in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        f"postgresql://app:{SECRET}@127.0.0.1:1/blog",
        f"postgresql://app:{SECRET}%21@127.0.0.1:1/blog",
        "postgresql://app:hunter2%2DXYZ@127.0.0.1:1/blog",
        f"postgresql://app@127.0.0.1:1/blog?password={SECRET}",
        f"host=127.0.0.1 port=1 dbname=blog user=app password={SECRET}",
        f"host=127.0.0.1 port=1 password='{SECRET}'",
        f"postgresql://app:{SECRET}@127.0.0.1:1/blog?unknown=1",
        f"postgresql://app:{SECRET}@127.0.0.1:notaport/blog",
        f"postgresql://app:{SECRET}/x@127.0.0.1:1/blog",
        f"postgresql://app:{SECRET}@no.such.host.invalid/blog?connect_timeout=1",
    ],
)
def test_a_server_that_cannot_be_reached_is_one_line_without_the_password(given: str) -> None:
    with pytest.raises(InputError) as refused:
        introspect(given)
    assert SECRET not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_password_of_the_environment_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "PGPASSWORD", SECRET)
    with pytest.raises(InputError) as refused:
        introspect("postgresql://app@127.0.0.1:1/blog")
    assert SECRET not in str(refused.value)


def test_a_message_that_echoes_the_address_is_masked() -> None:
    address = read_address(f"postgresql://app:{SECRET}@h/db")
    assert address.without_secrets(f'missing "=" after "{address.conninfo}"') == 'missing "=" after "postgresql://app:***@h/db"'
