"""Clients and pools: their options, and whether they verify certificates."""

from __future__ import annotations

import pytest

from advisor.model import ClientConfig
from tests.sources.typescript.reading import read


def client(text: str) -> ClientConfig:
    (found,) = read(text).file.clients
    return found


@pytest.mark.parametrize(
    ("text", "library", "constructor"),
    [
        ("import { Pool } from 'pg'; new Pool({ max: 1 });", "pg", "Pool"),
        ("import pg from 'pg'; new pg.Pool({ max: 1 });", "pg", "Pool"),
        ("const { Client: Connection } = require('pg'); new Connection({ max: 1 });", "pg", "Client"),
        ("import postgres from 'postgres'; const sql = postgres(url, { max: 1 });", "postgres", "postgres"),
        ("import { PrismaClient } from '@prisma/client'; new PrismaClient({ max: 1 });", "prisma", "PrismaClient"),
        ("import { PrismaPg } from '@prisma/adapter-pg'; new PrismaPg({ max: 1 });", "pg", "PrismaPg"),
        ("import Redis from 'ioredis'; new Redis(url, { max: 1 });", "ioredis", "Redis"),
        ("import IORedis from 'ioredis'; new IORedis({ max: 1 });", "ioredis", "Redis"),
        ("import { Redis } from 'ioredis'; new Redis({ max: 1 });", "ioredis", "Redis"),
        ("import Redis from 'ioredis'; new Redis.Cluster(nodes, { max: 1 });", "ioredis", "Cluster"),
        ("import { createClient } from 'redis'; createClient({ max: 1 });", "redis", "createClient"),
        ("import knex from 'knex'; knex({ max: 1 });", "pg", "knex"),
    ],
)
def test_a_client_is_known_by_its_constructor_and_package(text: str, library: str, constructor: str) -> None:
    found = client(text)
    assert (found.library, found.constructor) == (library, constructor)
    assert "max" in found.options


@pytest.mark.parametrize("text", ["new Pool({ size: 4 });", "import { Pool } from './threads'; new Pool({});", "createClient({});"])
def test_a_class_of_the_same_name_is_no_client(text: str) -> None:
    assert read(text).file.clients == ()


@pytest.mark.parametrize(
    ("options", "rejects", "development"),
    [
        ("{ ssl: { rejectUnauthorized: false } }", False, False),
        ("{ ssl: { rejectUnauthorized: true } }", True, False),
        ("{ ssl: true }", None, False),
        ("{ ssl: insecure }", False, False),
        ("{ ...shared }", False, False),
        ("{ ssl: { rejectUnauthorized: strict } }", None, False),
        ("{ ssl: isProd ? { rejectUnauthorized: false } : false }", False, False),
        ("{ ssl: isProd ? { rejectUnauthorized: true } : { rejectUnauthorized: false } }", False, True),
        ("{ ssl: isProd ? true : insecure }", False, True),
        ("{ ssl: process.env.NODE_ENV === 'development' && { rejectUnauthorized: false } }", False, True),
        ("{ ssl: process.env.NODE_ENV !== 'production' ? { rejectUnauthorized: false } : undefined }", False, True),
        ("{ ssl: { rejectUnauthorized: isProd ? true : false } }", False, True),
        ("{ ssl: { rejectUnauthorized: isProd } }", None, False),
    ],
)
def test_verification_is_read_through_constants_and_conditions(options: str, rejects: bool | None, development: bool) -> None:
    found = client(
        "import { Pool } from 'pg';\nconst isProd = process.env.NODE_ENV === 'production';\n"
        "const insecure = { rejectUnauthorized: false };\nconst shared = { ssl: insecure };\n"
        f"export const pool = new Pool({options});"
    )
    assert (found.rejects_unauthorized, found.only_in_development) == (rejects, development)


def test_the_place_of_the_setting_is_told() -> None:
    found = client("import { Pool } from 'pg';\nnew Pool({\n  ssl: { rejectUnauthorized: false },\n});")
    assert found.rejects_unauthorized_location is not None
    assert (found.rejects_unauthorized_location.line, found.rejects_unauthorized_location.column) == (3, 10)


def test_options_set_after_the_object_are_seen() -> None:
    found = client(
        "import { Pool } from 'pg';\nconst config: PoolConfig = { max: 5 };\n"
        "config.ssl = { rejectUnauthorized: false };\nnew Pool(config);"
    )
    assert found.rejects_unauthorized is False


@pytest.mark.parametrize(
    "text",
    [
        "import { Pool } from 'pg'; new Pool({ connectionString: 'postgres://u@h/d?sslmode=no-verify' });",
        "import { Pool } from 'pg'; new Pool({ connectionString: process.env.URL + '?sslmode=no-verify' });",
        "import postgres from 'postgres'; postgres(`${url}?a=b&sslmode=no-verify`);",
    ],
)
def test_the_mode_in_a_connection_string_is_read(text: str) -> None:
    assert client(text).ssl_mode == "no-verify"


@pytest.mark.parametrize(
    ("text", "development"),
    [
        ("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';", False),
        ("process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';", False),
        ("if (process.env.NODE_ENV !== 'production') { process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; }", True),
    ],
)
def test_switching_verification_off_for_the_whole_process_is_a_client_setting(text: str, development: bool) -> None:
    found = client(text)
    assert (found.library, found.rejects_unauthorized, found.only_in_development) == ("node", False, development)


def test_switching_it_on_is_none() -> None:
    assert read("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '1';").file.clients == ()


def test_options_out_of_sight_make_a_client_incomplete() -> None:
    assert not client("import { Pool } from 'pg'; export const f = (options) => new Pool(options);").complete
    assert client("import { Pool } from 'pg'; new Pool();").complete
