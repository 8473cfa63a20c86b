"""Which transaction a call stands in: that of a callback, a decorated method, or what is between BEGIN and COMMIT."""

from __future__ import annotations

import pytest

from tests.sources.typescript.reading import read

INSIDE = [
    "await prisma.$transaction(async (tx) => { await send(); });",
    "await db.transaction(async (tx) => { for (const one of all) { await send(one); } });",
    "await sequelize.transaction(options, async (transaction) => { if (ready) await send(); });",
    "await manager.transaction('SERIALIZABLE', async (manager) => { await send(); });",
    "await knex.transaction(async (trx) => { await Promise.all(all.map(async (one) => send(one))); });",
    "await withTransaction(async (client) => { await send(); });",
    "class A { @Transactional() async run() { await send(); } }",
    "class A { @Post() @Transaction() @Allow(Admin) async run(@Body() input: Input) { await send(); } }",
    "async function run() { await client.query('BEGIN'); try { await send(); await client.query('COMMIT'); } catch { back(); } }",
    "async function run() { await pool.query(`begin isolation level serializable`); await send(); await pool.query('commit'); }",
    "async function run() { await runner.startTransaction(); await send(); await runner.commitTransaction(); }",
    "async function run() { const t = await sequelize.transaction(); await send(); await t.commit(); }",
    "await client.query('BEGIN'); await send(); await client.query('COMMIT');",
]
OUTSIDE = [
    "await send(); await prisma.$transaction(async (tx) => { await tx.user.count(); }); await send();",
    "const rows = await prisma.$transaction([prisma.user.findMany(), prisma.post.findMany()]); await send();",
    "async function run() { await client.query('BEGIN'); await client.query('COMMIT'); await send(); }",
    "async function run() { await send(); await client.query('BEGIN'); await client.query('COMMIT'); }",
    "const a = () => c.query('BEGIN'); async function b() { await send(); } const e = () => c.query('COMMIT');",
    "class A { @Get() async run() { await send(); } @Transactional() async other() {} }",
    "const transaction = await payments.charge(); await send();",
    "await prisma.$transaction(async (tx) => { emitter.on('done', async () => { await send(); }); });",
]


@pytest.mark.parametrize("text", INSIDE)
def test_a_call_stands_in_the_transaction_around_it(text: str) -> None:
    assert transactions(text) == [True]


@pytest.mark.parametrize("text", OUTSIDE)
def test_calls_before_after_and_beside_a_transaction_do_not(text: str) -> None:
    found = transactions(text)
    assert found
    assert not any(found)


def test_the_transaction_is_where_it_is_opened() -> None:
    inside = "await client.query('BEGIN');\n  await send();\n  await client.query('COMMIT');"
    found = read(f"async function send() {{}}\nasync function run() {{\n  {inside}\n}}")
    (place,) = {call.transaction for call in found.outline.calls if call.name == "send"}
    assert place is not None
    assert (place.line, place.column) == (3, 9)


def transactions(text: str) -> list[bool]:
    """Whether each call of `send` stands in a transaction."""
    found = read(f"import {{ send }} from './mails';\n{text}")
    return [call.transaction is not None for call in found.outline.calls if call.name == "send"]
