"""A review made by hand: a small blog with posts, users and comments, every kind of evidence, and names that try to escape."""

from __future__ import annotations

from msgspec.structs import replace

from advisor.engine.review import Review
from advisor.engine.run import NotRun
from advisor.finding import Confidence, Finding, Recommendation, Related, Severity
from advisor.model import (
    Column,
    Database,
    Expression,
    ForeignKey,
    Index,
    IndexKey,
    Location,
    Name,
    Plan,
    PlanNode,
    Project,
    Schema,
    Skipped,
    SourceText,
    Table,
)
from advisor.remedies import CreateIndex, EditPrisma, RewriteCode

SCHEMA = """\
datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

model User {
  id       Int       @id @default(autoincrement())
  email    String    @unique
  posts    Post[]
  comments Comment[]

  @@index([email], type: Hash)
  @@map("users")
}

model Post {
  id        Int       @id @default(autoincrement())
  title     String
  body      String?
  authorId  Int       @map("author_id")
  createdAt DateTime  @default(now()) @map("created_at")
  author    User      @relation(fields: [authorId], references: [id], onDelete: Cascade)
  comments  Comment[]

  @@map("posts")
}

model Comment {
  id       Int   @id @default(autoincrement())
  body     String
  postId   Int   @map("post_id")
  authorId Int?  @map("author_id")
  post     Post  @relation(fields: [postId], references: [id])
  author   User? @relation(fields: [authorId], references: [id])

  @@index([postId])
  @@map("comments")
}
"""

FEED = """\
import { prisma } from './client'

export async function feed(page: number) {
  const users = await prisma.user.findMany({ take: 100 })
  for (const user of users) {
    const posts = await prisma.post.findMany({ where: { authorId: user.id } })
    render(user, posts)
  }
}

export const search = (term: string) =>
\tprisma.$queryRawUnsafe(`SELECT id, title, body FROM posts WHERE title ILIKE '%${term}%' ORDER BY created_at DESC LIMIT 20`)

export const older = (page: number) => prisma.post.findMany({ skip: page * 20, take: 20 })
"""

PLAN = """\
=> EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM posts WHERE author_id = 7 ORDER BY created_at DESC LIMIT 20;
 Limit  (cost=24361.05..24361.10 rows=20 width=52) (actual time=165.120..165.126 rows=20 loops=1)
   ->  Sort  (cost=24361.05..24361.30 rows=98 width=52) (actual time=165.118..165.121 rows=20 loops=1)
         Sort Key: created_at DESC
         ->  Seq Scan on posts  (cost=0.00..24346.00 rows=98 width=52) (actual time=0.310..164.402 rows=104 loops=1)
               Filter: (author_id = 7)
               Rows Removed by Filter: 999896
 Planning Time: 0.180 ms
 Execution Time: 165.200 ms
"""

TEXTS = {
    "prisma/schema.prisma": SourceText("prisma/schema.prisma", SCHEMA),
    "src/feed.ts": SourceText("src/feed.ts", FEED),
    "plans/feed.txt": SourceText("plans/feed.txt", PLAN),
}
EXAMINED = (*TEXTS, "src/client.ts", "src/server.ts")


def at(path: str, needle: str, *, after: str = "") -> Location:
    """Where a piece of text stands in one of the example's files, the first after another one."""
    source = TEXTS[path]
    start = source.text.index(needle, source.text.index(after))
    return source.location(start, start + len(needle))


def model(name: str) -> Location:
    start = SCHEMA.index(f"model {name} {{")
    return TEXTS["prisma/schema.prisma"].location(start, SCHEMA.index("\n}", start) + 2)


USERS, POSTS, COMMENTS = Name("public", "users"), Name("public", "posts"), Name("public", "comments")


def column(
    table: str, field: str, type_: str, name: str | None = None, *, nullable: bool = False, default: str | None = None
) -> Column:
    place = at("prisma/schema.prisma", f"  {field} ", after=f"model {table} {{")
    return Column(name or field, type_, place, nullable, Expression(default) if default else None, field=field)


def primary_key(table: Name, place: Location) -> Index:
    return Index(f"{table.name}_pkey", table, (IndexKey("id"),), place, unique=True, constraint="primary key")


def users() -> Table:
    email = Index("users_email_key", USERS, (IndexKey("email"),), at("prisma/schema.prisma", "@unique"), unique=True)
    hashed = Index(
        "users_email_idx", USERS, (IndexKey("email"),), at("prisma/schema.prisma", "@@index([email], type: Hash)"), method="hash"
    )
    columns = (column("User", "id", "integer", default="nextval('users_id_seq')"), column("User", "email", "text"))
    return Table(USERS, columns, model("User"), (primary_key(USERS, model("User")), email, hashed), model="User")


AUTHOR_RELATION = at("prisma/schema.prisma", "@relation(fields: [authorId], references: [id], onDelete: Cascade)")


def posts() -> Table:
    columns = (
        column("Post", "id", "integer", default="nextval('posts_id_seq')"),
        column("Post", "title", "text"),
        column("Post", "body", "text", nullable=True),
        column("Post", "authorId", "integer", "author_id"),
        column("Post", "createdAt", "timestamp(3) without time zone", "created_at", default="CURRENT_TIMESTAMP"),
    )
    author = ForeignKey("posts_author_id_fkey", POSTS, ("author_id",), USERS, ("id",), AUTHOR_RELATION, on_delete="CASCADE")
    return Table(POSTS, columns, model("Post"), (primary_key(POSTS, model("Post")),), (author,), model="Post")


def comments() -> Table:
    columns = (
        column("Comment", "id", "integer", default="nextval('comments_id_seq')"),
        column("Comment", "body", "text"),
        column("Comment", "postId", "integer", "post_id"),
        column("Comment", "authorId", "integer", "author_id", nullable=True),
    )
    place = at("prisma/schema.prisma", "@relation(fields: [postId]")
    keys = (
        ForeignKey("comments_post_id_fkey", COMMENTS, ("post_id",), POSTS, ("id",), place),
        ForeignKey("comments_author_id_fkey", COMMENTS, ("author_id",), USERS, ("id",), place, on_delete="SET NULL"),
    )
    index = Index("comments_post_id_idx", COMMENTS, (IndexKey("post_id"),), at("prisma/schema.prisma", "@@index([postId])"))
    return Table(COMMENTS, columns, model("Comment"), (primary_key(COMMENTS, model("Comment")), index), keys, model="Comment")


def line_of_plan(words: str) -> Location:
    return at("plans/feed.txt", next(line.strip() for line in PLAN.splitlines() if words in line))


def plan() -> Plan:
    scan = PlanNode(
        {
            "Node Type": "Seq Scan",
            "Relation Name": "posts",
            "Alias": "posts",
            "Total Cost": 24346.0,
            "Plan Rows": 98,
            "Actual Rows": 104,
            "Actual Loops": 1,
            "Actual Total Time": 164.402,
            "Filter": "(author_id = 7)",
            "Rows Removed by Filter": 999896,
        },
        line_of_plan("Seq Scan on posts"),
    )
    sort = PlanNode(
        {
            "Node Type": "Sort",
            "Sort Key": ["created_at DESC"],
            "Total Cost": 24361.3,
            "Plan Rows": 98,
            "Actual Rows": 20,
            "Actual Loops": 1,
            "Actual Total Time": 165.121,
        },
        line_of_plan("Sort  (cost"),
        (scan,),
    )
    limit = PlanNode(
        {
            "Node Type": "Limit",
            "Total Cost": 24361.1,
            "Plan Rows": 20,
            "Actual Rows": 20,
            "Actual Loops": 1,
            "Actual Total Time": 165.126,
        },
        line_of_plan("Limit  (cost"),
        (sort,),
    )
    place = TEXTS["plans/feed.txt"].location(0, len(PLAN))
    statement = "SELECT * FROM posts WHERE author_id = 7 ORDER BY created_at DESC LIMIT 20;"
    return Plan(limit, place, {"Planning Time": 0.18, "Execution Time": 165.2}, statement)


BY_AUTHOR = CreateIndex(POSTS, ("author_id", IndexKey("created_at", descending=True)))
COMMENTS_BY_AUTHOR = CreateIndex(COMMENTS, ("author_id",))
BIND = RewriteCode(
    "Bind the value as a parameter",
    at("src/feed.ts", "prisma.$queryRawUnsafe"),
    "prisma.$queryRaw`\n  SELECT id, title FROM posts\n  WHERE title ILIKE ${`%${term}%`}\n`",
)
JOIN = RewriteCode(
    "Fetch the posts of all users at once",
    at("src/feed.ts", "await prisma.post.findMany"),
    "const posts = await prisma.post.findMany({\n  where: { authorId: { in: users.map((user) => user.id) } },\n})",
)
DROP_HASH = EditPrisma(
    "Remove the hash index on users (email)",
    at("prisma/schema.prisma", "@@index([email], type: Hash)"),
    "// remove: @@index([email], type: Hash)",
)


def findings() -> tuple[Finding, ...]:
    found = (
        Finding(
            line_of_plan("Seq Scan on posts"),
            "the scan reads 1,000,000 rows of posts and keeps 104; it holds 164 of 165 ms",
            "public.posts",
            BY_AUTHOR,
            severity=Severity.WARNING,
            rule="slow-sequential-scan",
            category="plans",
        ),
        Finding(
            at("prisma/schema.prisma", "@@index([email], type: Hash)"),
            "`users_email_idx` repeats the unique key `users_email_key`, and as a hash index it serves less",
            "public.users.email",
            DROP_HASH,
            related=(Related(at("prisma/schema.prisma", "@unique"), "the unique key that serves already"),),
            severity=Severity.WARNING,
            rule="hash-index-misuse",
            category="indexes",
        ),
        Finding(
            AUTHOR_RELATION,
            "foreign key posts_author_id_fkey has no index: deletes in users scan posts",
            "public.posts.author_id",
            CreateIndex(POSTS, ("author_id",)),
            severity=Severity.WARNING,
            rule="unindexed-foreign-key",
            category="indexes",
        ),
        Finding(
            at("prisma/schema.prisma", "@relation(fields: [authorId], references: [id])", after="model Comment"),
            "foreign key comments_author_id_fkey has no index: deletes in users scan comments",
            "public.comments.author_id",
            COMMENTS_BY_AUTHOR,
            severity=Severity.WARNING,
            rule="unindexed-foreign-key",
            category="indexes",
        ),
        Finding(
            at("src/feed.ts", "await prisma.post.findMany({ where: { authorId: user.id } })"),
            "a query for each of `users`: up to 101 round trips where two would do",
            "src/feed.ts feed post.findMany",
            JOIN,
            (BY_AUTHOR,),
            related=(Related(at("src/feed.ts", "for (const user of users)"), "the loop"),),
            confidence=Confidence.LIKELY,
            severity=Severity.WARNING,
            rule="n-plus-one-query",
            category="orm",
        ),
        Finding(
            at("src/feed.ts", "${term}"),
            "a value is pasted into SQL text: whoever chooses `term` chooses the statement",
            "src/feed.ts search",
            BIND,
            severity=Severity.ERROR,
            rule="raw-sql-interpolation",
            category="orm",
        ),
        Finding(
            at("src/feed.ts", "skip: page * 20"),
            "the offset grows with the page: page 5,000 reads and throws away 100,000 rows",
            "src/feed.ts older post.findMany",
            confidence=Confidence.POSSIBLE,
            severity=Severity.INFO,
            rule="offset-pagination",
            category="queries",
        ),
    )
    return tuple(replace(finding, fingerprint=f"{number:016x}", database="prisma") for number, finding in enumerate(found, 1))


def recommendations(found: tuple[Finding, ...]) -> tuple[Recommendation, ...]:
    by_rule = {finding.rule: finding for finding in reversed(found)}
    scan, key, loop = by_rule["slow-sequential-scan"], by_rule["unindexed-foreign-key"], by_rule["n-plus-one-query"]
    joined = (key, loop, scan)
    prisma = "@@index([authorId, createdAt(sort: Desc)])"
    certain, likely = Confidence.CERTAIN, Confidence.LIKELY
    return (
        Recommendation("r1", BY_AUTHOR.title(), BY_AUTHOR, joined, "high", certain, "low", prisma),
        Recommendation("r2", BIND.title(), BIND, (by_rule["raw-sql-interpolation"],), "high", certain, "medium"),
        Recommendation("r3", DROP_HASH.title(), DROP_HASH, (by_rule["hash-index-misuse"],), "medium", certain, "low"),
        Recommendation(
            "r4", COMMENTS_BY_AUTHOR.title(), COMMENTS_BY_AUTHOR, (found[3],), "medium", certain, "low", "@@index([authorId])"
        ),
        Recommendation("r5", JOIN.title(), JOIN, (loop,), "medium", likely, "medium"),
    )


SKIPPED = (
    Skipped("node_modules", "a folder of dependencies", "left alone"),
    Skipped("dist", "build output", "left alone"),
    Skipped("build", "build output", "left alone"),
    Skipped("prisma/broken.prisma", "expected a field name, found `}`", "failed", Location("prisma/broken.prisma", 12, 3, 12, 4)),
)
NOT_RUN = (
    NotRun("cache-without-expiry", "Redis commands in code"),
    NotRun("create-index-not-concurrent", "migrations"),
    NotRun("expire-not-atomic", "Redis commands in code"),
)


def blog() -> Review:
    """The whole example."""
    found = findings()
    database = Database("prisma", Schema((users(), posts(), comments())), plans=(plan(),))
    return Review(
        findings=found,
        recommendations=recommendations(found),
        skipped=SKIPPED,
        not_run=NOT_RUN,
        project=Project(databases=(database,), plans=(plan(),), skipped=SKIPPED, examined=EXAMINED),
        rules_run=tuple(sorted({finding.rule for finding in found} | {"missing-primary-key"})),
        texts=TEXTS.get,
    )


def nothing_found() -> Review:
    """A review of two files in which everything is in order."""
    return Review((), (), (), (), Project(examined=("a.sql", "b.sql")), ("missing-primary-key",), TEXTS.get)


EVIL = "<script>alert(1)</script>"


def evil() -> Review:
    """The blog, with markup and terminal codes wherever input can bring text: paths, names, messages, source, reasons."""
    path = f"src/{EVIL}&\"'.sql"
    text = SourceText(path, f"CREATE TABLE {EVIL} (\x1b[31mid int); -- \u202e</style></script><!-- {{{{ 7 * 7 }}}}\n")
    place = text.location(13, 40)
    name = Name(EVIL, f"{EVIL}</svg>")
    key = Index(None, name, (IndexKey(EVIL),), place, unique=True, constraint="primary key")
    reference = ForeignKey(EVIL, name, (EVIL,), USERS, ("id",), place)
    table = Table(name, (Column(EVIL, EVIL, place, default=Expression(EVIL)),), place, (key,), (reference,), comment=EVIL)
    remedy = RewriteCode(f"Do {EVIL}", place, f"{EVIL}\n\x1b[0m")
    finding = Finding(
        place,
        f"a message with {EVIL} and `{EVIL}`\nand\x1b[2J a second line",
        name.qualified,
        remedy,
        related=(Related(place, EVIL),),
        severity=Severity.ERROR,
        rule=EVIL,
        category=EVIL,
        fingerprint='"><script>',
    )
    node = PlanNode({"Node Type": EVIL, "Relation Name": EVIL, "Filter": EVIL, "Plan Rows": 1, "Total Cost": 1.0}, place)
    return Review(
        findings=(finding,),
        recommendations=(Recommendation(EVIL, remedy.title(), remedy, (finding,), "high", Confidence.CERTAIN, "low"),),
        skipped=(Skipped(path, EVIL, "failed", place), Skipped(path, EVIL, "left alone")),
        not_run=(NotRun(EVIL, EVIL),),
        project=Project((Database(EVIL, Schema((table, users()))),), plans=(Plan(node, place, statement=EVIL),), examined=(path,)),
        rules_run=(EVIL,),
        texts={path: text}.get,
    )
