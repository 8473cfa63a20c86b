"""A network call, file or queue operation that a transaction waits for.

## Why it matters
A transaction keeps every row that it has changed locked, and its connection taken, until it ends. While it waits for
a payment service or a mail server, whoever wants one of these rows waits too, a pool of ten connections serves ten such
calls, and VACUUM cannot remove any row that died since its snapshot. A service that answers in 200 ms on a good day
takes 30 s on a bad one, and the database stands still with it. Prisma ends the transaction after 5 s by itself: then
the money is charged and the order is rolled back. For no rollback takes back a mail, a charge or a job: a worker may
take the job before the commit makes its row visible, or after a rollback removed it.

## When it is fine
The lock is meant to be held during the call, so that no two calls run at once for one account; say so, and give the
call a timeout well below that of the transaction. A promise that nobody waits for in the transaction does not hold it
up and is not reported. Nor are queries by other means (Redis, a second database), presigned URLs, and checks that go
nowhere (`stripe.webhooks.constructEvent`). Files of the same machine are read quickly on most days: reading, writing or
copying one is reported as possible only. Tests, seeds, scripts and migrations are left alone.

## What to do
Fetch what the transaction needs before it begins. Do what must follow from it after its commit; where it must not be
lost, write a row into an outbox table within the transaction, and let a worker send it with an idempotency key, and
again until it succeeds.

## Sources
- PostgreSQL documentation, "Explicit Locking": locks are held until the end of the transaction; "Routine Vacuuming" and
  `idle_in_transaction_session_timeout` in "Client Connection Defaults": an open transaction that waits for its client
  holds locks, and keeps VACUUM from removing dead rows
- Prisma documentation, "Transactions and batch queries", section "Interactive transactions": avoid network requests in
  them; `timeout` is 5 s by default
"""

from collections.abc import Iterator, Mapping
from textwrap import dedent

from advisor.model import CodeFile, OutsideCall, OutsideKind
from advisor.remedies import RewriteCode
from advisor.rule import Confidence, Example, Finding, Related, Severity, rule, typescript

PRISMA = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n"


def code(text: str, path: str = "src/orders.ts") -> Example:
    """TypeScript that has a Prisma client."""
    return typescript(PRISMA + dedent(text), path)


BAD = [
    code("""
        export async function pay(id: number) {
          await prisma.$transaction(async (tx) => {
            const order = await tx.order.update({ where: { id }, data: { state: 'paid' } });
            await fetch('https://payments.example.com/charge', { method: 'POST', body: JSON.stringify(order) });
          });
        }
    """),
    code("""
        import Stripe from 'stripe';
        const stripe = new Stripe(process.env.STRIPE_KEY!);
        async function giveBack(payment: string) {
          const refund = await stripe.refunds.create({ payment_intent: payment });
          return refund.id;
        }
        export async function cancel(id: number) {
          return prisma.$transaction(async (tx) => {
            const order = await tx.order.update({ where: { id }, data: { state: 'cancelled' } });
            const refund = await giveBack(order.payment); // the call is in the function
            return tx.refund.create({ data: { orderId: id, refund } });
          });
        }
    """),
    typescript("""
        import { Pool } from 'pg';
        import nodemailer from 'nodemailer';
        const pool = new Pool();
        const mails = nodemailer.createTransport({ host: 'smtp.example.com' });
        export async function invite(address: string) {
          const client = await pool.connect();
          try {
            await client.query('BEGIN');
            await client.query('INSERT INTO invitations (address) VALUES ($1)', [address]);
            await mails.sendMail({ to: address, subject: 'Welcome' });
            await client.query('COMMIT');
          } finally {
            client.release();
          }
        }
    """),
    typescript("""
        import { DataSource } from 'typeorm';
        import { Queue } from 'bullmq';
        const jobs = new Queue('invoices');
        export class Orders {
          constructor(private readonly database: DataSource) {}
          async finish(id: number) {
            await this.database.transaction(async (manager) => {
              await manager.update(Order, id, { state: 'done' });
              await jobs.add('invoice', { id }); // a worker may look for the order before it is committed
            });
          }
        }
    """),
    code("""
        import { copyFile } from 'node:fs/promises';
        export async function publish(id: number, from: string, to: string) {
          await prisma.$transaction(async (tx) => {
            await tx.document.update({ where: { id }, data: { path: to } });
            await copyFile(from, to);
          });
        }
    """),
]
GOOD = [
    code("""
        export async function pay(id: number) {
          const rates = await fetch('https://rates.example.com/eur').then((answer) => answer.json()); // before
          const order = await prisma.$transaction((tx) => tx.order.update({ where: { id }, data: { rate: rates.eur } }));
          await fetch('https://payments.example.com/charge', { method: 'POST', body: JSON.stringify(order) }); // after
        }
    """),
    code("""
        export async function pay(id: number) {
          await prisma.$transaction(async (tx) => {
            const order = await tx.order.update({ where: { id }, data: { state: 'paid' } });
            await tx.outbox.create({ data: { kind: 'charge', payload: JSON.stringify(order) } });
          });
        }
    """),
    code("""
        import Stripe from 'stripe';
        const stripe = new Stripe(process.env.STRIPE_KEY!);
        export async function received(body: string, signature: string) {
          await prisma.$transaction(async (tx) => {
            const event = await stripe.webhooks.constructEventAsync(body, signature, 'secret'); // goes nowhere
            await tx.event.create({ data: { id: event.id } });
          });
        }
    """),
    code("""
        export async function pay(id: number) {
          await prisma.$transaction(async (tx) => {
            await tx.order.update({ where: { id }, data: { state: 'paid' } });
            void fetch('https://metrics.example.com/paid').catch(() => {}); // nobody waits for it
          });
        }
    """),
    typescript("""
        import { Pool } from 'pg';
        const pool = new Pool();
        export async function invite(address: string) {
          const client = await pool.connect();
          await client.query('BEGIN');
          await client.query('INSERT INTO invitations (address) VALUES ($1)', [address]);
          await client.query('COMMIT');
          client.release();
          await fetch('https://mail.example.com/send', { method: 'POST', body: address });
        }
    """),
    code(
        """
        await prisma.$transaction(async (tx) => {
          const answer = await fetch('https://data.example.com/countries.json');
          await tx.country.createMany({ data: await answer.json() });
        });
    """,
        path="scripts/import.ts",
    ),
]

COSTS: Mapping[OutsideKind, str] = {
    "request": "rows stay locked and a connection taken until the other side answers",
    "payment": "rows stay locked until it answers, and a rollback does not take the payment back",
    "mail": "rows stay locked until the mail is accepted, and a rollback does not take it back",
    "queue": "a worker may take the job before the commit, or after a rollback, and rows stay locked meanwhile",
    "storage": "rows stay locked and a connection taken until the transfer ends, and a rollback does not undo it",
    "file": "rows stay locked meanwhile, and a rollback does not undo it",
    "process": "rows stay locked and a connection taken until the process ends",
}
FOLLOWS: frozenset[OutsideKind] = frozenset(("payment", "mail", "queue"))
"""What is done because of the transaction, and so belongs after its commit; all else may be what it needs to know."""


@rule(severity=Severity.WARNING, bad=BAD, good=GOOD)
def network_in_transaction(file: CodeFile) -> Iterator[Finding]:
    for call in file.outside_calls if file.role == "application" else ():
        yield finding(call)


def finding(call: OutsideCall) -> Finding:
    behind = call.at != call.location
    what = f"{call.name} waits for {call.outside}" if behind else f"{call.outside} is waited for"
    return Finding(
        at=call.location,
        subject=f"{call.scope.function or call.location.path}: {call.outside} in a transaction",
        message=f"{what} inside a transaction: {COSTS[call.kind]}",
        remedy=moved(call),
        confidence=Confidence.POSSIBLE if call.kind == "file" else Confidence.LIKELY,
        related=(
            Related(call.transaction, "the transaction"),
            *((Related(call.at, f"{call.outside} is called here"),) if behind else ()),
        ),
    )


def moved(call: OutsideCall) -> RewriteCode:
    """The call before the transaction, where it may tell what to write, or after it, where it tells others of it."""
    if call.kind not in FOLLOWS:
        result = "const result = " if call.kind in ("request", "process") else ""
        text = f"{result}await {call.name}(...);\n// only now begin the transaction"
        return RewriteCode(f"Call {call.name} before the transaction", call.location, text)
    text = (
        "// in the transaction: write down what is to be done\n"
        f"await tx.outbox.create({{ data: {{ kind: '{call.outside}', payload }} }});\n"
        "// a worker, after the commit, again until it succeeds, with the row's id as idempotency key:\n"
        f"await {call.name}(...);"
    )
    return RewriteCode(f"Call {call.name} after the commit, from an outbox row", call.location, text)
