"""Which objects are taken for Prisma clients."""

from __future__ import annotations

import pytest

from tests.sources.typescript.reading import queries, read


@pytest.mark.parametrize(
    "text",
    [
        "import { PrismaClient } from '@prisma/client'; const anything = new PrismaClient(); anything.user.create({ data: {} });",
        "import { PrismaClient } from './client'; const g = globalThis as any; const s = g.p ?? new PrismaClient(); s.user.count()",
        "import { PrismaClient } from './generated/client'; const x = new PrismaClient().$extends({}); x.user.delete({});",
        "import client from './lib/prisma'; client.user.count();",
        "import { db } from '@acme/database'; db.user.update({});",
        "import { anything } from './somewhere'; anything.user.findMany();",
        "const { prisma } = require('./prisma'); prisma.user.count();",
        "class Users { constructor(private readonly prisma: PrismaService) {} all() { return this.prisma.user.count(); } }",
        "class Users { private store: PrismaClient; all() { return this.store.user.count(); } }",
        "class Users { store; constructor(store: PrismaClient) { this.store = store } all() { return this.store.user.count(); } }",
        "class Service extends PrismaClient { all() { return this.user.count(); } }",
        "export const f = (client: PrismaClient | Prisma.TransactionClient) => client.user.count();",
        "export const f = ({ ctx }: Options) => ctx.prisma.user.count();",
        "export const f = ({ ctx }: Options) => ctx.db.user.count();",
        "export const f = ({ prisma }: Options) => prisma.user.count();",
        "import { prisma } from './db'; prisma.$transaction(async (t) => { await t.user.create({ data: {} }); });",
        "import { prisma } from './db'; const { client } = prisma; client.user.create({ data: {} });",
        "import { getPrisma } from './db'; (await getPrisma()).user.count();",
        "import { prisma } from './db'; const users = prisma.user; users.count();",
        "import { prisma } from './db'; const { user } = prisma; user.count();",
        "import { prisma } from './db'; prisma['user'].count();",
        "import { prisma } from './db'; prisma!.user.count();",
    ],
)
def test_a_prisma_client_is_recognised_by_its_definition_or_name(text: str) -> None:
    (found,) = read(text).queries
    assert found.model == "user"


@pytest.mark.parametrize(
    "text",
    [
        "import axios from 'axios'; axios.user.create({});",
        "import mongoose from 'mongoose'; mongoose.user.findMany({});",
        "import Stripe from 'stripe'; const stripe = new Stripe(''); stripe.customers.create({});",
        "import OpenAI from 'openai'; const openai = new OpenAI(); openai.chat.completions.create({});",
        "import { drizzle } from 'drizzle-orm/node-postgres'; const db = drizzle(pool); db.query.users.findMany();",
        "class A { constructor(private users: Repository<User>) {} f() { return this.users.manager.create({}); } }",
        "import { caller } from './test-utils'; caller.posts.deleteMany({});",
        "import { api } from './api'; api.posts.create({});",
        "class Users { all() { return this.user.update({}); } }",
        "crypto.subtle.digest('SHA-256', data); cache.user.delete(key);",
        "// prisma.user.findMany()\nconst text = `prisma.user.findMany()`;",
    ],
)
def test_clients_of_other_libraries_are_left_alone(text: str) -> None:
    assert read(text).queries == ()


def test_a_computed_model_is_read_without_its_name() -> None:
    (found,) = queries("export const count = (name: string) => prisma[name].count();")
    assert (found.model, found.method) == (None, "count")


def test_a_query_knows_its_client_its_verb_and_the_variable_of_its_result() -> None:
    found, total = queries("""
        export async function load() {
          const [posts, number] = await Promise.all([prisma.post.findMany(), prisma.post.count()]);
          return { posts, number };
        }
    """)
    assert (found.client, found.verb, found.result_name, found.awaited) == ("prisma", "find many", "posts", False)
    assert (total.verb, total.result_name) == ("count", "number")


def test_only_the_first_row_is_used_of_an_indexed_result() -> None:
    one, other, all_of_them = queries("""
        const [first] = await prisma.post.findMany();
        const same = (await prisma.post.findMany())[0];
        const posts = await prisma.post.findMany();
    """)
    assert one.result_first_only
    assert other.result_first_only
    assert not all_of_them.result_first_only


def test_a_scope_names_the_function_that_a_query_belongs_to() -> None:
    found = queries("""
        class Posts { async all() { return prisma.post.findMany(); } }
        export const load = async () => prisma.post.count();
        export async function drop(ids: string[]) { await Promise.all(ids.map((id) => prisma.post.delete({ where: { id } }))); }
        export const cached = cache(async () => prisma.post.findFirst());
        export const router = t.router({ byId: t.procedure.query(async () => prisma.post.findUnique({ where: { id: 1 } })) });
        prisma.post.groupBy({ by: ['id'] });
    """)
    assert [one.scope.function for one in found] == ["Posts.all", "load", "drop", "cached", "byId", None]
    assert found[2].scope.function_location is not None
    assert found[2].scope.function_location.line == found[2].location.line
